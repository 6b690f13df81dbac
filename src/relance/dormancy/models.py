"""Policies and each contact's current standing."""

from django.db import models

from relance.contacts.models import Contact


class State(models.TextChoices):
    """Where a contact stands."""

    NEW = "new"
    NEVER_ACTIVE = "never_active"
    ACTIVE = "active"
    COOLING = "cooling"
    DORMANT = "dormant"
    VERY_DORMANT = "very_dormant"
    UNDETERMINED = "undetermined"


class Policy(models.Model):
    """Who counts as dormant, for one population; the first whose population matches a contact counts."""

    name = models.TextField(unique=True)
    position = models.IntegerField(default=0)
    definition = models.JSONField()
    digest = models.TextField()
    applied_at = models.DateTimeField()

    class Meta:
        db_table = "policy"
        ordering = ["position", "id"]


class Profile(models.Model):
    """A contact's current standing; written only where it changed. The lake folder holds the features behind it."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, primary_key=True)
    policy = models.TextField(default="", db_default="")
    state = models.CharField(max_length=12, choices=State)
    state_since = models.DateTimeField()
    points = models.SmallIntegerField(default=0, db_default=0)
    value_band = models.TextField(default="", db_default="")  # none, low, medium, high
    last_purchase_at = models.DateTimeField(null=True)
    last_engagement_at = models.DateTimeField(null=True)
    last_legal_contact_at = models.DateTimeField(null=True)
    false_inactive = models.BooleanField(default=False, db_default=False)
    out_of_target = models.BooleanField(default=False, db_default=False)
    unreachable = models.BooleanField(default=False, db_default=False)
    preferred_hour = models.SmallIntegerField(
        null=True
    )  # UTC: start of the three hours the person is most often seen in
    scored_at = models.DateTimeField()

    class Meta:
        db_table = "profile"
        indexes = [
            models.Index(fields=["state", "state_since", "contact"], name="profile_by_state"),
            models.Index(fields=["state_since", "contact"], name="profile_by_since"),
            models.Index(fields=["last_purchase_at", "contact"], name="profile_by_purchase"),
            models.Index(fields=["value_band", "contact"], name="profile_by_band"),
            models.Index(fields=["policy", "contact"], name="profile_by_policy"),
            models.Index(fields=["last_legal_contact_at"], name="profile_by_legal_contact"),
            *(
                models.Index(fields=["contact"], condition=models.Q(**{flag: True}), name=f"profile_{flag}")
                for flag in ("false_inactive", "out_of_target", "unreachable")
            ),
        ]


class Estimate(models.Model):
    """What a model said of a population at an instant: its figures, or why it was refused. The last of a kind counts."""

    kind = models.TextField()  # lifetime, return, future, reactivity
    policy = models.TextField(default="", db_default="")  # the population it is about; empty: everybody
    as_of = models.DateTimeField()
    accepted = models.BooleanField()
    refusal = models.TextField(default="", db_default="")  # the code of the reason; empty where accepted
    figures = models.JSONField()

    class Meta:
        db_table = "estimate"
        constraints = [models.UniqueConstraint(fields=["kind", "policy", "as_of"], name="estimate_once")]
        get_latest_by = "as_of"
