"""Where senders are named: journeys and their drafts."""

from __future__ import annotations

from relance.core.errors import RefusedError
from relance.journeys import policy_uses
from relance.senders.sender import DEFAULT


def insist_on_none(name: str) -> None:
    """Refuse to take away a sender that a journey names, as published last, as people still go through, or as a draft."""
    uses = policy_uses.in_journeys(lambda definition: definition.get("sender", DEFAULT) == name)
    if uses:
        named = ", ".join(f"the {one.kind} {one.name}" for one in uses)
        raise RefusedError(
            f"The sender {name} cannot be removed: {named} sends as it. Name another sender there first."
        )
