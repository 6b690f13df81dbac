"""When a silence is long enough: the first instant at which so much time lies between it and the last sign.

A month later is the same day and hour of the next month; where that month is shorter, its end has to pass: what was
heard on 29 February is a year old when 1 March begins, since a window that starts on a 28th still holds the 29th.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ibis

from relance.core.durations import Duration

DAY = 86_400
_UNITS = {"minute": 60, "hour": 3600, "day": DAY, "week": 7 * DAY}
_EPOCH = 25_508  # days from 1900-03-01 to 1970-01-01


def after(duration: Duration, last: datetime) -> datetime:
    """Return the first instant from which `duration` before it is not earlier than `last`."""
    reached = duration.after(last)
    if duration.unit in _UNITS or reached.day == last.day:
        return reached
    return (reached + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def parts(duration: Duration) -> tuple[int, int]:
    """Return the duration as calendar months and seconds; one of the two is 0."""
    if duration.unit in _UNITS:
        return 0, duration.count * _UNITS[duration.unit]
    return duration.count * (12 if duration.unit == "year" else 1), 0


def seconds_after(duration: Duration, last: Any) -> Any:
    """Return the same for a column of seconds since 1970, in whole seconds, right from March 1900 to February 2100."""
    months, seconds = parts(duration)
    return months_after(months, last) if months else last + seconds


def months_after(months: Any, last: Any) -> Any:
    """Return the same for so many months, a number or a column of them.

    Days become months counted from March 1900 and back by the linear forms of Zeller (1882), as integers that every
    engine has; dates of the engines would differ at the ends of months.
    """
    days, clock = last // DAY + _EPOCH, last % DAY
    year = (4 * days + 3) // 1461
    day_of_year = days - (1461 * year) // 4
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5
    start, following = _month_start(12 * year + month + months), _month_start(12 * year + month + months + 1)
    # no branch: engines compute what stands twice once, but not across branches
    return ibis.least((start + day - _EPOCH) * DAY + clock, (following - _EPOCH) * DAY)


def _month_start(month: Any) -> Any:
    """Return the days from 1900-03-01 to the first day of a month counted from there."""
    return (1461 * (month // 12)) // 4 + (153 * (month % 12) + 2) // 5
