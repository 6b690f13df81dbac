"""The commercial periods of France, computed for any year; those announced year by year come from a dated file."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
SALES_LAW = "C. com. art. L310-3 and D310-15-2"
CUSTOM = "custom of the trade"
ANNOUNCED = ("french_days_spring", "french_days_autumn")
MONDAY, WEDNESDAY, THURSDAY, SUNDAY = 0, 2, 3, 6
LABELS: Mapping[str, tuple[str, str]] = {
    "winter_sales": ("winter sales", "soldes d'hiver"),
    "valentines_day": ("Valentine's Day", "Saint-Valentin"),
    "french_days_spring": ("French Days, spring", "French Days de printemps"),
    "mothers_day": ("Mother's Day", "fête des Mères"),
    "fathers_day": ("Father's Day", "fête des Pères"),
    "summer_sales": ("summer sales", "soldes d'été"),
    "french_days_autumn": ("French Days, autumn", "French Days de rentrée"),
    "singles_day": ("Singles' Day", "Singles' Day"),
    "black_friday": ("Black Friday week", "semaine du Black Friday"),
    "cyber_monday": ("Cyber Monday", "Cyber Monday"),
    "christmas": ("Christmas season", "saison de Noël"),
}


@dataclass(frozen=True)
class Period:
    """A commercial period from `starts_at` until before `ends_at`; `day` is the date it is known by."""

    name: str
    day: date
    starts_at: datetime
    ends_at: datetime
    source: str

    def label(self, language: str) -> str:
        """Return its name for people."""
        return LABELS.get(self.name, (self.name, self.name))[language == "fr"]


def whole_days(name: str, first: date, last: date, *, zone: ZoneInfo, source: str, day: date | None = None) -> Period:
    """Return the period from the first to the last day, both whole, in the zone."""
    return Period(name, day or first, midnight(first, zone), midnight(last + timedelta(days=1), zone), source)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant a day starts in the zone."""
    return datetime.combine(day, time(), zone)


def in_france(year: int) -> list[Period]:
    """Return the periods of a year in order of their start."""
    found = [*_sales(year), *_gifts(year), *_november(year), *_announced(year)]
    return sorted(found, key=lambda period: period.starts_at)


def winter_sales_start(year: int) -> date:
    """Return the second Wednesday of January, or the first where the second falls after the 12th (D310-15-2)."""
    second = nth_weekday(year, 1, WEDNESDAY, 2)
    return second - timedelta(weeks=1) if second.day > 12 else second


def summer_sales_start(year: int) -> date:
    """Return the last Wednesday of June, or the one before where the last falls after the 28th (D310-15-2)."""
    last = last_weekday(year, 6, WEDNESDAY)
    return last - timedelta(weeks=1) if last.day > 28 else last


def black_friday(year: int) -> date:
    """Return the day after the fourth Thursday of November."""
    return nth_weekday(year, 11, THURSDAY, 4) + timedelta(days=1)


def mothers_day(year: int) -> date:
    """Return the last Sunday of May, or the first of June where that is Pentecost (CASF art. D215-1)."""
    last = last_weekday(year, 5, SUNDAY)
    return nth_weekday(year, 6, SUNDAY, 1) if last == easter(year) + timedelta(days=49) else last


def _sales(year: int) -> list[Period]:
    """Return both sales: four weeks from a Wednesday at 8:00."""
    starts = {"winter_sales": winter_sales_start(year), "summer_sales": summer_sales_start(year)}
    return [
        Period(name, day, datetime.combine(day, time(8), ZONE), midnight(day + timedelta(weeks=4), ZONE), SALES_LAW)
        for name, day in starts.items()
    ]


def _gifts(year: int) -> list[Period]:
    """Return the weeks that end with a day of gifts, and the Christmas season (1 to 25 December)."""
    days = {
        "valentines_day": date(year, 2, 14),
        "mothers_day": mothers_day(year),
        "fathers_day": nth_weekday(year, 6, SUNDAY, 3),
    }
    weeks = [
        whole_days(name, day - timedelta(days=6), day, zone=ZONE, source=CUSTOM, day=day) for name, day in days.items()
    ]
    first, last = date(year, 12, 1), date(year, 12, 25)
    return [*weeks, whole_days("christmas", first, last, zone=ZONE, source=CUSTOM, day=last)]


def _november(year: int) -> list[Period]:
    """Return Singles' Day, the week of Black Friday (Monday to Sunday) and Cyber Monday, three days after it."""
    friday = black_friday(year)
    monday = friday + timedelta(days=3)
    singles = date(year, 11, 11)
    first, last = friday - timedelta(days=4), friday + timedelta(days=2)
    return [
        whole_days("singles_day", singles, singles, zone=ZONE, source=CUSTOM),
        whole_days("black_friday", first, last, zone=ZONE, source=CUSTOM, day=friday),
        whole_days("cyber_monday", monday, monday, zone=ZONE, source=CUSTOM),
    ]


def _announced(year: int) -> list[Period]:
    """Return the French Days of the year, where their dates are known."""
    known = [entry for entry in _dated() if entry[1].year == year]
    return [whole_days(name, first, last, zone=ZONE, source=source) for name, first, last, source in known]


@cache
def _dated() -> tuple[tuple[str, date, date, str], ...]:
    """Return the dates that were announced, from the packaged file."""
    text = (files("relance.eligibility") / "french_days.csv").read_text(encoding="utf-8")
    return tuple(
        (row["name"], date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"]), row["source"])
        for row in csv.DictReader(text.splitlines())
    )


def nth_weekday(year: int, month: int, weekday: int, count: int) -> date:
    """Return the nth such weekday of a month (Monday is 0)."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def last_weekday(year: int, month: int, weekday: int) -> date:
    """Return the last such weekday of a month."""
    last = (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def easter(year: int) -> date:
    """Return Easter Sunday (anonymous Gregorian algorithm; Meeus, Astronomical Algorithms, ch. 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)
