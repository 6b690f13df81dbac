"""Where segments are used: by journeys as entry (see `journeys.uses`), by drafts of journeys, by other segments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from relance.core.errors import RefusedError
from relance.journeys import uses
from relance.journeys.uses import DRAFT, JOURNEY
from relance.segments import definitions
from relance.segments.models import Segment
from relance.web import standings, titles
from relance.web.language import current, in_quotes
from relance.web.standings import Standing

SEGMENT = "segment"


@dataclass(frozen=True)
class Use:
    """One use: its kind, the name of what uses the segment, what people call it, and how far a journey is."""

    kind: str
    name: str
    title: str
    standing: Standing | None = None
    pk: int = 0


def every(now: datetime) -> dict[str, list[Use]]:
    """Return the uses of each segment, by its name."""
    found: dict[str, list[Use]] = defaultdict(list)
    entered = list(uses.versions(lambda definition: bool(_entry(definition)), going=False))
    called = titles.all_journeys()
    states = standings.of({version.journey_id: version.journey for version in entered}.values(), now)
    for version in entered:
        definition, journey = version.definition, version.journey
        if not any(use.name == journey.name for use in found[_entry(definition)]):
            found[_entry(definition)].append(Use(JOURNEY, journey.name, called[journey.name], states[journey.pk]))
    for name, data in uses.drafts():
        if not any(use.name == name for use in found[_entry(data)]):
            found[_entry(data)].append(
                Use(DRAFT, name, definitions.said(data.get("title"), current()) or name, standings.DRAFT)
            )
    for segment in Segment.objects.order_by("name"):
        for other in dict.fromkeys(definitions.referred(definitions.condition_of(segment.definition))):
            found[other].append(Use(SEGMENT, segment.name, titles.of_segment(segment), pk=segment.pk))
    return found


def _entry(definition: dict[str, Any]) -> str:
    entry = definition.get("entry")
    return str(entry.get("segment", "")) if isinstance(entry, dict) else ""


def insist_on_unused(segment: Segment) -> None:
    """Refuse to take away what something is built on."""
    using = every(timezone.now()).get(segment.name, [])
    if not using:
        return
    named = ", ".join(in_quotes(use.title) for use in using)
    raise RefusedError(
        _(
            "The segment “%(title)s” cannot be deleted: it is used by %(uses)s. Give these another segment first, or delete them."
        )
        % {"title": titles.of_segment(segment), "uses": named}
    )
