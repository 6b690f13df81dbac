"""Whom a journey's messages come from."""

from __future__ import annotations

from relance.journeys import launches
from relance.journeys.models import Version
from relance.senders import register
from relance.senders.sender import DEFAULT, Sender


def of(journey_id: int) -> Sender:
    """Return the sender of a journey as it lets people in: as approved, else as published last; else the default."""
    launch = launches.in_force(journey_id)
    version = launch.version if launch else Version.objects.filter(journey_id=journey_id).order_by("-number").first()
    return of_version(version) if version else register.default()


def of_version(version: Version) -> Sender:
    """Return the sender of a published version."""
    return register.of_name(version.definition.get("sender", DEFAULT))
