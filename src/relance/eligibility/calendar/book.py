"""A country's periods of a year: its table, then what people changed: rules of theirs, dates of theirs, cancellations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from relance.eligibility.calendar import tables
from relance.eligibility.calendar.definition import PeriodEntry
from relance.eligibility.calendar.labels import LABELS
from relance.eligibility.calendar.periods import Period
from relance.eligibility.calendar.places import Place


@dataclass(frozen=True)
class Own:
    """What a person of the team, or a file of theirs, says of one period; `written` is the entry as text, to compare by."""

    entry: PeriodEntry = field(compare=False)
    calendar: str
    id: int | None
    written: str = ""


@dataclass(frozen=True)
class Book:
    """All that is known of a country's periods. Frozen and hashable, so that what is computed of it can be kept."""

    country: str
    zone: ZoneInfo
    own: tuple[Own, ...]

    def of_year(self, year: int, department: str = "") -> list[Period]:
        """Return the periods that start in the year, in order; with a department's dates where it has its own."""
        return list(_of_year(self, year, department))

    def departments(self) -> frozenset[str]:
        """Return the departments that have dates of their own."""
        written = (*tables.entries(self.country), *(one.entry for one in self.own))
        return frozenset(one for entry in written for one in entry.departments)

    def place(self, place: Place) -> Place:
        """Return the place without its department where that has no dates of its own."""
        return place if place.department in self.departments() else Place(place.country)


@lru_cache(maxsize=4096)
def _of_year(book: Book, year: int, department: str) -> tuple[Period, ...]:
    national = _by_name(book, year, "")
    local = _by_name(book, year, department) if department else {}
    found = [period for periods in local.values() for period in periods]
    for name, periods in national.items():
        kept = [one for one in periods if not any(_same(one, other) for other in local.get(name, ()))]
        found += [replace(one, online=True) for one in kept] if name in local else kept
    return tuple(sorted(found, key=lambda period: (period.starts_at, period.name)))


def _same(one: Period, other: Period) -> bool:
    return (one.starts_at, one.ends_at) == (other.starts_at, other.ends_at)


def _by_name(book: Book, year: int, department: str) -> dict[str, list[Period]]:
    """Return the periods of the entries for this department (empty: for everywhere): each layer takes the last one's place."""

    def here(entry: PeriodEntry) -> bool:
        return department in entry.departments if department else not entry.departments

    table = [Own(entry, "", None) for entry in tables.entries(book.country) if here(entry)]
    own = [one for one in book.own if here(one.entry)]
    found: dict[str, list[Period]] = {}
    for layer in (table, own):
        for one in layer:
            if (period := one.entry.of(year, book.zone)) is not None:
                found[one.entry.name] = [_told(book, period, one)]
        found |= _dated(book, layer, year)
    return found


def _dated(book: Book, layer: Sequence[Own], year: int) -> dict[str, list[Period]]:
    """Return the year's periods by date; a cancelled one leaves an empty list in its place."""
    found: dict[str, list[Period]] = {}
    for one in layer:
        entry = one.entry
        if entry.cancelled and entry.year == year:
            found.setdefault(entry.name, [])
        elif entry.starts is not None and (period := entry.dated(book.zone)).starts_at.year == year:
            found.setdefault(entry.name, []).append(_told(book, period, one))
    return found


def _told(book: Book, period: Period, one: Own) -> Period:
    """Return the period with what its name is known to mean where the entry does not say."""
    known = tables.described(book.country).get(period.name)
    weight, blocks, labels = period.weight, period.blocks, period.labels
    if known is not None:
        weight = known.weight if one.entry.weight is None and known.weight is not None else weight
        blocks = known.blackout is not False if one.entry.blackout is None else blocks
    if not any(labels):
        labels = LABELS.get(period.name, ("", ""))
    return replace(
        period, weight=weight, blocks=blocks, labels=labels, own=one.id, calendar=one.calendar,
        starts_at=period.starts_at.astimezone(book.zone), ends_at=period.ends_at.astimezone(book.zone),
    )  # fmt: skip


def names(periods: Iterable[Period]) -> set[str]:
    """Return the names of these periods."""
    return {period.name for period in periods}
