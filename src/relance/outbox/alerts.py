"""What every alert to the team keeps, whoever raises it: its figures, and whether mail and webhook left."""

from django.db import models


class Alert(models.Model):
    """One alert: it is mailed and posted, and tried again until both have left."""

    at = models.DateTimeField()
    figures = models.JSONField(default=dict)
    mailed_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField(null=True)  # None: nothing left to send
    failure = models.TextField(default="")

    class Meta:
        abstract = True
