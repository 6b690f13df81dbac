"""Messages: what is to be said to whom, and how far it has come."""

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from relance.outbox import pulse  # noqa: F401 - its tables belong to this app


class Purpose(models.TextChoices):
    """Why a message is sent; the gate judges by it."""

    REACTIVATION = "reactivation"
    PROMOTION = "promotion"
    RELATIONSHIP = "relationship"
    TRANSACTIONAL = "transactional"
    NOTICE = "notice"


OWED = frozenset({Purpose.TRANSACTIONAL.value, Purpose.NOTICE.value})  # what people wait for or must be told
OWED_SQL = f"('{Purpose.TRANSACTIONAL.value}', '{Purpose.NOTICE.value}')"  # as the index `message_owed` names them


class State(models.TextChoices):
    """How far a message has come. `claimed` may be retaken; `sending` after a crash becomes `unknown`.

    `held` waits for a person, since its hour passed while nothing was sent.
    """

    HELD = "held"
    READY = "ready"
    DEFERRED = "deferred"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    BLOCKED = "blocked"
    FAILED = "failed"
    UNKNOWN = "unknown"


class ProviderPace(models.Model):
    """How many mails a mailbox provider may still get, and until when it rests; shared by all workers."""

    provider = models.TextField(primary_key=True)  # of the breaker's table, else the domain that takes the mail
    remaining = models.FloatField()  # mails that might leave at `at`
    at = models.DateTimeField()
    booked_until = models.DateTimeField(null=True)  # as far as those that wait for their turn reach
    slow_until = models.DateTimeField(null=True)  # it asked for fewer mails until then
    pauses = models.SmallIntegerField(default=0)  # of them in a row

    class Meta:
        db_table = "provider_pace"


class MailDomain(models.Model):
    """Who takes a domain's mail, as its MX records said."""

    domain = models.TextField(primary_key=True)
    provider = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "mail_domain"


class Message(models.Model):
    """One message to one contact; its origin and template are plain ids."""

    uuid = models.UUIDField(default=uuid.uuid4, editable=False, db_default=models.Func(function="gen_random_uuid"))
    contact_id = models.BigIntegerField()
    channel = models.CharField(max_length=8)
    purpose = models.CharField(max_length=16, choices=Purpose)
    sender = models.TextField(default="default", db_default="default")  # the name it was written for
    journey_id = models.BigIntegerField(null=True)
    version_id = models.BigIntegerField(null=True)
    enrolment_id = models.BigIntegerField(null=True)
    step = models.TextField(default="")
    template_version_id = models.BigIntegerField()
    variant = models.TextField(default="")
    send_key = models.TextField()
    topic = models.TextField(default="marketing", db_default="marketing")  # of consent, for what is commercial
    state = models.CharField(max_length=10, choices=State, default=State.READY, db_default=State.READY)
    reason = models.TextField(default="", db_default="")  # code of the last verdict or failure
    not_before = models.DateTimeField()
    due_since = models.DateTimeField(null=True)  # when it was due, where a shut channel or an outage moved it on
    expires_at = models.DateTimeField()
    attempt = models.SmallIntegerField(default=0, db_default=0)
    worker = models.TextField(default="", db_default="")
    lease_until = models.DateTimeField(null=True)
    provider_id = models.TextField(default="", db_default="")
    contact_point_id = models.BigIntegerField(null=True)  # the address it went to, known from `sending` on
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "message"
        constraints = [models.UniqueConstraint(fields=["contact_id", "send_key"], name="one_message_per_send_key")]
        indexes = [
            models.Index(fields=["not_before", "id"], condition=Q(state__in=["ready", "deferred"]), name="message_due"),
            models.Index(
                fields=["not_before", "id"],
                condition=Q(state__in=["ready", "deferred"], purpose__in=["transactional", "notice"]),
                name="message_owed",
            ),
            models.Index(fields=["lease_until"], condition=Q(state__in=["claimed", "sending"]), name="message_leased"),
            models.Index(fields=["sent_at"], condition=Q(state="sent"), name="message_unsettled"),
            models.Index(fields=["id"], condition=Q(state="unknown"), name="message_in_doubt"),
            models.Index(fields=["journey_id", "due_since"], condition=Q(state="held"), name="message_held"),
            models.Index(
                fields=["id"], condition=Q(state="failed", reason__startswith="no_mailbox"), name="message_refused"
            ),
            models.Index(
                fields=["contact_id"],
                condition=Q(purpose="reactivation", state__in=["ready", "deferred", "claimed"]),
                name="message_awaited",
            ),
            BrinIndex(Coalesce("sent_at", "not_before"), autosummarize=True, name="message_by_leaving"),
            models.Index(fields=["enrolment_id"], name="message_by_enrolment"),
            models.Index(fields=["journey_id", "id"], name="message_by_journey"),
            models.Index(fields=["journey_id", "state", "reason", "id"], name="message_by_state"),
            models.Index(fields=["sender"], condition=~Q(sender="default"), name="message_by_sender"),
        ]
