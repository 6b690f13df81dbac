"""Blackouts: periods widened by whole days before and after, joined where they touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from relance.eligibility.calendar.days import DAY, local_day, midnight
from relance.eligibility.calendar.periods import Period


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
class Stretch:
    """Whole local days free of blackouts; `before` is the blackout it ends at, None at the end of what was looked at."""

    starts_at: datetime
    ends_at: datetime
    before: Blackout | None

    @property
    def days(self) -> int:
        """Return how many local days it holds; the first may be a part of one."""
        return (self.ends_at.date() - self.starts_at.date()).days


def joined(given: Iterable[Period], *, lead: int, tail: int, zone: ZoneInfo) -> list[Blackout]:
    """Return the periods widened by whole local days before and after, joined where they touch."""
    found: list[Blackout] = []
    for period in sorted(given, key=lambda period: period.starts_at):
        first = local_day(period.starts_at, zone) - lead * DAY
        last = local_day(period.ends_at - timedelta(microseconds=1), zone) + tail * DAY
        new = Blackout(midnight(first, zone), midnight(last + DAY, zone), (period,))
        if found and new.starts_at <= found[-1].ends_at:
            before = found.pop()
            new = Blackout(before.starts_at, max(before.ends_at, new.ends_at), (*before.periods, period))
        found.append(new)
    return found


def free(blackouts: Sequence[Blackout], start: datetime, end: datetime) -> Iterator[Stretch]:
    """Yield the stretches from `start` to `end` (both in the zone of the blackouts) that no blackout touches."""
    for blackout in blackouts:
        if blackout.ends_at <= start:
            continue
        if blackout.starts_at >= end:
            break
        if start < blackout.starts_at:
            yield Stretch(start, blackout.starts_at, blackout)
        start = max(start, blackout.ends_at)
    if start < end:
        yield Stretch(start, end, None)
