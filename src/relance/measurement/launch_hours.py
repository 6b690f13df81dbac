"""When a journey may begin: the commercial periods its messages would meet, and the next good Tuesday for all of its ramp."""

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
DAY, YEAR = timedelta(days=1), timedelta(days=366)
PATIENCE = timedelta(days=183)  # for the end of a ramp nobody puts the whole of it off any longer


@dataclass(frozen=True)
class Window:
    """Whether all sends of those who enter at an hour leave before a commercial period; else which, and when they would.

    `next_at` is None where no window in sight is long enough.
    """

    fits: bool
    days: int
    period: Period | None = None
    until: datetime | None = None
    next_at: datetime | None = None

    @property
    def never(self) -> bool:
        """Tell whether no window in sight holds the sends, now or later."""
        return not self.fits and self.next_at is None


def days(written: JourneyDefinition) -> int:
    """Return the days from entry to the last send."""
    return math.ceil(definition.sends_span(written) / DAY)


def window(written: JourneyDefinition, start: datetime, ramp: int = 0) -> Window:
    """Return what the calendar says of a start; only reactivations heed it.

    `ramp` is how many days after the first people still enter, whose sends are to leave before the period too.
    """
    span = days(written) + ramp
    if not written.reactivates:
        return Window(True, span)
    country = settings.RELANCE.country
    found = commercial_calendar.open_windows(country, start, span)
    if found and found[0].starts_at <= start:
        return Window(True, span)
    # The last send's whole day has to be free, and a start in the quiet hours leaves a day later.
    blackout = commercial_calendar.blackouts(country, start, start + (span + 2) * DAY)[0]
    opens = found[0].starts_at.astimezone(start.tzinfo) if found else None
    return Window(False, span, blackout.blamed(start), blackout.ends_at, opens)


def met(written: JourneyDefinition, start: datetime) -> commercial_calendar.Blackout | None:
    """Return the blackout that the sends of a start would meet, whatever its purpose; None where they meet none."""
    end = start + (days(written) + 1) * DAY
    found = commercial_calendar.blackouts(settings.RELANCE.country, start, end)
    return found[0] if found else None


def holding(written: JourneyDefinition, start: datetime) -> commercial_calendar.Window | None:
    """Return the stretch free of commercial periods that holds all sends of a start; None where none does."""
    found = commercial_calendar.open_windows(settings.RELANCE.country, start, days(written))
    return found[0] if found and found[0].starts_at <= start else None


@dataclass(frozen=True)
class Longest:
    """The longest stretch of a year between commercial periods: the days it holds from a first send to a last, both days included."""

    days: int
    first: datetime
    last: datetime


def longest(start: datetime) -> Longest | None:
    """Return the longest stretch that begins within a year of an instant; None where no day of it is free."""
    found = commercial_calendar.open_windows(settings.RELANCE.country, start, 0)
    near = [one for one in found if one.starts_at < start + YEAR]
    if not near:
        return None
    one = max(near, key=lambda window: window.spare)
    return Longest(one.spare, one.starts_at, one.starts_at + one.spare * DAY)


def good_hour(written: JourneyDefinition, now: datetime, ramp: int = 0) -> datetime:
    """Return the next Tuesday at ten, local time, whose window holds all the sends of everybody whom the ramp lets in.

    Where that is more than half a year after the first window that holds the sends of one passage, it is the longest of
    the windows until then, which holds most of the ramp. Where no window is long enough for the ramp, the next that holds
    one passage; where none holds even that, the next Tuesday: what speaks against it is then for the pre-flight to say.
    """
    return _good(written, now, ramp) or _tuesday(now)


def better(written: JourneyDefinition, start: datetime, now: datetime, ramp: int = 0) -> datetime | None:
    """Return the start to choose instead where the calendar speaks against this one, or leaves the ramp too few days.

    None where it does neither, or where no window is long enough, or none soon enough for the sake of a ramp.
    """
    from_then = max(now, start)
    seen = window(written, start)
    if seen.never:
        return None
    if not seen.fits:
        return _good(written, from_then, ramp)
    if not ramp or window(written, start, ramp).fits:
        return None
    whole = _first(written, from_then, ramp)
    return whole if whole and whole - from_then <= PATIENCE else None


def _good(written: JourneyDefinition, now: datetime, ramp: int) -> datetime | None:
    """Return the first good start for all of the ramp, else for one passage; None where no window holds even that."""
    if not written.reactivates:
        return _tuesday(now)
    whole, one = _first(written, now, ramp), _first(written, now, 0)
    if whole is None or one is None or whole - one <= PATIENCE:
        return whole or one
    near = [found for found in _windows(written, now) if found.starts_at <= one + PATIENCE]
    return _within(max(near, key=lambda found: found.spare), now)


def _first(written: JourneyDefinition, now: datetime, ramp: int) -> datetime | None:
    """Return the first Tuesday at ten in a window that holds the sends of so many days of entries, else its beginning."""
    found = _windows(written, now, ramp)
    good = next((one for one in found if _next_tuesday(one, now) <= one.latest_start), None)
    return _within(good or found[0], now) if found else None


def _windows(written: JourneyDefinition, now: datetime, ramp: int = 0) -> list[commercial_calendar.Window]:
    return commercial_calendar.open_windows(settings.RELANCE.country, now, days(written) + ramp)


def _within(found: commercial_calendar.Window, now: datetime) -> datetime:
    """Return the first Tuesday at ten on which the sends may begin in a window; its beginning where there is none."""
    tuesday = _next_tuesday(found, now)
    return tuesday if tuesday <= found.latest_start else found.starts_at


def _next_tuesday(found: commercial_calendar.Window, now: datetime) -> datetime:
    return _tuesday(max(now, found.starts_at - timedelta(microseconds=1)))


@dataclass(frozen=True)
class Kept:
    """The commercial periods between the next Tuesday and a start that is later, and until when they hold reactivations up."""

    periods: tuple[Period, ...]
    until: datetime


def kept_back(written: JourneyDefinition, start: datetime, now: datetime, ramp: int = 0) -> Kept | None:
    """Return why a start is no earlier: what the next Tuesday's sends would meet, and the rest until `start`; None if nothing."""
    soonest = _tuesday(now)
    if start <= soonest or window(written, soonest, ramp).fits:
        return None
    found = commercial_calendar.blackouts(settings.RELANCE.country, soonest, start)
    met = [one for one in found if one.ends_at <= start]
    if not met:
        return None
    return Kept(tuple(period for one in met for period in one.periods), met[-1].ends_at)


def departure(written: JourneyDefinition, start: datetime) -> datetime:
    """Return when people really enter whom an approval lets in at `start`: then, or once a window holds all their sends.

    Where none ever does, `start` itself: the checklist lets nobody approve that.
    """
    return window(written, start).next_at or start


def _tuesday(after: datetime) -> datetime:
    zone = ZoneInfo(settings.RELANCE.time_zone)
    local = after.astimezone(zone)
    day = local.date() + timedelta(days=(TUESDAY - local.weekday()) % 7)
    found = datetime.combine(day, MORNING, zone)
    return found if found > after else datetime.combine(day + timedelta(days=7), MORNING, zone)
