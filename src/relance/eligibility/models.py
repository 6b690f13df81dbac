"""Verdicts given, places under the caps, commercial periods of one's own."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from relance.eligibility.breaker import models as breaker  # noqa: F401 - its tables belong to this app


class VerdictRecord(models.Model):
    """A verdict the gate gave on a message; kept."""

    message_id = models.BigIntegerField(db_index=True)  # a contact's are found through their messages
    contact_id = models.BigIntegerField()
    at = models.DateTimeField()
    decision = models.CharField(max_length=5)  # allow, defer, block
    code = models.TextField()
    until = models.DateTimeField(null=True)
    details = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))

    class Meta:
        db_table = "verdict"
        indexes = [
            models.Index(fields=["code", "contact_id"], condition=~models.Q(code="allowed"), name="verdict_by_code")
        ]


class VerdictCount(models.Model):
    """How many verdicts of a kind were given on a day, so that nobody counts millions of rows."""

    day = models.DateField()
    journey_id = models.BigIntegerField(default=0)  # 0: of no journey
    channel = models.TextField()
    purpose = models.TextField()
    decision = models.TextField()
    code = models.TextField()
    verdicts = models.BigIntegerField()

    class Meta:
        db_table = "verdict_count"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "journey_id", "channel", "purpose", "decision", "code"], name="verdicts_are_counted_once"
            )
        ]


class HouseRules(models.Model):
    """The caps, prices and budgets that people set in the place of the shipped ones; the last row is in force."""

    name = models.TextField()
    definition = models.JSONField()
    applied_at = models.DateTimeField()
    applied_by = models.TextField(default="")

    class Meta:
        db_table = "house_rules"


class BudgetUse(models.Model):
    """What a budget has spent, what is on its way included; never more than its ceiling for what is commercial."""

    key = models.TextField(primary_key=True)  # journey id/channel/month, as in `budget.key`
    ceiling = models.DecimalField(max_digits=18, decimal_places=6)
    spent = models.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        db_table = "budget_use"


class Expense(models.Model):
    """What a message costs, charged to the budgets named when the gate let it go; given back if it does not leave."""

    message_id = models.BigIntegerField()
    amount = models.DecimalField(max_digits=18, decimal_places=6)
    keys = models.JSONField()
    at = models.DateTimeField()
    released = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "expense"
        constraints = [
            models.UniqueConstraint(
                fields=["message_id"], condition=models.Q(released=False), name="one_expense_per_message"
            )
        ]


class PressureReservation(models.Model):
    """A place under the caps, taken for one message: the nth commercial message of a contact.

    Who takes the nth has seen the n - 1 before it, so the caps hold whoever races; a place given back keeps its number.
    """

    pk = models.CompositePrimaryKey("contact_id", "place")
    contact_id = models.BigIntegerField()
    place = models.IntegerField()
    message_id = models.BigIntegerField()
    channel = models.TextField(default="email", db_default="email")
    purpose = models.TextField(default="promotion", db_default="promotion")
    at = models.DateTimeField()
    released = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "pressure_reservation"
        indexes = [
            models.Index(fields=["message_id"], condition=models.Q(released=False), name="reservation_by_message"),
            BrinIndex(fields=["at"], name="reservation_by_day"),
        ]


class CommercialPeriod(models.Model):
    """A commercial period that people added, or a computed one they moved or cancelled."""

    country = models.CharField(max_length=2)
    name = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cancelled = models.BooleanField(default=False)
    calendar = models.TextField(default="")  # name of the file it came with; empty: added in the pages
    source = models.TextField(default="")
    weight = models.SmallIntegerField(null=True)  # how full it makes inboxes, 0 to 100; None: as its name is known
    blackout = models.BooleanField(null=True)  # whether reactivations wait; None: as its name is known
    departments = models.JSONField(default=list)  # where it holds; empty: in the whole country

    class Meta:
        db_table = "commercial_period"
        constraints = [
            models.UniqueConstraint(
                fields=["country", "name", "starts_at", "calendar", "departments"], name="periods_are_named"
            )
        ]


class CommercialRule(models.Model):
    """A period by rule, the same each year, that a file brought; `definition` is its entry as it was written."""

    country = models.CharField(max_length=2)
    calendar = models.TextField()
    definition = models.JSONField()

    class Meta:
        db_table = "commercial_rule"


class Unopened(models.Model):
    """Who gets no commercial e-mail because none was opened: since which day there was no sign of life. `feedback.unopened` writes it."""

    contact_id = models.BigIntegerField(primary_key=True)
    since = models.DateField()

    class Meta:
        db_table = "unopened"


class Comeback(models.Model):
    """How many people were on reactivations when a blackout began: the volume their comeback is spread by."""

    country = models.CharField(max_length=2)
    ends_at = models.DateTimeField()  # of the blackout
    people = models.IntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        db_table = "comeback"
        constraints = [models.UniqueConstraint(fields=["country", "ends_at"], name="one_comeback_per_blackout")]
