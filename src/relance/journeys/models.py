"""Journeys, their published versions and the people in them."""

from django.db import models
from django.db.models import Q

from relance.contacts.models import Contact
from relance.intake.models import Work


class Journey(models.Model):
    """A named sequence of steps people go through."""

    name = models.TextField(unique=True)
    running = models.BooleanField(default=False)

    class Meta:
        db_table = "journey"


def mails_alone() -> list[str]:
    """Return the channels of a version whose messages are mails."""
    return ["email"]


class Version(models.Model):
    """A published version: never changes; people in flight stay on theirs."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE)
    number = models.IntegerField()
    definition = models.JSONField()
    templates = models.JSONField(default=dict)  # template name -> template version id, fixed at publication
    channels = models.JSONField(default=mails_alone)  # of those its messages name, what they could leave by then
    published_at = models.DateTimeField()

    class Meta:
        db_table = "journey_version"
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="journey_versions_are_numbered")]


class Draft(models.Model):
    """A journey being written: its text is a revision, and earlier ones stay."""

    name = models.TextField(unique=True)  # of the journey, published or not
    revision = models.IntegerField(default=0)  # number of the one in force
    base = models.IntegerField(default=0)  # number of the published version it goes on from; 0 where there is none

    class Meta:
        db_table = "journey_draft"


class Revision(models.Model):
    """One state of a draft's text. `previous` is the number it came from: undo goes there, redo comes back."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="revisions")
    number = models.IntegerField()  # never given twice, so that whoever saw number 7 saw this text
    previous = models.IntegerField(default=0)
    text = models.TextField()
    act = models.TextField()  # a code of what was done, for people who undo it
    actor = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "journey_revision"
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="journey_revisions_are_numbered")]


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


class LaunchPlan(models.Model):
    """Who would get a journey's first message at an instant: worked out by the gate's own rules, nothing sent."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE)
    version = models.ForeignKey(Version, on_delete=models.PROTECT)
    start_at = models.DateTimeField()
    canary = models.IntegerField()  # at most so many get the first message before a person lets the others follow
    asked_at = models.DateTimeField()
    by = models.TextField()
    made_at = models.DateTimeField(null=True)  # None: still being worked out, or never finished
    figures = models.JSONField(default=dict)  # see measurement.waterfall
    work = models.ForeignKey(Work, null=True, on_delete=models.SET_NULL)

    class Meta:
        db_table = "launch_plan"


class LaunchPerson(models.Model):
    """One member of the entry segment in a plan, and the code of what would become of them."""

    pk = models.CompositePrimaryKey("plan_id", "code", "contact_id")
    plan = models.ForeignKey(LaunchPlan, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    contact_id = models.BigIntegerField()
    code = models.TextField()
    # Of those the ramp of a reactivation lets in by steps; empty for the others.
    band = models.TextField(default="", db_default="")  # of silence
    provider = models.TextField(default="", db_default="")  # of mailboxes
    step = models.IntegerField(default=0, db_default=0)  # that let them in; 0: not yet

    class Meta:
        db_table = "launch_person"


class RampStep(models.Model):
    """A step of a launch's ramp: people of a band of silence that somebody, or proof, let in."""

    plan = models.ForeignKey(LaunchPlan, on_delete=models.CASCADE, related_name="steps")
    number = models.IntegerField()
    band = models.TextField()
    providers = models.JSONField()  # mailbox provider -> people, the control group apart
    released_at = models.DateTimeField()
    released_by = models.TextField()  # empty: by proof
    reason = models.TextField(default="")
    evidence = models.JSONField(default=dict)  # what was known then: eligibility.ramp.evidence
    looked_at = models.DateTimeField(null=True)  # when proof for the step after it was looked for last

    class Meta:
        db_table = "ramp_step"
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="ramp_steps_are_numbered")]


class LaunchRehearsal(models.Model):
    """A rehearsal somebody asked for before a launch; every figure in it is simulated."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE)
    version = models.ForeignKey(Version, on_delete=models.PROTECT)
    start_at = models.DateTimeField()
    days = models.IntegerField()
    rates = models.JSONField()
    asked_at = models.DateTimeField()
    by = models.TextField()
    made_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    work = models.ForeignKey(Work, null=True, on_delete=models.SET_NULL)

    class Meta:
        db_table = "launch_rehearsal"


class Launch(models.Model):
    """A named person let a journey begin, or go on; the latest one of a journey is in force."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE)
    version = models.ForeignKey(Version, on_delete=models.PROTECT)
    plan = models.ForeignKey(LaunchPlan, null=True, on_delete=models.PROTECT)
    canary = models.IntegerField(null=True)  # only the plan's draw enters; None: everybody of the segment
    start_at = models.DateTimeField()
    approved_by = models.TextField()
    approved_at = models.DateTimeField()
    figures = models.JSONField(default=dict)  # what was known then
    checklist = models.JSONField(default=list)

    class Meta:
        db_table = "launch"
        indexes = [models.Index(fields=["journey", "-id"], name="launch_in_force")]


class Tally(models.Model):
    """A journey's counts as of an instant, kept so that pages read one row whatever the number of messages."""

    journey = models.OneToOneField(Journey, on_delete=models.CASCADE, primary_key=True)
    at = models.DateTimeField()
    seconds = models.FloatField()  # what counting cost: dear counts are made less often
    figures = models.JSONField()

    class Meta:
        db_table = "journey_tally"
