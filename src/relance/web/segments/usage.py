"""Where segments are used: by journeys as entry, by drafts of journeys, by other segments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from relance.core import definitions as core_definitions
from relance.core.errors import RefusedError, RelanceError
from relance.journeys.models import Draft, Revision, Version
from relance.segments import definitions
from relance.segments.models import Segment
from relance.web import standings, titles
from relance.web.language import current
from relance.web.standings import Standing

JOURNEY, DRAFT, SEGMENT = "journey", "draft", "segment"


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
    latest = list(Version.objects.select_related("journey").order_by("journey_id", "-number").distinct("journey_id"))
    called = titles.all_journeys()
    states = standings.of([version.journey for version in latest], now)
    for version in latest:
        definition, journey = version.definition, version.journey
        found[_entry(definition)].append(Use(JOURNEY, journey.name, called[journey.name], states[journey.pk]))
    for name, data in _drafts():
        if not any(use.name == name for use in found[_entry(data)]):
            found[_entry(data)].append(
                Use(DRAFT, name, definitions.said(data.get("title"), current()) or name, standings.DRAFT)
            )
    for segment in Segment.objects.order_by("name"):
        for other in dict.fromkeys(definitions.referred(definitions.condition_of(segment.definition))):
            found[other].append(Use(SEGMENT, segment.name, definitions.title(segment, current()), pk=segment.pk))
    return found


def _drafts() -> list[tuple[str, dict[str, Any]]]:
    """Return the drafts of journeys whose text can be read."""
    found = []
    revisions = dict(Draft.objects.values_list("pk", "revision"))
    for revision in Revision.objects.select_related("draft").filter(draft_id__in=revisions):
        if revision.number != revisions[revision.draft_id]:
            continue
        try:
            found.append((revision.draft.name, core_definitions.parse(revision.text, revision.draft.name).data))
        except RelanceError:
            continue
    return found


def _entry(definition: dict[str, Any]) -> str:
    entry = definition.get("entry")
    return str(entry.get("segment", "")) if isinstance(entry, dict) else ""


def insist_on_unused(segment: Segment) -> None:
    """Refuse to take away what something is built on."""
    uses = every(timezone.now()).get(segment.name, [])
    if not uses:
        return
    named = ", ".join(f"“{use.title}”" if current() == "en" else f"«\u202f{use.title}\u202f»" for use in uses)
    raise RefusedError(
        _(
            "The segment “%(title)s” cannot be deleted: it is used by %(uses)s. Give these another segment first, or delete them."
        )
        % {"title": definitions.title(segment, current()), "uses": named}
    )
