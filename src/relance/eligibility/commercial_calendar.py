"""When reactivations wait: commercial periods with what people changed of them, and the blackouts these make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.core.errors import RefusedError
from relance.core.unchanged import read_once
from relance.eligibility.calendar import book, comeback, saturation, tables
from relance.eligibility.calendar.blackouts import Blackout, free, joined
from relance.eligibility.calendar.book import Book, Own
from relance.eligibility.calendar.comeback import Pause
from relance.eligibility.calendar.days import midnight
from relance.eligibility.calendar.definition import PeriodEntry
from relance.eligibility.calendar.periods import Period
from relance.eligibility.calendar.places import OVERSEAS
from relance.eligibility.calendar.windows import Window, windows
from relance.eligibility.models import CommercialPeriod, CommercialRule

__all__ = [
    "Ahead", "Blackout", "Pause", "Period", "Window", "ahead", "blackouts", "blocked_days", "blocked_until", "country_of",
    "has_periods", "joined", "missing", "next_window", "open_windows", "pause", "periods", "saturated", "zone_of",
]  # fmt: skip
HORIZON_YEARS = 3


@dataclass(frozen=True)
class Ahead:
    """A place's blackouts and the free stretches between them, from an instant on; asked without reading anything."""

    blackouts: tuple[Blackout, ...]
    starts_at: datetime
    ends_at: datetime

    def at(self, now: datetime) -> Blackout | None:
        """Return the blackout in force at an instant."""
        return next((found for found in self.blackouts if found.starts_at <= now < found.ends_at), None)

    def pause(self, now: datetime, people: int = 0) -> Pause | None:
        """Return the pause in force at an instant, for so many people on reactivations; None where these may go."""
        blackout = self.at(now)
        if blackout is None:
            return None
        ours = settings.RELANCE
        needed, wanted = comeback.spread_days(people, least=ours.blackout_spread_days, daily=ours.blackout_spread_daily)
        stretches = tuple(free(self.blackouts, blackout.ends_at, self.ends_at))
        return Pause(blackout, blackout.blamed(now), stretches, needed, wanted)


def country_of(country: str) -> str:
    """Return the country whose calendar holds: that of the settings where none is known, France for its territories."""
    return "FR" if country in OVERSEAS else country or str(settings.RELANCE.country)


def zone_of(country: str) -> ZoneInfo:
    """Return the time zone a country's periods are meant in."""
    return tables.zone(country_of(country)) or ZoneInfo(settings.RELANCE.time_zone)


def has_periods(country: str) -> bool:
    """Tell whether any period of a country is known: of its table, or brought by people."""
    found = _book(country)
    return bool(tables.entries(found.country) or found.own)


def books(countries: Iterable[str]) -> dict[str, Book]:
    """Return what is known of the periods of these countries, read in two statements."""
    return _books(frozenset(country_of(country) for country in countries))


@read_once
def _books(wanted: frozenset[str]) -> dict[str, Book]:
    own: dict[str, list[Own]] = {country: [] for country in sorted(wanted)}
    for rule in CommercialRule.objects.filter(country__in=wanted).order_by("id"):
        own[rule.country].append(
            Own(PeriodEntry.model_validate(rule.definition), rule.calendar, None, str(rule.definition))
        )
    for row in CommercialPeriod.objects.filter(country__in=wanted).order_by("starts_at", "name", "id"):
        entry = _entry(row)
        own[row.country].append(Own(entry, row.calendar, row.pk, repr(entry)))
    return {country: Book(country, zone_of(country), tuple(found)) for country, found in own.items()}


def periods(country: str, year: int, department: str = "") -> list[Period]:
    """Return the periods that start in the year: the computed ones, and what people moved, cancelled or added."""
    return _book(country).of_year(year, department)


def missing(country: str, year: int) -> list[str]:
    """Return the names of the periods whose dates are announced year by year and are not for this one, likely or not."""
    found = _book(country)
    known = book.names(period for period in found.of_year(year) if not period.likely)
    cancelled = {one.entry.name for one in found.own if one.entry.cancelled and one.entry.year == year}
    return [name for name in tables.announced(found.country) if name not in known | cancelled]


def blackouts(country: str, start: datetime, end: datetime, department: str = "") -> list[Blackout]:
    """Return the blackouts that touch the stretch from `start` to before `end`, in order, joined where they meet."""
    return [
        one for one in _blackouts(_book(country), department, start, end) if one.starts_at < end and one.ends_at > start
    ]


def ahead(found: Book, department: str, now: datetime) -> Ahead:
    """Return a place's blackouts from `now` on."""
    end = now.astimezone(found.zone) + timedelta(days=366 * HORIZON_YEARS)
    seen = _blackouts(found, department, now, end)
    return Ahead(
        tuple(one for one in seen if one.ends_at > now and one.starts_at < end), now.astimezone(found.zone), end
    )


