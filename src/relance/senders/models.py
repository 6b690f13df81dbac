"""Senders as they were written: those beside the default, and what was written for the default itself."""

from django.db import models


class SenderDefinition(models.Model):
    """A sender in force, or one that was: answers to what it sent keep coming.

    The row of the default sender holds only what goes before the settings; there is none where nothing does.
    """

    name = models.TextField(unique=True)
    domain = (
        models.TextField()
    )  # of its address, in small letters and ASCII; it never changes once a message bears the name
    definition = models.JSONField()
    applied_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sender"
