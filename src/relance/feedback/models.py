"""What came back: what the links in mails were asked for, before it is known by whom, and what came by mail.

No address and no word of a person is kept here, but an answer until it went on to the team.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q


class HitBatch(models.Model):
    """Hits as they came, many in a row, until the stage `hits` unpacks them; `hits` tells how."""

    hits = models.TextField()

    class Meta:
        db_table = "hit_batch"


class Hit(models.Model):
    """A request for a link or an image of a message; one per message, link, second and sign.

    `sign` is what betrays a machine in the request itself. `machine` is null until the hit is judged; `because` says by what.
    """

    message_id = models.BigIntegerField()
    kind = models.CharField(max_length=5)  # click, leave (the page of the way out was looked at) or open
    link_id = models.BigIntegerField(default=0)  # 0 for a click: the link that no person sees
    at = models.DateTimeField()  # whole seconds
    agent = models.TextField(default="")
    network = models.TextField(default="")  # the address without its end: /24 or /48
    sign = models.CharField(max_length=8, default="")
    machine = models.BooleanField(null=True)
    because = models.CharField(max_length=8, default="", db_default="")

    class Meta:
        db_table = "hit"
        constraints = [
            models.UniqueConstraint(fields=["message_id", "at", "kind", "link_id", "sign"], name="one_hit_a_second")
        ]
        indexes = [
            models.Index(fields=["at"], condition=Q(machine=None), name="hit_unjudged"),
            BrinIndex(fields=["at"], name="hit_by_age"),
            models.Index(fields=["message_id", "at"], condition=Q(kind="click", link_id=0), name="hit_of_trap"),
        ]


class LastOpen(models.Model):
    """The day a person last opened a mail, overwritten: all the law lets be kept without consent, only to stop mailing."""

    contact_id = models.BigIntegerField(primary_key=True)
    day = models.DateField()

    class Meta:
        db_table = "last_open"


class OpenWatch(models.Model):
    """One row while the setting `last_open_day` is on: since when mails tell of the day of their last open."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    since = models.DateTimeField()

    class Meta:
        db_table = "open_watch"


class ReturnedMail(models.Model):
    """What one mail said of one recipient. The digest makes a mail that comes in twice count once."""

    digest = models.BinaryField(max_length=32)  # SHA-256 of the mail
    number = models.SmallIntegerField()  # from 1, among the recipients the mail speaks of
    at = models.DateTimeField()
    way = models.TextField()  # imap, pop, lmtp, pipe or http
    kind = models.TextField()  # bounce, complaint, auto_reply, reply, unsubscribe or other
    reason = models.TextField()
    status = models.TextField()
    hard = models.BooleanField()
    message_id = models.BigIntegerField(null=True)  # the message it is an answer to; none where nothing proves one
    forwarded = models.BooleanField(null=True)  # whether a person's answer reached the team; none where none was due
    unsent = models.BinaryField(null=True)  # an answer the team does not have yet; gone once it was forwarded
    again_at = models.DateTimeField(null=True)  # when it is tried again, after it was tried in vain

    class Meta:
        db_table = "returned_mail"
        constraints = [models.UniqueConstraint(fields=["digest", "number"], name="one_returned_mail")]
        indexes = [
            models.Index(fields=["at"], name="returned_mail_by_time"),
            models.Index(fields=["id"], condition=Q(unsent__isnull=False), name="returned_mail_unsent"),
        ]


class MailboxMark(models.Model):
    """The last mail read of a mailbox (RFC 3501: a UID means something within one UIDVALIDITY only)."""

    mailbox = models.TextField(primary_key=True)  # user@host:port/folder
    validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "mailbox_mark"
