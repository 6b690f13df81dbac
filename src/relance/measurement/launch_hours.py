"""When a journey may begin: the commercial periods its messages would meet, and the next good Tuesday."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.eligibility import commercial_calendar
from relance.eligibility.calendar.periods import Period
from relance.journeys import definition
from relance.journeys.definition import JourneyDefinition

TUESDAY, MORNING = 1, time(10)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """Whether all sends of those who enter at an hour leave before a commercial period; else which, and when they would."""

    fits: bool
    days: int
    period: Period | None = None
    until: datetime | None = None
    next_at: datetime | None = None


def window(written: JourneyDefinition, start: datetime) -> Window:
    """Return what the calendar says of a start; only reactivations heed it."""
    days = math.ceil(definition.sends_span(written) / DAY)
    if not written.reactivates:
        return Window(True, days)
    country = settings.RELANCE.country
    opens = commercial_calendar.next_window(country, start, days)
    if opens <= start:
        return Window(True, days)
    blackout = commercial_calendar.blackouts(country, start, start + max(days, 1) * DAY)[0]
    return Window(False, days, blackout.blamed(start), blackout.ends_at, opens)


def holding(written: JourneyDefinition, start: datetime) -> commercial_calendar.Window | None:
    """Return the stretch free of commercial periods that holds all sends of a start; None where none does."""
    found = commercial_calendar.open_windows(settings.RELANCE.country, start, window(written, start).days)
    return next((one for one in found if one.starts_at <= start <= one.latest_start), None)


def good_hour(written: JourneyDefinition, now: datetime) -> datetime:
    """Return the next Tuesday at ten, local time, whose window holds all the sends."""
    found = _tuesday(now)
    while not (seen := window(written, found)).fits:
        found = _tuesday(seen.next_at or found + 7 * DAY)
    return found


def better(written: JourneyDefinition, start: datetime, now: datetime) -> datetime | None:
    """Return the start to choose instead where the calendar speaks against this one; None where it does not."""
    return None if window(written, start).fits else good_hour(written, max(now, start))


@dataclass(frozen=True)
class Kept:
    """The commercial periods between the next Tuesday and a start that is later, and until when they hold reactivations up."""

    periods: tuple[Period, ...]
    until: datetime


def kept_back(written: JourneyDefinition, start: datetime, now: datetime) -> Kept | None:
    """Return why a start is no earlier: what the next Tuesday's sends would meet, and the rest until `start`; None if nothing."""
    soonest = _tuesday(now)
    seen = window(written, soonest)
    if seen.fits or start <= soonest:
        return None
    found = commercial_calendar.blackouts(settings.RELANCE.country, soonest, start)
    met = [one for one in found if one.ends_at <= start]
    if not met:
        return None
    return Kept(tuple(period for one in met for period in one.periods), met[-1].ends_at)


def departure(written: JourneyDefinition, start: datetime) -> datetime:
    """Return when people really enter whom an approval lets in at `start`: then, or once a window holds all their sends."""
    return window(written, start).next_at or start


def _tuesday(after: datetime) -> datetime:
    zone = ZoneInfo(settings.RELANCE.time_zone)
    local = after.astimezone(zone)
    day = local.date() + timedelta(days=(TUESDAY - local.weekday()) % 7)
    found = datetime.combine(day, MORNING, zone)
    return found if found > after else datetime.combine(day + timedelta(days=7), MORNING, zone)
