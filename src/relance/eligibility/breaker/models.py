"""What the breaker counts, watches, stops and tells."""

from django.db import models

from relance.outbox.alerts import Alert


class BreakerCount(models.Model):
    """Sends and bad answers noted by whoever saw them, appended in the transaction that wrote the event; folded soon."""

    journey_id = models.BigIntegerField()  # 0: of no journey
    sender = models.TextField()  # domain the mail came from
    provider = models.TextField()
    cohort = models.DateTimeField()  # hour the messages were sent in, whenever they were answered
    sends = models.IntegerField(default=0, db_default=0)
    told = models.IntegerField(default=0, db_default=0)  # of these, to domains that tell of complaints
    hard_bounce = models.IntegerField(default=0, db_default=0)
    complaint = models.IntegerField(default=0, db_default=0)
    unsubscribe = models.IntegerField(default=0, db_default=0)
    block = models.IntegerField(default=0, db_default=0)
    trap = models.IntegerField(default=0, db_default=0)

    class Meta:
        db_table = "breaker_count"


class BreakerCohort(models.Model):
    """What is known of the messages of one hour, journey, sender and mailbox provider."""

    journey_id = models.BigIntegerField()
    sender = models.TextField()
    provider = models.TextField()
    cohort = models.DateTimeField()
    sends = models.IntegerField()
    told = models.IntegerField()
    hard_bounce = models.IntegerField()
    complaint = models.IntegerField()
    unsubscribe = models.IntegerField()
    block = models.IntegerField()
    trap = models.IntegerField()

    class Meta:
        db_table = "breaker_cohort"
        constraints = [
            models.UniqueConstraint(fields=["journey_id", "sender", "provider", "cohort"], name="one_cohort_an_hour")
        ]
        indexes = [models.Index(fields=["sender", "provider", "cohort"], name="cohort_by_sender")]


class ProviderReport(models.Model):
    """A day's figures of a sender as a mailbox provider published them (Postmaster Tools, SNDS); brought by a file."""

    sender = models.TextField()
    provider = models.TextField()
    signal = models.TextField()
    day = models.DateField()
    sends = models.IntegerField()
    bad = models.IntegerField()
    source = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "provider_report"
        constraints = [
            models.UniqueConstraint(fields=["sender", "provider", "signal", "day", "source"], name="one_report_a_day")
        ]


class BreakerScope(models.Model):
    """What is watched apart: a signal at a mailbox provider, of a journey or (journey 0) of all a sender sends.

    A journey is watched at all providers together too: provider `everyone`, of which there are no counts apart.
    """

    journey_id = models.BigIntegerField()
    sender = models.TextField()
    provider = models.TextField()
    signal = models.TextField()
    watch = models.IntegerField(default=1)  # the 1st, 2nd, … time it is watched; a new one begins when it is closed
    since = models.DateTimeField(null=True)  # only messages sent from here on count in this watch
    at = models.DateTimeField(null=True)  # of the last evaluation
    evergreen = models.BooleanField(default=False)
    sends = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)
    allowed = models.FloatField(default=0)  # share of messages
    evidence = models.FloatField(default=0)  # logarithm
    threshold = models.FloatField(default=0)  # logarithm at which it opens
    warned_at = models.DateTimeField(null=True)  # in this watch

    class Meta:
        db_table = "breaker_scope"
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "journey_id", "provider", "signal"], name="scopes_are_watched_once"
            )
        ]


class BreakerPoint(models.Model):
    """The evidence of a scope as it was known at an instant; the curve of a chart."""

    scope = models.ForeignKey(BreakerScope, on_delete=models.CASCADE, related_name="points")
    at = models.DateTimeField()
    watch = models.IntegerField()
    sends = models.BigIntegerField()
    bad = models.BigIntegerField()
    evidence = models.FloatField()
    threshold = models.FloatField()

    class Meta:
        db_table = "breaker_point"
        indexes = [models.Index(fields=["scope", "at"], name="point_by_scope")]


class BreakerOpening(models.Model):
    """A scope that was stopped, on which evidence, and who let it go on; a person closes it."""

    scope = models.ForeignKey(BreakerScope, on_delete=models.PROTECT, related_name="openings")
    level = models.IntegerField(default=1)  # of a sender: 1 stops reactivations, 2 everything commercial
    opened_at = models.DateTimeField()
    sends = models.BigIntegerField()
    bad = models.BigIntegerField()
    evidence = models.FloatField()
    threshold = models.FloatField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="")
    reason = models.TextField(default="")

    class Meta:
        db_table = "breaker_opening"
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "level"], condition=models.Q(closed_at=None), name="a_scope_opens_once"
            )
        ]


class BreakerAlert(Alert):
    """What the team is told: an opening, a warning, a fall of clicks."""

    scope = models.ForeignKey(BreakerScope, on_delete=models.CASCADE, related_name="alerts")
    opening = models.ForeignKey(BreakerOpening, null=True, on_delete=models.CASCADE, related_name="alerts")
    kind = models.TextField()  # opened, warned, closed

    class Meta:
        db_table = "breaker_alert"
        indexes = [models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="alert_due")]


class QuarantinedBounce(models.Model):
    """A hard bounce of a provider whose bounces jumped: the address rests, and a person says whether it is dead."""

    opening = models.ForeignKey(BreakerOpening, on_delete=models.PROTECT, related_name="bounces")
    message_id = models.BigIntegerField(unique=True)
    contact_point_id = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    decision = models.TextField(default="", db_default="")  # restored, confirmed
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")

    class Meta:
        db_table = "quarantined_bounce"


class DeclaredTrap(models.Model):
    """An address somebody declared a spam trap, as a keyed hash; never written to."""

    digest = models.BinaryField(unique=True)
    source = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "declared_trap"


class TrapHit(models.Model):
    """A message that went to a declared trap, or would have."""

    message_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "trap_hit"
