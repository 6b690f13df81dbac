"""The tables that come with Relance: one YAML file for each country, in the form people write theirs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file, files
from zoneinfo import ZoneInfo

from relance.core.definitions import read, validate
from relance.eligibility.calendar.definition import CalendarFile, PeriodEntry


@cache
def countries() -> tuple[str, ...]:
    """Return the countries that have a table."""
    folder = files("relance.eligibility.calendar") / "tables"
    return tuple(sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml")))


@cache
def table(country: str) -> CalendarFile | None:
    """Return the table of a country, None where it has none."""
    if country not in countries():
        return None
    with as_file(files("relance.eligibility.calendar") / "tables" / f"{country}.yaml") as path:
        return validate(CalendarFile, read(path))


@cache
def zone(country: str) -> ZoneInfo | None:
    """Return the zone a table's periods are meant in; None where the country has no table."""
    known = table(country)
    return ZoneInfo(known.time_zone) if known and known.time_zone else None


def entries(country: str) -> tuple[PeriodEntry, ...]:
    """Return the entries of a country's table."""
    known = table(country)
    return tuple(known.periods) if known else ()


def announced(country: str) -> tuple[str, ...]:
    """Return the names of the periods whose dates are announced year by year."""
    known = table(country)
    return known.announced if known else ()


@cache
def described(country: str) -> Mapping[str, PeriodEntry]:
    """Return the entry that says what each name of a country weighs: the first of that name."""
    return {entry.name: entry for entry in reversed(entries(country))}
