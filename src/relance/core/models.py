"""The installation's identity and the audit log."""

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
