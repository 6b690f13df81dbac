"""Hours at which a person may be reached: windows on the wall clock of their zone, whatever its clocks do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from relance.eligibility.calendar.days import DAY

Closed = Callable[[date], bool]
DAYS_AHEAD = 400
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Hours:
    """Windows of a day in minutes from midnight (a window ends before its last minute), and the weekdays they hold on."""

    spans: tuple[tuple[int, int], ...]
    weekdays: frozenset[int] = frozenset(range(7))
    holidays: bool = True  # whether public holidays are days like others

    @property
    def always(self) -> bool:
        """Tell whether nothing is ever closed."""
        return self.spans == ((0, 1440),) and len(self.weekdays) == 7 and self.holidays

    def open_on(self, day: date, closed: Closed) -> bool:
        """Tell whether the windows hold on a local day."""
        return day.weekday() in self.weekdays and (self.holidays or not closed(day))

    def is_open(self, at: datetime, zone: ZoneInfo, closed: Closed) -> bool:
        """Tell whether the wall clock of the zone shows an hour that is open."""
        local = at.astimezone(zone)
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self.spans) and self.open_on(local.date(), closed)

    def next_open(self, at: datetime, zone: ZoneInfo, closed: Closed) -> datetime | None:
        """Return the first instant from `at` on that is open, in UTC; None where none is within 400 days."""
        if self.is_open(at, zone, closed):
            return at.astimezone(UTC)
        first = at.astimezone(zone).date() - DAY  # a clock set back at midnight shows yesterday again
        for away in range(DAYS_AHEAD):
            for start, _ in self.on(first + away * DAY, zone, closed):
                if start > at:
                    return start
        return None

    def on(self, day: date, zone: ZoneInfo, closed: Closed) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open windows of a local day as instants in UTC, in order.

        A bound that the clock skips is the instant of the change. One that it shows twice is taken on the safe side:
        a window begins at the second and ends at the first.
        """
        if self.open_on(day, closed):
            for start, end in self.spans:
                bounds = wall(day, start, zone, last=True), wall(day, end, zone, last=False)
                if bounds[0] < bounds[1]:
                    yield bounds


def wall(day: date, minutes: int, zone: ZoneInfo, *, last: bool) -> datetime:
    """Return when the zone's clock shows so many minutes after midnight, in UTC; the last or first time it does."""
    shown = datetime.combine(day, time()) + minutes * MINUTE
    at = shown.replace(tzinfo=zone, fold=1 if last else 0).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == shown:
        return at
    return _change(shown, zone)


def _change(shown: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which the clock jumps over a time it never shows (PEP 495: the two folds lie around it)."""
    low, high = sorted(shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high.replace(microsecond=0)


def quiet(start: int, end: int) -> Hours:
    """Return the hours outside the quiet ones, from `start` o'clock until `end`; the same hour twice means none."""
    if start == end:
        return Hours(((0, 1440),))
    if start > end:  # quiet over midnight
        return Hours(((end * 60, start * 60),))
    return Hours(tuple(span for span in ((0, start * 60), (end * 60, 1440)) if span[0] < span[1]))
