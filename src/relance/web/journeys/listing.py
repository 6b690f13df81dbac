"""What the list shows of each journey and of each recipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from relance.core.errors import DefinitionError
from relance.journeys import definition, drafts, library, tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.library import Recipe
from relance.journeys.models import Draft, Revision, Version
from relance.segments.models import Segment
from relance.web import standings, titles
from relance.web.journeys import counting, words
from relance.web.journeys.cards import titled
from relance.web.journeys.desk import plain
from relance.web.language import current
from relance.web.standings import Standing
from relance.web.tags import typeset


@dataclass
class Line:
    """A journey of the list."""

    name: str
    title: str = ""
    purpose: str = ""
    standing: Standing = standings.DRAFT
    latest: Version | None = None
    drafted: bool = False  # whether a draft says something not yet published
    revision: Revision | None = None
    flights: list[tuple[int, counting.InFlight]] = field(default_factory=list)  # by version number, the latest first

    @property
    def running(self) -> bool:
        """Whether people may enter, or will on the day approved."""
        return self.standing.code not in {"draft", "unlaunched", "paused", "stopped"}

    @property
    def people(self) -> int:
        """How many people are on their way, in all versions."""
        return sum(flight.people for _number, flight in self.flights)

    @property
    def control(self) -> int:
        """How many people are in the control group now."""
        return sum(flight.control for _number, flight in self.flights)


def journeys(now: datetime) -> list[Line]:
    """Return the journeys, running ones first, drafts included."""
    lines: dict[str, Line] = {}
    versions = list(Version.objects.select_related("journey").order_by("journey__name", "-number"))
    flights = counting.in_flight(version.pk for version in versions)
    states = standings.of(list({version.journey_id: version.journey for version in versions}.values()), now)
    for version in versions:
        line = lines.setdefault(version.journey.name, Line(version.journey.name, standing=states[version.journey_id]))
        line.latest = line.latest or version
        if version.pk in flights:
            line.flights.append((version.number, flights[version.pk]))
    for draft in Draft.objects.order_by("name"):
        _draft(lines.setdefault(draft.name, Line(draft.name)), draft)
    for line in lines.values():
        _describe(line)
    repeating = titles.repeated(line.title for line in lines.values())
    for line in lines.values():
        line.title = titles.marked(line.title, line.name, repeating)
    return sorted(lines.values(), key=lambda line: (not line.running, line.latest is None, line.title.lower()))


def _draft(line: Line, draft: Draft) -> None:
    line.revision = drafts.current(draft)
    try:
        data = plain(drafts.document(draft).data)
    except DefinitionError:
        data = None
    line.drafted = line.latest is None or data != line.latest.definition
    if isinstance(data, dict):
        line.title, line.purpose = definition.said(data.get("title") or "", current()), str(data.get("purpose", ""))


def _describe(line: Line) -> None:
    """Fill in what the published version says where no draft does."""
    said: dict[str, Any] = line.latest.definition if line.latest else {}
    line.title = typeset(line.title or definition.said(said.get("title") or "", current()) or line.name)
    line.purpose = line.purpose or str(said.get("purpose", ""))


@dataclass(frozen=True)
class Card:
    """A recipe as the library shows it."""

    name: str
    title: str
    description: str
    purpose: str
    segment: str
    whom: str
    messages: int
    steps: int
    days: int
    icons: tuple[str, ...]


def recipes() -> list[Card]:
    """Return the library."""
    return [described(recipe) for recipe in library.recipes()]


def described(recipe: Recipe) -> Card:
    """Return a recipe's card."""
    said: JourneyDefinition = recipe.journey
    days = definition.length(said).days
    segment = library.segment(said.entry.segment).data
    icons = tuple(words.KINDS[step.kind][0] for step in said.steps)
    return Card(
        recipe.name, typeset(said.said(current())), definition.said(said.description, current()), said.purpose,
        titled(said.entry.segment, segment), definition.said(segment.get("description") or "", current()), len(tree.sends(said.nodes)), len(said.nodes), days, icons,
    )  # fmt: skip


def first_segment() -> str:
    """Return the segment that a new journey begins with."""
    names = list(Segment.objects.order_by("name").values_list("name", flat=True))
    return "dormant-buyers" if "dormant-buyers" in names or not names else names[0]
