"""How full inboxes are on a day, from 0 to 100: the weights of the periods on it, fading over the days around them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from relance.eligibility.calendar.days import DAY, local_day
from relance.eligibility.calendar.periods import Period


def levels(
    periods: Iterable[Period], first: date, last: date, *, zone: ZoneInfo, shoulders: tuple[int, int]
) -> dict[date, int]:
    """Return the level of each day from `first` to `last`.

    A period of weight w presses with w/100 on its days; before it that rises over `shoulders[0]` days, after it falls
    over `shoulders[1]`, in equal steps. Periods on the same day add up as independent shares: 100·(1 − ∏(1 − pressᵢ)),
    so that two halves make 75 and nothing exceeds 100.
    """
    free = {first + n * DAY: 1.0 for n in range((last - first).days + 1)}
    for period in periods:
        for day, share in _presses(period, zone, shoulders):
            if day in free:
                free[day] *= 1 - share * period.weight / 100
    return {day: round(100 * (1 - left)) for day, left in free.items()}


def _presses(period: Period, zone: ZoneInfo, shoulders: tuple[int, int]) -> Iterable[tuple[date, float]]:
    """Yield the days a period presses on, with the share of its weight."""
    begins, ends = local_day(period.starts_at, zone), local_day(period.ends_at - timedelta(microseconds=1), zone)
    lead, tail = shoulders
    for away in range(1, lead + 1):
        yield begins - away * DAY, 1 - away / (lead + 1)
    for away in range((ends - begins).days + 1):
        yield begins + away * DAY, 1.0
    for away in range(1, tail + 1):
        yield ends + away * DAY, 1 - away / (tail + 1)
