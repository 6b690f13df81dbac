"""Which journeys and drafts name something, in a version that counts: what they name cannot be taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from relance.core import definitions
from relance.core.errors import RelanceError
from relance.journeys.models import Draft, Enrolment, Launch, LaunchPlan, Revision, Version

JOURNEY, DRAFT = "journey", "draft"


@dataclass(frozen=True)
class Use:
    """One use: its kind and the name of what names the other thing."""

    kind: str
    name: str


def in_journeys(names: Callable[[Any], bool]) -> list[Use]:
    """Return the journeys (see `versions`) and drafts whose definition answers True."""
    uses = [Use(JOURNEY, version.journey.name) for version in versions(names)]
    uses += [Use(DRAFT, name) for name, definition in drafts() if names(definition)]
    return list(dict.fromkeys(uses))


def versions(names: Callable[[Any], bool], *, going: bool = True) -> Iterator[Version]:
    """Yield the versions that count and whose definition answers True, the latest of each journey first.

    Those published last, those a launch lets people into, those a plan may be approved for, and those people still go
    through; without `going` these do not count, for what only an entry reads.
    """
    latest: set[int] = set()
    launched = _launched()
    passed = Exists(Enrolment.objects.filter(version=OuterRef("pk"), due_at__isnull=False))
    for version in (
        Version.objects.select_related("journey").annotate(going=passed).order_by("-number", "journey__name")
    ):
        current = version.journey_id not in latest
        latest.add(version.journey_id)
        if (current or version.pk in launched or (going and version.going)) and names(version.definition):
            yield version


def drafts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and definition of the drafts; one whose text cannot be read names nothing yet."""
    present = {(draft.pk, draft.revision) for draft in Draft.objects.all()}
    for revision in (
        Revision.objects.select_related("draft").filter(draft__in=[pk for pk, _ in present]).order_by("draft__name")
    ):
        if (revision.draft_id, revision.number) not in present:
            continue
        try:
            yield revision.draft.name, definitions.parse(revision.text, revision.draft.name).data
        except RelanceError:
            continue


def _launched() -> set[int]:
    """Return the versions of the launches in force, and of plans that wait to be approved."""
    last = Launch.objects.order_by("journey_id", "-id").distinct("journey_id").values_list("version_id", flat=True)
    return {*last, *LaunchPlan.objects.filter(launch=None).values_list("version_id", flat=True)}
