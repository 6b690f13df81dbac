"""Where policies are asked for by name: conditions of segments, of journeys and of their drafts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from relance.core import definitions
from relance.core.errors import RefusedError, RelanceError
from relance.journeys.models import Draft, Enrolment, Launch, LaunchPlan, Revision, Version
from relance.segments.models import Segment

SEGMENT, JOURNEY, DRAFT = "segment", "journey", "draft"


@dataclass(frozen=True)
class Use:
    """One use: its kind and the name of what asks for the policy."""

    kind: str
    name: str


def found(policy: str) -> list[Use]:
    """Return what asks for a policy by name: segments, journeys (see `in_journeys`), drafts."""
    segments = [Use(SEGMENT, one.name) for one in Segment.objects.order_by("name") if asks(one.definition, policy)]
    return [*segments, *in_journeys(lambda definition: asks(definition, policy))]


def insist_on_none(policy: str) -> None:
    """Refuse to take away what a segment or a journey asks for."""
    uses = found(policy)
    if uses:
        named = ", ".join(f"the {one.kind} {one.name}" for one in uses)
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


def in_journeys(names: Callable[[Any], bool]) -> list[Use]:
    """Return the journeys and drafts whose definition answers True.

    Journeys as published last, as people still go through, as a launch lets people in, or as a plan may be approved.
    """
    uses = [*(Use(JOURNEY, name) for name in _journeys(names)), *(Use(DRAFT, name) for name in _drafts(names))]
    return list(dict.fromkeys(uses))


def _journeys(names: Callable[[Any], bool]) -> Iterator[str]:
    latest: set[int] = set()
    launched = _launched()
    for version in Version.objects.select_related("journey").order_by("-number", "journey__name"):
        current = version.journey_id not in latest
        latest.add(version.journey_id)
        if names(version.definition) and (current or version.pk in launched or _in_flight(version)):
            yield version.journey.name


def _launched() -> set[int]:
    """Return the versions of the launches in force, and of plans that wait to be approved."""
    last = Launch.objects.order_by("journey_id", "-id").distinct("journey_id").values_list("version_id", flat=True)
    return {*last, *LaunchPlan.objects.filter(launch=None).values_list("version_id", flat=True)}


def _in_flight(version: Version) -> bool:
    return Enrolment.objects.filter(journey=version.journey_id, version=version, ended_at=None).exists()


def _drafts(names: Callable[[Any], bool]) -> Iterator[str]:
    """Yield the drafts that do; one whose text cannot be read asks for nothing yet."""
    for draft in Draft.objects.order_by("name"):
        revision = Revision.objects.filter(draft=draft, number=draft.revision).first()
        try:
            if revision and names(definitions.parse(revision.text, draft.name).data):
                yield draft.name
        except RelanceError:
            continue
