"""When reactivations wait: commercial periods with what people changed of them, and the blackouts these make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.core.errors import RefusedError
from relance.eligibility import french_periods
from relance.eligibility.french_periods import Period, midnight
from relance.eligibility.models import CommercialPeriod

HORIZON_YEARS = 3


@dataclass(frozen=True)
class Blackout:
    """A stretch of whole local days when reactivations wait, and the periods it comes from."""

    starts_at: datetime
    ends_at: datetime
    periods: tuple[Period, ...]

    def blamed(self, now: datetime) -> Period:
        """Return the period on at `now`, else the nearest one."""
        return min(self.periods, key=lambda p: max(p.starts_at - now, now - p.ends_at, timedelta()))


@dataclass(frozen=True)
class Pause:
    """The blackout in force: its end, the period to blame, and how long the comeback may take after it."""

    ends_at: datetime
    period: Period
    room: timedelta

    def comeback(self, contact_id: int) -> datetime:
        """Return when this contact's reactivation comes back: spread over the room by a hash, so always the same."""
        drawn = sha256(f"{self.ends_at.isoformat()}/{contact_id}".encode()).digest()
        return self.ends_at + self.room * (int.from_bytes(drawn[:6], "big") / 2**48)


def zone_of(country: str) -> ZoneInfo:
    """Return the time zone a country's periods are meant in."""
    return french_periods.ZONE if country == "FR" else ZoneInfo(settings.RELANCE.time_zone)


def periods(country: str, year: int) -> list[Period]:
    """Return the periods that start in the year: the computed ones, and what people moved, cancelled or added."""
    return _of_year(country, year, _own(country))


def missing(country: str, year: int) -> list[str]:
    """Return the names of the periods whose dates are announced year by year and are not known for this one."""
    known = {period.name for period in periods(country, year)}
    cancelled = {row.name for row in _own(country) if row.cancelled and _year(row) == year}
    return [name for name in french_periods.ANNOUNCED if country == "FR" and name not in known | cancelled]


def blackouts(country: str, start: datetime, end: datetime) -> list[Blackout]:
    """Return the blackouts that touch the stretch from `start` to before `end`, in order, joined where they meet."""
    own = _own(country)
    years = range(start.year - 1, end.year + 2)
    found = joined(
        (period for year in years for period in _of_year(country, year, own)),
        lead=settings.RELANCE.blackout_lead_days,
        tail=settings.RELANCE.blackout_tail_days,
        zone=zone_of(country),
    )
    return [blackout for blackout in found if blackout.starts_at < end and blackout.ends_at > start]


def joined(given: Iterable[Period], *, lead: int, tail: int, zone: ZoneInfo) -> list[Blackout]:
    """Return the periods widened by whole local days before and after, joined where they touch."""
    found: list[Blackout] = []
    for period in sorted(given, key=lambda period: period.starts_at):
        first = period.starts_at.astimezone(zone).date() - timedelta(days=lead)
        last = (period.ends_at - timedelta(microseconds=1)).astimezone(zone).date() + timedelta(days=tail)
        new = Blackout(midnight(first, zone), midnight(last + timedelta(days=1), zone), (period,))
        if found and new.starts_at <= found[-1].ends_at:
            before = found.pop()
            new = Blackout(before.starts_at, max(before.ends_at, new.ends_at), (*before.periods, period))
        found.append(new)
    return found


def pause(country: str, now: datetime) -> Pause | None:
    """Return the pause in force in a country, or None where reactivations may go."""
    ahead = blackouts(country, now, now + timedelta(days=366))
    if not ahead or ahead[0].starts_at > now:
        return None
    spread = timedelta(days=settings.RELANCE.blackout_spread_days)
    room = min(spread, ahead[1].starts_at - ahead[0].ends_at) if len(ahead) > 1 else spread
    return Pause(ahead[0].ends_at, ahead[0].blamed(now), room)


def blocked_until(country: str, now: datetime) -> tuple[datetime, Period] | None:
    """Return the end of the blackout in force and the period to blame, or None."""
    found = pause(country, now)
    return None if found is None else (found.ends_at, found.period)


def next_window(country: str, now: datetime, days: int) -> datetime:
    """Return the start of the next stretch of so many days, from `now` on, that no blackout touches."""
    zone = zone_of(country)
    end = now + timedelta(days=366 * HORIZON_YEARS)
    start = now.astimezone(zone)
    for blackout in blackouts(country, now, end):
        if start + timedelta(days=days) <= blackout.starts_at:  # wall-clock days: the zone's, whatever the clocks do
            break
        start = max(start, blackout.ends_at)
    if start + timedelta(days=days) > end.astimezone(zone):
        raise RefusedError(
            f"No {days} days in a row are free of commercial periods in {country} within {HORIZON_YEARS} years. "
            "Shorten the journey, or lower blackout_lead_days and blackout_tail_days."
        )
    return start.astimezone(now.tzinfo)


def blocked_days(country: str, year: int) -> int:
    """Return how many days of the year lie in a blackout."""
    zone = zone_of(country)
    start, end = midnight(date(year, 1, 1), zone), midnight(date(year + 1, 1, 1), zone)
    found = blackouts(country, start, end)
    return sum((min(b.ends_at, end).date() - max(b.starts_at, start).date()).days for b in found)


def _own(country: str) -> list[CommercialPeriod]:
    return list(CommercialPeriod.objects.filter(country=country).order_by("starts_at", "name"))


def _year(row: CommercialPeriod) -> int:
    return row.starts_at.astimezone(zone_of(row.country)).year


def _of_year(country: str, year: int, own: list[CommercialPeriod]) -> list[Period]:
    """Return a year's periods; a row of people's replaces the computed period of its name in that year."""
    computed = french_periods.in_france(year) if country == "FR" else []
    rows = [row for row in own if _year(row) == year]
    replaced = {row.name for row in rows}
    kept = [period for period in computed if period.name not in replaced]
    added = [_period(row) for row in rows if not row.cancelled]
    return sorted(kept + added, key=lambda period: period.starts_at)


def _period(row: CommercialPeriod) -> Period:
    zone = zone_of(row.country)
    starts_at = row.starts_at.astimezone(zone)
    return Period(row.name, starts_at.date(), starts_at, row.ends_at.astimezone(zone), row.source)
