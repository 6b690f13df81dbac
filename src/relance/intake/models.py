"""Where data comes from, since when it covers what, and what each import did."""

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
    """Since when a source tells of an event type; before that its silence means nothing."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE)
    type = models.TextField()
    since = models.DateTimeField()

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


class OptOutDeclaration(models.Model):
    """A named person declares that no opt-out exists outside this installation."""

    by = models.TextField()
    at = models.DateTimeField()
    note = models.TextField(default="")

    class Meta:
        db_table = "opt_out_declaration"
