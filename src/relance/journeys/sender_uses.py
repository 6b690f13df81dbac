"""Where senders are named: journeys and their drafts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from relance.core.errors import RefusedError
from relance.journeys import uses
from relance.journeys.uses import Use
from relance.senders import keeping
from relance.senders.sender import DEFAULT


@transaction.atomic
def remove(name: str, now: datetime, *, by: str) -> None:
    """Take away a sender that no journey names and no message waits for; RefusedError names who does.

    The default stays, as the settings say it.
    """
    if name != DEFAULT:
        _insist_on_none(name)
    keeping.remove(name, now, by=by)


def found(name: str) -> list[Use]:
    """Return the journeys and drafts that send as it."""
    return uses.in_journeys(lambda definition: definition.get("sender", DEFAULT) == name)


def running(name: str) -> bool:
    """Tell whether a running journey sends as it: an approval then stands behind what it says.

    Others take from the default what they leave empty, so any running journey sends something of it.
    """
    return any(
        version.journey.running
        for version in uses.versions(lambda definition: name in (DEFAULT, definition.get("sender", DEFAULT)))
    )


def _insist_on_none(name: str) -> None:
    if sending := found(name):
        named = ", ".join(f"the {one.kind} {one.name}" for one in sending)
        raise RefusedError(
            f"The sender {name} cannot be removed: {named} sends as it. Name another sender there first."
        )
