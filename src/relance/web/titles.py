"""What journeys and segments are called in the language in force, wherever pages name them."""

from __future__ import annotations

from collections.abc import Collection

from relance.journeys import definition
from relance.journeys.models import Journey, Version
from relance.segments import definitions
from relance.segments.models import Segment
from relance.web.language import current


def of(version: Version) -> str:
    """Return a journey's title as this version has it, its name where it has none; nothing else of it is read."""
    return definition.said(version.definition.get("title") or "", current()) or version.journey.name


def journeys(ids: Collection[int]) -> dict[int, str]:
    """Return what these journeys are called."""
    latest = Version.objects.filter(journey__in=ids).select_related("journey")
    found = {
        version.journey_id: of(version) for version in latest.order_by("journey_id", "-number").distinct("journey_id")
    }
    unpublished = Journey.objects.filter(pk__in=set(ids) - found.keys())
    return found | dict(unpublished.values_list("pk", "name"))


def journey(name: str) -> str:
    """Return what the journey of this name is called; a name nobody bears is shown as it is."""
    version = Version.objects.filter(journey__name=name).select_related("journey").order_by("-number").first()
    return of(version) if version else name


def all_journeys() -> dict[str, str]:
    """Return every journey's title by its name, sorted by title."""
    names = dict(Journey.objects.values_list("pk", "name"))
    found = {names[pk]: title for pk, title in journeys(names).items()}
    return dict(sorted(found.items(), key=lambda one: one[1].casefold()))


def segment(name: str) -> str:
    """Return what the segment of this name is called; a name nobody bears is shown as it is."""
    found = Segment.objects.filter(name=name).first()
    return definitions.title(found, current()) if found else name


def segments() -> dict[str, str]:
    """Return every segment's title by its name, sorted by title."""
    found = {one.name: definitions.title(one, current()) for one in Segment.objects.all()}
    return dict(sorted(found.items(), key=lambda one: one[1].casefold()))
