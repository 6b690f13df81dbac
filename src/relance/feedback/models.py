"""What came back by mail, and how far each mailbox was read. No address and no word of a person is kept here."""

from django.db import models


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
    forwarded = models.BooleanField(
        null=True
    )  # whether an answer of a person reached the team; none where none was due

    class Meta:
        db_table = "returned_mail"
        constraints = [models.UniqueConstraint(fields=["digest", "number"], name="one_returned_mail")]
        indexes = [models.Index(fields=["at"], name="returned_mail_by_time")]


class MailboxMark(models.Model):
    """The last mail read of a mailbox (RFC 3501: a UID means something within one UIDVALIDITY only)."""

    mailbox = models.TextField(primary_key=True)  # user@host:port/folder
    validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "mailbox_mark"
