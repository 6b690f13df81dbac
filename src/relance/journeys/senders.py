"""Whom a journey's messages come from."""

from __future__ import annotations

from relance.journeys.models import Version
from relance.senders import register
from relance.senders.sender import DEFAULT, Sender


def of(journey_id: int) -> Sender:
    """Return the sender of a journey as published last; that of the settings where it has none of its own."""
    last = Version.objects.filter(journey_id=journey_id).order_by("-number").first()
    return of_version(last) if last else Sender.of_settings()


def of_version(version: Version) -> Sender:
    """Return the sender of a published version."""
    name = version.definition.get("sender", DEFAULT)
    return (register.known() if name != DEFAULT else {}).get(name) or Sender.of_settings()
