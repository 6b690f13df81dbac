"""Segments and who is in them."""

from django.db import models

from relance.contacts.models import Contact


class Segment(models.Model):
    """A named group of contacts, kept by a condition."""

    name = models.TextField(unique=True)
    definition = models.JSONField()
    refreshed_at = models.DateTimeField(null=True)

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
