"""Where policies are asked for by name: conditions of segments, of journeys and of their drafts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from relance.core.errors import RefusedError
from relance.journeys import uses
from relance.journeys.uses import Use
from relance.segments.models import Segment

SEGMENT = "segment"


def found(policy: str) -> list[Use]:
    """Return what asks for a policy by name: segments, journeys (see `uses.versions`), drafts."""
    segments = [Use(SEGMENT, one.name) for one in Segment.objects.order_by("name") if asks(one.definition, policy)]
    return [*segments, *uses.in_journeys(lambda definition: asks(definition, policy))]


def insist_on_none(policy: str) -> None:
    """Refuse to take away what a segment or a journey asks for."""
    asking = found(policy)
    if asking:
        named = ", ".join(f"the {one.kind} {one.name}" for one in asking)
        raise RefusedError(
            f"The policy {policy} cannot be removed: {named} asks for it by name. Change these conditions first."
        )


def asks(data: Any, policy: str) -> bool:
    """Tell whether a definition holds a condition on the policy of this name."""
    if isinstance(data, dict):
        return any(
            policy in set(_texts(value)) if key == "policy" else asks(value, policy) for key, value in data.items()
        )
    return isinstance(data, list) and any(asks(one, policy) for one in data)


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a comparison: `b2b`, `[b2b, shop]`, `{not: b2b}`."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value