def pause(country: str, now: datetime, people: int = 0) -> Pause | None:
    """Return the pause in force in a country, or None where reactivations may go."""
    return ahead(_book(country), "", now).pause(now, people)


def blocked_until(country: str, now: datetime) -> tuple[datetime, Period] | None:
    """Return the end of the blackout in force and the period to blame, or None."""
    found = pause(country, now)
    return None if found is None else (found.ends_at, found.period)


def open_windows(
    countries: str | Iterable[str], now: datetime, days: float, until: datetime | None = None
) -> list[Window]:
    """Return the windows from `now` to `until` that hold a first send and one `days` later, in all these countries.

    A window counts only if the last send's whole day is free; a start in the quiet hours leaves the next day.
    """
    wanted = [countries] if isinstance(countries, str) else sorted(set(countries))
    found = books(wanted)
    zone = zone_of(wanted[0])
    end = (until or now + timedelta(days=366 * HORIZON_YEARS)).astimezone(zone)
    given = {id(p): p for one in found.values() for p in _running(one, "", now, end)}.values()
    seen = joined(given, lead=settings.RELANCE.blackout_lead_days, tail=settings.RELANCE.blackout_tail_days, zone=zone)
    quiet_from = settings.RELANCE.quiet_from
    return list(windows(seen, now.astimezone(zone), end, days=days, quiet_from=quiet_from))


def next_window(countries: str | Iterable[str], now: datetime, days: float) -> datetime:
    """Return the first start from `now` on from which every send falls on days no blackout touches, in all countries."""
    found = open_windows(countries, now, days)
    if not found:
        wanted = [countries] if isinstance(countries, str) else sorted(set(countries))
        raise RefusedError(
            f"No {days} days in a row are free of commercial periods in {', '.join(wanted)} within {HORIZON_YEARS} years. "
            "Shorten the journey, or lower blackout_lead_days and blackout_tail_days."
        )
    return found[0].starts_at.astimezone(now.tzinfo)


def blocked_days(country: str, year: int, department: str = "") -> int:
    """Return how many days of the year lie in a blackout."""
    zone = zone_of(country)
    start, end = midnight(date(year, 1, 1), zone), midnight(date(year + 1, 1, 1), zone)
    found = blackouts(country, start, end, department)
    return sum((min(b.ends_at, end).date() - max(b.starts_at, start).date()).days for b in found)


def saturated(country: str, first: date, last: date, department: str = "") -> dict[date, int]:
    """Return how full inboxes are on each day from `first` to `last`, from 0 to 100."""
    found = _book(country)
    ours = settings.RELANCE
    near = _around(found, department, first.year, last.year)
    shoulders = (ours.blackout_lead_days, ours.blackout_tail_days)
    return saturation.levels(near, first, last, zone=found.zone, shoulders=shoulders)


def _book(country: str) -> Book:
    code = country_of(country)
    return books([code])[code]


def _around(found: Book, department: str, first: int, last: int) -> list[Period]:
    """Return the periods of these years, and of the ones before and after that may reach into them."""
    return [period for year in range(first - 1, last + 2) for period in found.of_year(year, department)]


def _running(found: Book, department: str, start: datetime, end: datetime) -> list[Period]:
    return [period for period in _around(found, department, start.year, end.year) if period.blocks]


def _blackouts(found: Book, department: str, start: datetime, end: datetime) -> tuple[Blackout, ...]:
    ours = settings.RELANCE
    return _joined(found, department, (start.year, end.year), (ours.blackout_lead_days, ours.blackout_tail_days))


@lru_cache(maxsize=1024)
def _joined(found: Book, department: str, years: tuple[int, int], margins: tuple[int, int]) -> tuple[Blackout, ...]:
    given = [period for period in _around(found, department, *years) if period.blocks]
    return tuple(joined(given, lead=margins[0], tail=margins[1], zone=found.zone))


def _entry(row: CommercialPeriod) -> PeriodEntry:
    """Return a row as the entry it came from; it was checked when it was written."""
    zone = zone_of(row.country)
    cancelled = row.cancelled
    return PeriodEntry.model_construct(
        name=row.name, label={}, day=None, cancelled=cancelled,
        year=row.starts_at.astimezone(zone).year if cancelled else None,
        starts=None if cancelled else row.starts_at.astimezone(zone), ends=None if cancelled else row.ends_at.astimezone(zone),
        weight=row.weight, blackout=row.blackout, departments=tuple(row.departments), source=row.source,
    )  # fmt: skip
