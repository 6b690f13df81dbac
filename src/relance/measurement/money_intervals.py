"""The interval at 95 % of a difference of mean revenue: most people spend nothing, a few spend much, one arm is small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from relance.measurement.intervals import Floats, Interval, check

TAIL = 0.02  # nominal 96 %: at 0.025, where baskets of the arms differ by a third, some cases held 93.8
# People with revenue below which no interval is told: expected in the smaller arm by the rate of both, and counted in both
# arms together, since what is large is not known of fewer.
FEW_EXPECTED = 2.0
FEW_PAYERS = 20


@dataclass(frozen=True)
class Sums:
    """Amounts above zero of some of the people of an arm: how many, their sum, their sum of squares; of one arm, or of many."""

    people: int
    count: Floats
    total: Floats
    squares: Floats

    @classmethod
    def of(cls, amounts: Floats, people: int) -> Sums:
        """Return the sums of an arm's amounts."""
        return cls(people, *(np.asarray(one, float) for one in (amounts.size, amounts.sum(), (amounts**2).sum())))

    def __add__(self, other: Sums) -> Sums:
        """Return the sums of both arms."""
        return Sums(
            self.people + other.people,
            self.count + other.count,
            self.total + other.total,
            self.squares + other.squares,
        )


def enough(payers: int, people: int, other_payers: int, other_people: int) -> bool:
    """Tell whether the interval was tried out with so few people with revenue.

    It asks how many are expected in the smaller arm, by the rate of both, and not how many are there: where five were asked
    for and two expected, only control groups that happened to buy much were told of, and their intervals held the truth in
    30 to 90 samples of 100.
    """
    both, everybody = payers + other_payers, people + other_people
    return both >= FEW_PAYERS and both * min(people, other_people) >= FEW_EXPECTED * everybody


def mean_difference(amounts: Floats, people: int, other_amounts: Floats, other_people: int) -> Interval:
    """Return the interval of the first mean minus the other; only amounts that are not zero are given, refunds below it."""
    check(len(amounts), people)
    check(len(other_amounts), other_people)
    low, high = np.zeros(()), np.zeros(())
    value = float(amounts.sum()) / people - float(other_amounts.sum()) / other_people
    for sign in (1, -1):
        one, other = (
            Sums.of(np.abs(all_[all_ * sign > 0]), size)
            for all_, size in ((amounts, people), (other_amounts, other_people))
        )
        below, above = distances(one, other) if sign > 0 else distances(other, one)
        low, high = np.hypot(low, below), np.hypot(high, above)
    return Interval(value - float(low), value + float(high))


def distances(one: Sums, other: Sums) -> tuple[Floats, Floats]:
    """Return how far the difference of two means may lie below and above the one seen, from the limits of either mean.

    G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008) 1693-1702.
    """
    pool = one + other
    low, high = limits(one, pool)
    other_low, other_high = limits(other, pool)
    mean, other_mean = one.total / one.people, other.total / other.people
    return np.hypot(mean - low, other_high - other_mean), np.hypot(high - mean, other_mean - other_low)


def limits(own: Sums, pool: Sums) -> tuple[Floats, Floats]:
    """Return the limits of an arm's mean: of a sum over a Poisson number of amounts, by a gamma law.

    M. Fay and E. Feuer, Statistics in Medicine 16 (1997) 791-801: at the upper end one more event is added. Here it is one
    more amount like those of both arms (`pool`), whose spread counts too where it is the larger: a small arm that happened
    to draw no large amount then knows that large amounts exist. A Poisson number is narrowed to that of a share of people.
    """
    narrowed = 1 - _ratio(own.total**2, own.people * own.squares)
    low = _gamma(TAIL, own.total, own.squares * narrowed)
    mean, square = _ratio(pool.total, pool.count), _ratio(pool.squares, pool.count)
    spread = np.maximum(own.squares, own.count * square) + square
    high = _gamma(1 - TAIL, own.total + mean, spread * narrowed)
    return low / own.people, high / own.people


def _ratio(above: ArrayLike, below: ArrayLike) -> Floats:
    """Return a ratio; zero of nothing."""
    one, other = np.asarray(above, float), np.asarray(below, float)
    nothing = np.zeros(np.broadcast_shapes(one.shape, other.shape))
    return np.asarray(np.divide(one, other, out=nothing, where=other > 0))


def _gamma(level: float, mean: Floats, variance: Floats) -> Floats:
    """Return a quantile of the gamma law of this mean and variance; the mean itself where nothing varies."""
    varies = (variance > 0) & (mean > 0)
    shape, scale = _ratio(mean**2, variance), _ratio(variance, mean)
    quantile = stats.gamma.ppf(level, np.where(varies, shape, 1.0), scale=np.where(varies, scale, 1.0))
    return np.asarray(np.where(varies, quantile, mean))
