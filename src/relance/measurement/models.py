"""Figures kept, so that pages need not compute them and trends can be shown."""

from django.db import models

from relance.journeys.models import Journey


class HealthSnapshot(models.Model):
    """The health of the base after a night's scoring: one row a day, the last one of the day."""

    day = models.DateField(unique=True)
    at = models.DateTimeField()
    figures = models.JSONField()  # measurement.overview.Overview as plain data

    class Meta:
        db_table = "health_snapshot"


class ResultSnapshot(models.Model):
    """The result of a journey as last measured: pages show it without reading the history again."""

    journey = models.OneToOneField(Journey, on_delete=models.CASCADE)
    at = models.DateTimeField()
    figures = models.JSONField()  # measurement.figures.Result as plain data

    class Meta:
        db_table = "result_snapshot"


class DeliverabilitySnapshot(models.Model):
    """How the mails of a window of days fared, as counted last night."""

    days = models.SmallIntegerField()
    sender = models.TextField()  # domain the mails came from
    at = models.DateTimeField()
    figures = models.JSONField()  # measurement.deliverability.figures.Table as plain data

    class Meta:
        db_table = "deliverability_snapshot"
        constraints = [models.UniqueConstraint(fields=["days", "sender"], name="figures_are_kept_once")]


class SenderExamination(models.Model):
    """The last examination of a sender's domain, hosts and listings."""

    domain = models.TextField(unique=True)
    at = models.DateTimeField()
    findings = models.JSONField()  # measurement.sender.findings.Finding as plain data

    class Meta:
        db_table = "sender_examination"


class SeedResult(models.Model):
    """Where the mails of a campaign to seed mailboxes at a provider ended on a day."""

    day = models.DateField()
    provider = models.TextField()
    campaign = models.TextField(default="")
    inbox = models.IntegerField()
    spam = models.IntegerField()
    missing = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "seed_result"
        constraints = [models.UniqueConstraint(fields=["day", "provider", "campaign"], name="seeds_are_counted_once")]
