"""The interval at 95 % of a rate over mails, of which one person may get several.

The mails of one person resemble each other: read as if they were strangers, six mails each to people who click by habit
held the truth in 60 to 90 samples of 100. Everything is computed from counts and sums that an engine returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add

from scipy import special

from relance.measurement.intervals import Interval, Z

LEVEL = 0.96  # nominal: so that no case tried covers less than 94 %


def sums_sql(events: str, mails: str) -> str:
    """Return what an engine must select of a table of one row per person, in the order of `RateSums`."""
    return f"""
        count(*) FILTER (WHERE {mails} > 0 OR {events} > 0), coalesce(sum({events}), 0), coalesce(sum({mails}), 0),
        coalesce(sum({events} * {events}), 0), coalesce(sum({mails} * {mails}), 0), coalesce(sum({events} * {mails}), 0),
        count(*) FILTER (WHERE {events} > 0), count(*) FILTER (WHERE {events} < {mails})
    """


@dataclass(frozen=True)
class RateSums:
    """What a rate over mails needs of its people: in the order of `sums_sql`."""

    people: float = 0
    events: float = 0
    mails: float = 0
    events_squared: float = 0
    mails_squared: float = 0
    crossed: float = 0  # the sum of events times mails
    with_events: float = 0  # people
    with_others: float = 0  # people with a mail that had no event

    @classmethod
    def of(cls, row: Sequence[float]) -> RateSums:
        """Return the sums of a row that an engine gave, or of what was kept of one."""
        return cls(*map(float, row))

    def __add__(self, other: RateSums) -> RateSums:
        """Return the sums of both groups of people, who are not the same."""
        return RateSums(*map(add, self.row, other.row))

    @property
    def row(self) -> tuple[float, ...]:
        """Return the sums in their order."""
        return tuple(vars(self).values())


def tallied(rows: Sequence[Sequence[int]], events: int, mails: int) -> RateSums:
    """Return the sums of rows that each say how many people (last) have such counts: of those at these two places."""
    told = [(row[events], row[mails], row[-1]) for row in rows if row[events] or row[mails]]
    return RateSums(
        people=sum(people for _, _, people in told),
        events=sum(people * one for one, _, people in told),
        mails=sum(people * of for _, of, people in told),
        events_squared=sum(people * one**2 for one, _, people in told),
        mails_squared=sum(people * of**2 for _, of, people in told),
        crossed=sum(people * one * of for one, of, people in told),
        with_events=sum(people for one, _, people in told if one),
        with_others=sum(people for one, of, people in told if one < of),
    )


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval at 95 %."""

    value: float
    interval: Interval


def rate(sums: RateSums) -> Estimate | None:
    """Return events per mail; None where there was no mail, or more events than mails (answers to mails of before).

    The exact binomial interval at the effective number of mails that the spread between people leaves (J. N. K. Rao and
    A. J. Scott, Biometrics 48, 1992, 577-585; E. L. Korn and B. I. Graubard, Survey Methodology 24, 1998, 193-201), never
    more than there were, with Student's quantile where few people had an event, or few had none.
    """
    if not sums.mails or sums.events > sums.mails:
        return None
    share, number = sums.events / sums.mails, _effective(sums)
    hits, misses, tail = share * number, (1 - share) * number, (1 - LEVEL) / 2
    low = float(special.betaincinv(hits, misses + 1, tail)) if hits > 0 else 0.0
    high = float(special.betaincinv(hits + 1, misses, 1 - tail)) if misses > 1e-9 else 1.0
    return Estimate(share, Interval(low, high))


def _effective(sums: RateSums) -> float:
    """Return how many independent mails leave the same doubt about the rate.

    Where nobody had an event, or everybody with each mail, people count by the squares of their mails (L. Kish, Survey
    Sampling, 1965): nothing tells how alike the mails of one person are, and they are taken to be all alike.
    """
    share, fewer = sums.events / sums.mails, min(sums.with_events, sums.with_others)
    if fewer == 0:
        return sums.mails**2 / sums.mails_squared
    spread = sums.events_squared - 2 * share * sums.crossed + share**2 * sums.mails_squared
    variance = spread / sums.mails**2 * sums.people / max(sums.people - 1, 1)
    both = Z / special.stdtrit(fewer + 1, 0.975)
    number = share * (1 - share) / variance if variance > 0 else sums.mails
    return float(min(number * both**2, sums.mails))
