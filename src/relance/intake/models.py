"""Where data comes from, from when to when it covers what, and what each import did."""

import uuid

from django.db import models


class Source(models.Model):
    """A place data comes from: a shop, a former mailing tool, the till, Relance itself."""

    id = models.AutoField(primary_key=True)
    name = models.TextField(unique=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "source"


class Coverage(models.Model):
    """From when to when a source tells of an event type; before and after, its silence means nothing."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE)
    type = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)  # NULL: it goes on telling

    class Meta:
        db_table = "coverage"
        constraints = [models.UniqueConstraint(fields=["source", "type"], name="one_coverage_per_type")]


class ImportRun(models.Model):
    """One file brought in: its totals add up to its lines."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    kind = models.TextField()  # contacts, events, consents, suppressions
    file_name = models.TextField()
    sha256 = models.TextField()
    mode = models.TextField(default="merge")
    state = models.TextField(default="running")  # running, done, failed
    mapping = models.JSONField(default=dict)
    totals = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "import_run"


class Upload(models.Model):
    """A file a person brought through the pages: what they say about it, until it is imported or thrown away."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.TextField()  # contacts, events, consents, suppressions
    step = models.TextField(default="")  # of the first run, if it was brought there
    file_name = models.TextField()
    size = models.BigIntegerField()
    options = models.JSONField(default=dict)  # see intake.options; without `dry_run`
    by = models.TextField()
    at = models.DateTimeField(db_index=True)
    run = models.ForeignKey(ImportRun, null=True, on_delete=models.SET_NULL)

    class Meta:
        db_table = "upload"


class Work(models.Model):
    """Something long that a person asked for and a worker does: how far it is, whether to stop, what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.TextField()  # check, import, refresh, sample, removal
    upload = models.ForeignKey(Upload, null=True, on_delete=models.CASCADE)
    state = models.TextField(default="waiting")  # waiting, running, done, failed, stopped
    stage = models.TextField(default="")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    stop_asked = models.BooleanField(default=False)
    sentence = models.TextField(default="")  # why it failed
    result = models.JSONField(default=dict)
    log = models.JSONField(default=list)  # [instant, stage, done]: each stage as it ended
    by = models.TextField()
    asked_at = models.DateTimeField(db_index=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "work"


class OptOutDeclaration(models.Model):
    """A named person declares that no opt-out exists outside this installation."""

    by = models.TextField()
    at = models.DateTimeField()
    note = models.TextField(default="")

    class Meta:
        db_table = "opt_out_declaration"
