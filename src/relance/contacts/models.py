"""People and what they permit."""

import uuid

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils import timezone


class Channel(models.TextChoices):
    """Ways to reach a person."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    POSTAL = "postal"
    PHONE = "phone"


# The words of a name, each of which a search may begin with: "an mor" finds Anna Morel.
NAME_WORDS = Func(F("name_key"), template="to_tsvector('simple'::regconfig, %(expressions)s)")


class Contact(models.Model):
    """One person, or one person at a company."""

    uuid = models.UUIDField(default=uuid.uuid4, editable=False, db_default=models.Func(function="gen_random_uuid"))
    external_id = models.TextField(null=True, unique=True)
    first_name = models.TextField(default="", db_default="")
    last_name = models.TextField(default="", db_default="")
    name_key = models.TextField(
        default="", db_default=""
    )  # unaccented lower-case "last first": sorts and matches names
    language = models.CharField(max_length=2, default="fr", db_default="fr")
    time_zone = models.TextField(default="", db_default="")
    street = models.TextField(default="", db_default="")
    postcode = models.TextField(default="", db_default="")
    city = models.TextField(default="", db_default="")
    country = models.CharField(max_length=2, default="", db_default="")
    kind = models.CharField(max_length=3, default="b2c", db_default="b2c")  # b2c or b2b
    company = models.TextField(default="", db_default="")
    site = models.TextField(default="", db_default="")  # brand or shop
    attributes = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    source_id = models.IntegerField(null=True)
    first_seen_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    updated_at = models.DateTimeField(default=timezone.now, db_default=Now())
    erased_at = models.DateTimeField(null=True)
    objected_at = models.DateTimeField(null=True)  # objection to profiling (GDPR art. 21)
    paused_until = models.DateTimeField(null=True)  # asked for silence until then: nothing commercial is sent
    fewer_since = models.DateTimeField(null=True)  # asked for fewer messages: the caps are lower for them

    class Meta:
        db_table = "contact"
        indexes = [
            models.Index(fields=["name_key", "id"], name="contact_name_key"),
            models.Index(fields=["language", "name_key", "id"], name="contact_by_language"),
            models.Index(fields=["first_seen_at"], name="contact_by_first_seen"),
            models.Index(fields=["uuid"], name="contact_by_uuid"),
            models.Index(fields=["id"], condition=~Q(street="") & ~Q(city=""), name="contact_with_house"),
            GinIndex(NAME_WORDS, name="contact_name_words"),
        ]


class ContactPoint(models.Model):
    """An address of a person on one channel, normalised."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE)
    channel = models.CharField(max_length=8, choices=Channel)
    value = models.TextField()
    valid = models.BooleanField(null=True)  # None: not yet judged by hygiene
    reason = models.TextField(default="", db_default="")  # why it is invalid, or what was noticed
    suggestion = models.TextField(default="", db_default="")  # the address probably meant
    checked_at = models.DateTimeField(null=True)
    soft_bounces = models.FloatField(default=0, db_default=0)  # as of `soft_bounced_at`; a delivery resets it
    soft_bounced_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "contact_point"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "value"], condition=Q(channel="email"), name="one_contact_per_email"
            )
        ]
        indexes = [
            models.Index(
                fields=["value"], opclasses=["text_pattern_ops"], condition=Q(channel="email"), name="email_begins_with"
            ),
            models.Index(fields=["contact"], condition=~Q(suggestion=""), name="point_with_suggestion"),
            models.Index(fields=["channel", "contact"], condition=~Q(channel="email"), name="point_by_channel"),
        ]


class ContactAlias(models.Model):
    """A merged person: `loser_id` was found to be `survivor`; applied when events are read."""

    loser_id = models.BigIntegerField(primary_key=True)
    survivor = models.ForeignKey(Contact, on_delete=models.CASCADE)
    at = models.DateTimeField()

    class Meta:
        db_table = "contact_alias"


class Consent(models.Model):
    """An entry of the append-only ledger; the latest for a channel and topic is in force."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE)
    channel = models.CharField(max_length=8, choices=Channel)
    topic = models.TextField(default="marketing", db_default="marketing")
    given = models.BooleanField()  # False: withdrawn, or never given where the basis is empty
    basis = models.TextField(
        default="opt_in", db_default="opt_in"
    )  # opt_in, existing_customer, contract, business; "": none
    proof = models.TextField(default="", db_default="")
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    source_id = models.IntegerField(null=True)

    class Meta:
        db_table = "consent"
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "channel", "topic", "given", "at"], name="same_consent_counts_once"
            )
        ]


# Reasons that speak of the address and not of the person: another address of theirs may still be written to.
STOPS_ADDRESS = ("bounced", "not_theirs")
# Opt-outs of marketing: a transactional message passes them, nothing else does.
OPT_OUTS = ("unsubscribed", "former_tool")


class Suppression(models.Model):
    """An address never written to again, kept as a keyed hash only; survives erasure, blocks re-import.

    The channel `all` stops every channel of whoever has the address.
    """

    channel = models.CharField(max_length=8, choices=[*Channel.choices, ("all", "All")])
    digest = models.BinaryField()
    reason = models.TextField()  # unsubscribed, complained, bounced, not_theirs, former_tool, erased, manual
    at = models.DateTimeField()
    source_id = models.IntegerField(null=True)

    class Meta:
        db_table = "suppression"
        constraints = [models.UniqueConstraint(fields=["digest", "channel"], name="one_suppression_per_address")]
