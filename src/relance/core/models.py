"""The installation's identity, the audit log, and stages that fail."""

import uuid

from django.db import models


class Installation(models.Model):
    """One row: who this installation is, wherever its database travels."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "installation"


class AuditEntry(models.Model):
    """Who did what, to what, when."""

    at = models.DateTimeField(db_index=True)
    actor = models.TextField()
    action = models.TextField()
    subject = models.TextField()
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_entry"


class StageFault(models.Model):
    """A stage that fails: since when, how often in a row, and what it says. Gone once it succeeds."""

    stage = models.TextField(primary_key=True)
    guards = models.BooleanField()  # it is one that stops sending where harm shows
    since = models.DateTimeField()
    at = models.DateTimeField()
    times = models.IntegerField(default=1, db_default=1)
    error = models.TextField()

    class Meta:
        db_table = "stage_fault"
