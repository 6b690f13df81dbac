"""Days of the year by rule: weekdays of a month, Easter, and the instants days start at."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant a day starts in the zone."""
    return datetime.combine(day, time(), zone)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the day an instant falls on in the zone."""
    return at.astimezone(zone).date()


def nth_weekday(year: int, month: int, weekday: int, count: int) -> date:
    """Return the nth such weekday of a month (Monday is 0); -1 is the last, -2 the one before it."""
    if count < 0:
        last = (date(year, month, 28) + 4 * DAY).replace(day=1) - DAY
        return last - timedelta(days=(last.weekday() - weekday) % 7 + 7 * (-count - 1))
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def weekday_from(first: date, weekday: int) -> date:
    """Return the first such weekday on or after a day."""
    return first + timedelta(days=(weekday - first.weekday()) % 7)


def easter(year: int) -> date:
    """Return Easter Sunday (anonymous Gregorian algorithm; Meeus, Astronomical Algorithms, 1991, ch. 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)
