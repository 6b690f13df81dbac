"""Signs of life of those who send, and what follows from their silence: restored databases, late passages, alerts."""

from django.db import models
from django.db.models import Q

from relance.outbox.alerts import Alert


class Pulse(models.Model):
    """One row: how often anybody began to send. The number only grows, so that who remembers a higher one knows that
    this database was restored.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0, db_default=0)
    at = models.DateTimeField(null=True)  # last sign of life of a dispatch
    worked_at = models.DateTimeField(null=True)  # last time nothing stood in the way of sending
    advanced_at = models.DateTimeField(null=True)  # last time people were moved along

    class Meta:
        db_table = "pulse"


class Beat(models.Model):
    """The last sign of life of a process that sends, and why its channel is shut, if it is."""

    worker = models.TextField(primary_key=True)  # host-pid-…, as in `message.worker`
    at = models.DateTimeField()
    shut_since = models.DateTimeField(null=True)
    failure = models.TextField(default="", db_default="")
    again_at = models.DateTimeField(null=True)  # next try, where the channel asks for a person and not for another try

    class Meta:
        db_table = "beat"


class DataFolder(models.Model):
    """A data folder that sends from this database; one that is not admitted waits for a person."""

    id = models.UUIDField(primary_key=True)
    first_seen_at = models.DateTimeField()
    number = models.BigIntegerField()  # of the pulse: the last one counted from here
    at = models.DateTimeField()
    admitted = models.BooleanField(default=False)

    class Meta:
        db_table = "data_folder"


class Restoration(models.Model):
    """The database or its folder is not the one that was left: nothing is sent until a person settles this."""

    kind = models.TextField()  # went_back, copied, moved
    noticed_at = models.DateTimeField()
    snapshot_at = models.DateTimeField(null=True)  # last sign of life that the database knows of
    known_at = models.DateTimeField(null=True)  # last one that the data folder knows of
    reconciled_at = models.DateTimeField(null=True)
    proven = models.IntegerField(default=0)  # messages that the lake proves to have left
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(default="")

    class Meta:
        db_table = "restoration"
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(settled_at__isnull=True), name="one_restoration_at_a_time"
            )
        ]


class LatePassage(models.Model):
    """A passage whose step was due while nothing ran: what it writes now waits for a person."""

    enrolment_id = models.BigIntegerField(primary_key=True)
    due_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    outage_since = models.DateTimeField()  # when people had last been moved along

    class Meta:
        db_table = "late_passage"


class TeamAlert(Alert):
    """What the team is told of the sending itself, once for each key."""

    key = models.TextField(unique=True)
    kind = models.TextField()  # overdue, restored, stalled

    class Meta:
        db_table = "team_alert"
        indexes = [models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="team_alert_due")]
