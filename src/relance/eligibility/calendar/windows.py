"""Windows: stretches between blackouts that hold every send of a journey, the last one's whole day included."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relance.eligibility.calendar.blackouts import Blackout, free
from relance.eligibility.calendar.days import DAY, midnight
from relance.eligibility.calendar.periods import Period


@dataclass(frozen=True)
class Window:
    """A stretch that holds a journey's sends if it begins from `starts_at` to `latest_start`, both included.

    `ends_at` is when the next blackout begins, because of `period`; both None where none is in sight. `spare` is how
    many days the start may still be put off, or people may be let in for.
    """

    starts_at: datetime
    latest_start: datetime
    ends_at: datetime | None
    period: Period | None
    days: int

    @property
    def spare(self) -> int:
        """Return the days between the first start possible and the last."""
        return (self.latest_start.date() - self.starts_at.date()).days


def sending_day(start: datetime, quiet_from: int) -> datetime:
    """Return the local day on which what begins at `start` leaves: the next where the quiet hours have begun."""
    day = start.date() if start.hour < quiet_from else start.date() + DAY
    return midnight(day, start.tzinfo)  # type: ignore[arg-type]


def windows(
    blackouts: Sequence[Blackout], start: datetime, end: datetime, *, days: float, quiet_from: int = 24
) -> Iterator[Window]:
    """Yield the windows from `start` to `end` whose free days hold a first send and one `days` later.

    Instants are in the zone of the blackouts: days are counted on the wall, whatever the clocks do.
    """
    needed = math.ceil(days)
    for stretch in free(blackouts, start, end):
        last_day = midnight(stretch.ends_at.date(), stretch.ends_at.tzinfo) - (needed + 1) * DAY  # type: ignore[arg-type]
        if sending_day(stretch.starts_at, quiet_from) <= last_day:
            period = stretch.before.blamed(stretch.ends_at) if stretch.before else None
            latest = max(stretch.starts_at, last_day + timedelta(hours=min(quiet_from, 24)) - timedelta(minutes=1))
            yield Window(stretch.starts_at, latest, stretch.ends_at if period else None, period, needed)
