"""Hot event rows and the types they may have."""

from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Now
from django.utils import timezone


class TransactionId(models.BigIntegerField):  # type: ignore[type-arg]  # not subscriptable when it runs
    """PostgreSQL's xid8: the id of a transaction, never reused."""

    def db_type(self, connection: object) -> str:
        return "xid8"


class CurrentTransaction(Func):
    function = "pg_current_xact_id"
    template = "%(function)s()"


class Event(models.Model):
    """One thing a contact did, or that was done to them; the lake holds the same columns."""

    contact_id = models.BigIntegerField()
    source_id = models.IntegerField()
    type = models.TextField()
    occurred_at = models.DateTimeField()
    amount = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    channel = models.TextField(null=True)
    reference = models.TextField(null=True)
    import_file = models.TextField(null=True)  # SHA-256 of the file, where there is no reference
    import_line = models.BigIntegerField(null=True)
    properties = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    recorded_at = models.DateTimeField(default=timezone.now, db_default=Now())
    transaction = TransactionId(db_default=CurrentTransaction(), editable=False)

    class Meta:
        db_table = "event"
        constraints = [
            models.UniqueConstraint(
                fields=["contact_id", "source_id", "type", "reference"],
                condition=Q(reference__isnull=False),
                name="same_reference_counts_once",
            ),
            models.UniqueConstraint(
                fields=["contact_id", "source_id", "type", "import_file", "import_line"],
                condition=Q(reference__isnull=True),
                name="same_line_counts_once",
            ),
        ]
        indexes = [
            models.Index(fields=["contact_id", "occurred_at"], name="event_by_contact"),
            models.Index(fields=["transaction"], name="event_unflushed"),
            models.Index(
                fields=["type"],
                condition=Q(
                    type__in=["message_clicked", "message_replied", "message_unsubscribed", "message_complained"]
                ),
                name="event_of_reaction",
            ),
        ]


class EventType(models.Model):
    """A type declared beside the standard ones."""

    name = models.TextField(primary_key=True)
    label = models.TextField(default="")

    class Meta:
        db_table = "event_type"
