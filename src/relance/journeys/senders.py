"""Whom a journey's messages come from, and which journeys a sender has."""

from __future__ import annotations

from relance.core.errors import RefusedError
from relance.journeys import policy_uses
from relance.journeys.models import Version
from relance.senders import keeping
from relance.senders.sender import DEFAULT, Sender


def of(journey_id: int) -> Sender:
    """Return the sender of a journey as published last; that of the settings where it has none of its own."""
    last = Version.objects.filter(journey_id=journey_id).order_by("-number").first()
    return of_version(last) if last else Sender.of_settings()


def of_version(version: Version) -> Sender:
    """Return the sender of a published version."""
    name = version.definition.get("sender", DEFAULT)
    return (keeping.known() if name != DEFAULT else {}).get(name) or Sender.of_settings()


def insist_on_none(name: str) -> None:
    """Refuse to take away a sender that a journey names, as published last, as people still go through, or as a draft."""
    uses = policy_uses.in_journeys(lambda definition: definition.get("sender", DEFAULT) == name)
    if uses:
        named = ", ".join(f"the {one.kind} {one.name}" for one in uses)
        raise RefusedError(
            f"The sender {name} cannot be removed: {named} sends as it. Name another sender there first."
        )
