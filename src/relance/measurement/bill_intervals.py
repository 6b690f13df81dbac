"""Intervals at 95 % of the bill of silence: what the silent spoil, money asleep, decay, the trend.

Everything is computed from counts and sums that an engine returns, so that nothing per contact leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from relance.core.errors import InputError
from relance.measurement.intervals import Floats, Interval
from relance.measurement.mail_rates import Estimate, RateSums, rate

MONEY_LEVEL = 0.97  # nominal: so that no case tried covers less than 94 %, though the largest amounts are seldom drawn
FEW_SLEEPERS = 100  # people with money asleep, below which amounts are too unlike for an interval
FEW_MONTHS = 6  # of a trend, below which nothing is told
YEAR = 365  # days

# Of a table of one row per sleeper: `amount`.
MONEY_SUMS = "count(*), coalesce(sum(amount), 0), coalesce(sum(amount ** 2), 0), coalesce(sum(amount ** 3), 0)"


def spoiled(silent: RateSums, rest: RateSums) -> Estimate | None:
    """Return the rate of all mails minus that of the mails to the rest: what writing to the silent does to it.

    That is the share of mails that go to the silent, as they were sent, times the difference of two groups of people
    (interval from each group's own: R. G. Newcombe, Statistics in Medicine 17, 1998, 873-890, method 10). None where
    either group got no mail.
    """
    one, other = rate(silent), rate(rest)
    if one is None or other is None:
        return None
    weight, gap = silent.mails / (silent.mails + rest.mails), one.value - other.value
    below = np.hypot(one.value - one.interval.low, other.interval.high - other.value)
    above = np.hypot(one.interval.high - one.value, other.value - other.interval.low)
    return Estimate(weight * gap, Interval(float(gap - below), float(gap + above)).times(weight))


@dataclass(frozen=True)
class MoneySums:
    """What a sum of money needs of those who have some, in the order of `MONEY_SUMS`."""

    people: int
    amount: float
    squared: float
    cubed: float


def money(sleepers: MoneySums, base: int) -> Estimate | None:
    """Return the sum of the sleepers' amounts among a `base` of people, drawn anew; None with fewer than 100 sleepers.

    The wider at each end of two: P. Hall's (J. R. Statist. Soc. B 54, 1992, 221-228) transformation of Student's ratio,
    which allows for skewness, and the normal law of the logarithm with Student's quantile at the effective number of
    sleepers (sum squared, over sum of squares). For strata (bands of value, channels), add their sums first.
    """
    if sleepers.people > base:
        raise InputError(f"{sleepers.people} sleepers are not among {base} people: give the size of the whole base.")
    if sleepers.people < FEW_SLEEPERS or sleepers.amount <= 0:
        return None
    total, mean = sleepers.amount, sleepers.amount / base
    variance = sleepers.squared - total * mean
    if variance <= 0:
        return Estimate(total, Interval(total, total))
    third = sleepers.cubed - 3 * mean * sleepers.squared + 2 * base * mean**3
    error, skewness = float(np.sqrt(variance)), third / base / (variance / base) ** 1.5
    lower, upper = _hall(skewness, base)
    width = stats.t.ppf((1 + MONEY_LEVEL) / 2, max(total**2 / sleepers.squared - 1, 2)) * error / total
    return Estimate(
        total,
        Interval(
            float(min(total - upper * error, total * np.exp(-width))),
            float(max(total - lower * error, total * np.exp(width))),
        ),
    )


def _hall(skewness: float, people: int) -> tuple[float, float]:
    """Return the quantiles of Student's ratio of a mean, by the cubic whose inverse is monotone."""
    slope = skewness / (3 * np.sqrt(people))
    ends = stats.norm.ppf([(1 - MONEY_LEVEL) / 2, (1 + MONEY_LEVEL) / 2])
    if abs(slope) < 1e-9:
        return float(ends[0]), float(ends[1])
    lower, upper = (np.cbrt(1 + 3 * slope * (ends - slope / 2)) - 1) / slope
    return float(lower), float(upper)


@dataclass(frozen=True)
class Decay:
    """The share that is lost within some time."""

    share: float
    interval: Interval


def lost_at_pace(lost: int, watched_days: float, *, days: int = YEAR) -> Decay | None:
    """Return the share lost within `days` at an unchanging pace: `lost` people in so many days of people being watched.

    1 - exp(-pace times days), with the exact interval of a Poisson count (F. Garwood, Biometrika 28, 1936, 437-442).
    """
    if watched_days <= 0:
        return None
    low = stats.chi2.ppf(0.025, 2 * lost) / 2 if lost else 0.0
    high = stats.chi2.ppf(0.975, 2 * lost + 2) / 2
    share, lower, upper = (-np.expm1(-np.array([lost, low, high]) / watched_days * days)).tolist()
    return Decay(share, Interval(lower, upper))


def moved(into: int, out_of: int, people: int) -> Estimate:
    """Return by how much a share rose among the same people between two days, of whom some moved in and some out.

    Score interval of a difference of paired rates (T. Tango, Statistics in Medicine 17, 1998, 891-908).
    """
    if min(into, out_of) < 0 or into + out_of > people or people < 1:
        raise InputError(f"{into} in and {out_of} out are not among {people} people: give the whole group's size.")
    change = (into - out_of) / people
    return Estimate(change, Interval(_tango_edge(into, out_of, people, -1.0), _tango_edge(into, out_of, people, 1.0)))


def _tango_edge(into: int, out_of: int, people: int, end: float) -> float:
    """Return the furthest change towards `end` that the score test does not refuse, by halving."""
    inside, outside = (into - out_of) / people, end
    for _ in range(60):
        middle = (inside + outside) / 2
        kept = abs(_tango(into, out_of, people, middle)) <= stats.norm.ppf(0.975)
        inside, outside = (middle, outside) if kept else (inside, middle)
    return inside


def _tango(into: int, out_of: int, people: int, change: float) -> float:
    """Return Tango's score statistic against a change."""
    linear = -into - out_of + (2 * people - into + out_of) * change
    constant = -out_of * change * (1 - change)
    other = (np.sqrt(max(linear**2 - 8 * people * constant, 0.0)) - linear) / (4 * people)
    variance = people * (2 * other + change * (1 - change))
    gap = into - out_of - people * change
    return (
        0.0
        if abs(gap) < 1e-12
        else float(gap / np.sqrt(variance))
        if variance > 1e-12
        else float(np.copysign(np.inf, gap))
    )


def trend(values: Sequence[float] | Floats) -> Estimate | None:
    """Return by how much a monthly figure rises a month; None with fewer than six months.

    The mean of the monthly rises with Student's interval: the figure of a month is that of the month before and what has
    moved since, so that a line fitted as if months were strangers held the truth in 41 to 64 samples of 100. Nothing is
    allowed for rises that call each other.
    """
    rises = np.diff(np.asarray(values, float))
    if rises.size + 1 < FEW_MONTHS:
        return None
    mean = float(rises.mean())
    half = float(stats.t.ppf(0.975, rises.size - 1) * rises.std(ddof=1) / np.sqrt(rises.size))
    return Estimate(mean, Interval(mean - half, mean + half))
