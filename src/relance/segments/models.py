"""Segments and who is in them."""

from django.db import models

from relance.contacts.models import Contact


class Segment(models.Model):
    """A named group of contacts, kept by a condition."""

    name = models.TextField(unique=True)
    definition = models.JSONField()
    refreshed_at = models.DateTimeField(null=True)
    people = models.IntegerField(null=True)  # members at the last refresh; None before the first

    class Meta:
        db_table = "segment"


class Membership(models.Model):
    """One contact in one segment, since when."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE)
    since = models.DateTimeField()

    class Meta:
        db_table = "membership"
        constraints = [models.UniqueConstraint(fields=["segment", "contact"], name="once_in_a_segment")]


class Size(models.Model):
    """How many people a segment held after a refresh, and who came and went; one row a day at most."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    people = models.IntegerField()
    entered = models.IntegerField()
    left = models.IntegerField()

    class Meta:
        db_table = "segment_size"
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="one_size_per_day")]
