"""How messages that waited for the end of a blackout come back: spread over days, each person always on the same one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from relance.eligibility.calendar.blackouts import Blackout, Stretch
from relance.eligibility.calendar.days import DAY
from relance.eligibility.calendar.periods import Period


def spread_days(people: int, *, least: int, daily: int) -> tuple[int, int]:
    """Return how many days the comeback needs at least for its volume, and how many it takes where there is room."""
    needed = max(1, math.ceil(people / daily)) if daily else 1
    return needed, max(least, needed)


@dataclass(frozen=True)
class Pause:
    """The blackout in force, the free stretches after it, and over how many days people come back.

    `needed` days suffice for the number of people at the daily allowance; `wanted` are taken where the first stretch
    has them.
    """

    blackout: Blackout
    period: Period
    stretches: tuple[Stretch, ...]
    needed: int
    wanted: int

    @property
    def ends_at(self) -> datetime:
        """Return when the blackout in force ends."""
        return self.blackout.ends_at

    def days(self, span: timedelta = timedelta()) -> list[date]:
        """Return the days on which people come back whose journey still sends for `span` after this message.

        Only days count from which every send left falls before the next blackout; stretches too short for that are
        passed over, and those that are too short for everybody overflow into the next.
        """
        found: list[date] = []
        for stretch in self.stretches:
            room = stretch.days - math.ceil(span / DAY)
            if room <= 0:
                continue
            first = stretch.starts_at.date()
            take = min(room, self.needed - len(found) if found else self.wanted)
            found += [first + n * DAY for n in range(take)]
            if len(found) >= self.needed:
                return found
        return found

    def day(self, contact_id: int, span: timedelta = timedelta()) -> date:
        """Return the day this contact comes back on; where nothing holds the rest of the journey, one that holds this message."""
        days = self.days(span) or self.days() or [self.ends_at.date()]
        return days[int(share(f"{self.ends_at.isoformat()}/{contact_id}") * len(days))]


def share(key: str) -> float:
    """Return a number from 0 to 1 that is always the same for a key, and spread evenly over keys."""
    return int.from_bytes(sha256(key.encode()).digest()[:6], "big") / 2**48
