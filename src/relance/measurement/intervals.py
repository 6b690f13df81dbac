"""Intervals at 95 %: a rate, a difference of two rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta

from relance.core.errors import InputError

Z = 1.959963984540054  # two-sided 5 % of the normal law
HALVINGS = 60
SCARCE = 2  # with fewer events (or fewer people without one) in an arm, the score interval does not hold its promise

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """What the data leave possible, from `low` to `high`."""

    low: float
    high: float

    @property
    def holds_zero(self) -> bool:
        """Tell whether no effect is among what is left possible."""
        return self.low <= 0 <= self.high

    def times(self, factor: float) -> Interval:
        """Return the interval scaled, for instance from one person to a whole group."""
        return Interval(self.low * factor, self.high * factor)


def exact(successes: int, people: int) -> Interval:
    """Return the exact interval of one rate (C. J. Clopper and E. S. Pearson, Biometrika 26, 1934, 404-413).

    It never holds the truth in less than 95 % of samples. Wilson's, summed over every outcome, holds it in 92 to 94 %
    where one to twenty events are expected, and in 84 % below: mails have complaints as rare as that.
    """
    check(successes, people)
    others = people - successes
    low = float(beta.ppf(0.025, successes, others + 1)) if successes else 0.0
    return Interval(low, float(beta.ppf(0.975, successes + 1, others)) if others else 1.0)


def difference(successes: int, people: int, other_successes: int, other_people: int) -> Interval:
    """Return the interval of the first rate minus the other.

    The score interval, except where an arm holds next to nothing (or next to everybody): there it would hold the truth in
    88 to 94 % of samples, and the exact intervals of both rates are joined instead, which hold it in 94.8 % or more.
    """
    check(successes, people)
    check(other_successes, other_people)
    if min(successes, people - successes, other_successes, other_people - other_successes) < SCARCE:
        return _joined(successes, people, other_successes, other_people)
    low, high = score_limits([successes], people, [other_successes], other_people)
    return Interval(float(low[0]), float(high[0]))


def _joined(successes: int, people: int, other_successes: int, other_people: int) -> Interval:
    """Return the interval of a difference from those of its rates.

    G. Y. Zou and A. Donner, Construction of confidence limits about effect measures: a general approach, Statistics in
    Medicine 27 (2008) 1693-1702, with the exact limits of Clopper and Pearson.
    """
    one, other = exact(successes, people), exact(other_successes, other_people)
    rate, other_rate = successes / people, other_successes / other_people
    down = np.hypot(rate - one.low, other.high - other_rate)
    up = np.hypot(one.high - rate, other_rate - other.low)
    return Interval(max(-1.0, float(rate - other_rate - down)), min(1.0, float(rate - other_rate + up)))


def score_limits(
    successes: ArrayLike, people: int, other_successes: ArrayLike, other_people: int
) -> tuple[Floats, Floats]:
    """Return the limits of the differences of many pairs of rates, by halving.

    O. Miettinen and M. Nurminen, Comparative analysis of two rates, Statistics in Medicine 4 (1985) 213-226: the
    differences that the score test, with the variance under the constraint times N/(N-1), does not refuse.
    """
    x, y = np.asarray(successes, float), np.asarray(other_successes, float)
    observed = x / people - y / other_people
    edges = []
    for end in (-1.0, 1.0):
        inside, outside = observed.copy(), np.full_like(observed, end)
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2
            kept = np.abs(score(x, people, y, other_people, middle)) <= Z
            inside, outside = np.where(kept, middle, inside), np.where(kept, outside, middle)
        edges.append(np.where(_possible(x, people, y, other_people, end), end, inside))
    return edges[0], edges[1]


def score(x: Floats, n: int, y: Floats, m: int, delta: Floats) -> Floats:
    """Return the score statistic of x/n - y/m against the difference `delta`."""
    p, q = constrained(x, n, y, m, delta)
    variance = (p * (1 - p) / n + q * (1 - q) / m) * (n + m) / (n + m - 1)
    gap = x / n - y / m - delta
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(gap) < 1e-15, 0.0, gap / np.sqrt(variance))


def constrained(x: Floats, n: int, y: Floats, m: int, delta: Floats) -> tuple[Floats, Floats]:
    """Return the likeliest pair of rates that differ by `delta`: the root of a cubic (the paper's equations 27, 28)."""
    total, events = n + m, x + y
    l2 = (n + 2 * m) * delta - total - events
    l1 = (m * delta - total - 2 * y) * delta + events
    l0 = y * delta * (1 - delta)
    turn = l2**3 / (3 * total) ** 3 - l1 * l2 / (6 * total**2) + l0 / (2 * total)
    size = np.where(turn >= 0, 1.0, -1.0) * np.sqrt(np.maximum(l2**2 / (3 * total) ** 2 - l1 / (3 * total), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = np.where(size == 0, 1.0, turn / size**3)
    angle = (np.pi + np.arccos(np.clip(cosine, -1.0, 1.0))) / 3
    q = 2 * size * np.cos(angle) - l2 / (3 * total)
    q = np.clip(q, np.maximum(0.0, -delta), np.minimum(1.0, 1.0 - delta))
    return np.clip(q + delta, 0.0, 1.0), q


def _possible(x: Floats, n: int, y: Floats, m: int, end: float) -> NDArray[np.bool_]:
    """Tell where the difference itself is at the end of the scale, so that the limit is that end."""
    return np.asarray(x / n - y / m == end)


def check(successes: int, people: int) -> None:
    """Refuse counts that are no rate."""
    if not 0 <= successes <= people or people == 0:
        raise InputError(
            f"{successes} of {people} is no rate: give a group of at least one person, and no more events than people."
        )
