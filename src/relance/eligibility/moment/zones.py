"""The time zones a contact may live in: their own, else all those of their country, else that of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from relance.core import zones
from relance.eligibility.calendar.places import OVERSEAS, place

Zones = tuple[ZoneInfo, ...]
_OF_DEPARTMENT = {department: country for country, department in OVERSEAS.items()}


@lru_cache(maxsize=100_000)
def of(time_zone: str, country: str, postcode: str, fallback: str) -> Zones:
    """Return the zones in each of which an hour must be right; several where the country has several and none is known.

    `fallback` is the zone of people whose country is not known either.
    """
    own = known(time_zone)
    if own is not None:
        return (own,)
    here = place(country, postcode)
    code = _OF_DEPARTMENT.get(here.department, here.country)
    return _countries().get(code) or (ZoneInfo(fallback),)


@lru_cache(maxsize=4096)
def known(name: str) -> ZoneInfo | None:
    """Return the zone of a name; None where it names none, as an import may have brought anything."""
    try:
        return zones.zone(name) if name else None
    except ValueError:
        return None


@cache
def _countries() -> Mapping[str, Zones]:
    """Return each country's zones, the most peopled first; of zones whose clocks agree all year only one."""
    found: dict[str, dict[tuple[object, ...], ZoneInfo]] = {}
    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            zone = known(name)
            if zone is not None:
                found.setdefault(country, {}).setdefault(_clocks(zone), zone)
    return {country: tuple(zones.values()) for country, zones in found.items()}


def _clocks(zone: ZoneInfo) -> tuple[object, ...]:
    """Return the zone's offsets over the year, by which it is told from others."""
    return tuple(datetime(2026, month, 15, 12, tzinfo=UTC).astimezone(zone).utcoffset() for month in range(1, 13))
