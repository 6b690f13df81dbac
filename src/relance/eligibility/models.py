"""Verdicts given, places under the caps, commercial periods of one's own."""

from django.db import models


class VerdictRecord(models.Model):
    """A verdict the gate gave on a message; kept."""

    message_id = models.BigIntegerField(db_index=True)
    contact_id = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    decision = models.CharField(max_length=5)  # allow, defer, block
    code = models.TextField()
    until = models.DateTimeField(null=True)
    details = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))

    class Meta:
        db_table = "verdict"
        indexes = [models.Index(fields=["code", "contact_id"], name="verdict_by_code")]


class PressureReservation(models.Model):
    """A place under the caps, taken for one message: the nth commercial message of a contact.

    Who takes the nth has seen the n - 1 before it, so the caps hold whoever races; a place given back keeps its number.
    """

    contact_id = models.BigIntegerField()
    place = models.IntegerField()
    message_id = models.BigIntegerField()
    at = models.DateTimeField()
    released = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "pressure_reservation"
        constraints = [models.UniqueConstraint(fields=["contact_id", "place"], name="one_message_per_place")]
        indexes = [
            models.Index(fields=["message_id"], condition=models.Q(released=False), name="reservation_by_message"),
            models.Index(fields=["contact_id", "at"], condition=models.Q(released=False), name="reservation_lately"),
        ]


class CommercialPeriod(models.Model):
    """A commercial period that people added, or a computed one they moved or cancelled."""

    country = models.CharField(max_length=2)
    name = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cancelled = models.BooleanField(default=False)
    calendar = models.TextField(default="")  # name of the file it came with
    source = models.TextField(default="")

    class Meta:
        db_table = "commercial_period"
        constraints = [
            models.UniqueConstraint(fields=["country", "name", "starts_at", "calendar"], name="periods_are_named")
        ]
