"""Journeys, their published versions and the people in them."""

from django.db import models
from django.db.models import Q

from relance.contacts.models import Contact


class Journey(models.Model):
    """A named sequence of steps people go through."""

    name = models.TextField(unique=True)
    running = models.BooleanField(default=False)

    class Meta:
        db_table = "journey"


class Version(models.Model):
    """A published version: never changes; people in flight stay on theirs."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE)
    number = models.IntegerField()
    definition = models.JSONField()
    templates = models.JSONField(default=dict)  # template name -> template version id, fixed at publication
    published_at = models.DateTimeField()

    class Meta:
        db_table = "journey_version"
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="journey_versions_are_numbered")]


class Enrolment(models.Model):
    """One passage of one contact through one version; the control group has rows too, and gets nothing."""

    # Constraints and indexes of their own would double the time of entry and advance: rows are written by `entry` only,
    # from versions that are never deleted, and the unique keys below start with the contact.
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    occasion = models.IntegerField()  # 1 for the first passage of this contact, then 2, 3…
    control = models.BooleanField()
    entered_at = models.DateTimeField()
    position = models.TextField()  # path of the step to do next, e.g. "4.0.1"; empty for the control group
    due_at = models.DateTimeField(null=True)  # when it is to be done (control: measured); None once ended
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(default="", db_default="")

    class Meta:
        db_table = "enrolment"
        constraints = [
            models.UniqueConstraint(fields=["contact", "journey", "occasion"], name="one_enrolment_per_occasion"),
            models.UniqueConstraint(
                fields=["contact", "journey"], condition=Q(ended_at__isnull=True), name="one_open_enrolment"
            ),
        ]
        indexes = [
            models.Index(
                fields=["version", "position", "due_at"], condition=Q(due_at__isnull=False), name="enrolment_due"
            ),
            models.Index(fields=["journey", "entered_at"], name="enrolment_by_entry"),
        ]
