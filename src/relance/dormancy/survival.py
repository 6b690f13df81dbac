"""The chance of coming back at each day of silence, from counts of silences: estimate and interval.

P(return within H | silent for s days) = 1 - S(s + H) / S(s), where S is the product-limit estimate (E. L. Kaplan and
P. Meier, J. Amer. Statist. Assoc. 53, 1958, 457-481) over all silences, each entering at the age at which it was first
watched (D. Y. Tsai, N. P. Jewell and M.-C. Wang, Biometrika 74, 1987, 883-886).

The silences of one person resemble each other, so the variance is the larger of Greenwood's and of a jackknife that
leaves out one of 32 groups of contacts at a time; the interval is the exact binomial one at the effective number of
silences that this variance stands for (E. L. Korn and B. I. Graubard, Survey Methodology 24, 1998, 193-201).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats

GROUPS = 32
LONGEST = 5 * 365  # days of silence that are told apart; longer ones count as this long
FEW_SILENCES = 20  # watched on every day of the horizon, below which no chance is told
LEVEL = 0.96  # so that no case tried holds less than 95 %: at 0.95 some held 94 (heavy buyers make the groups unlike)

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Silences:
    """How many silences entered, ended and were last seen running at each age; each is groups by days, 32 x (LONGEST + 2)."""

    entered: Floats
    ended: Floats
    running: Floats

    @property
    def at_risk(self) -> Floats:
        """Return how many silences were watched on their u-th day, at index u: those who entered earlier and had not left."""
        inside = np.cumsum(self.entered - self.ended - self.running, axis=1)
        return np.concatenate([np.zeros((GROUPS, 1)), inside[:, :-1]], axis=1)

    def __add__(self, other: Silences) -> Silences:
        """Return the silences of both."""
        return Silences(self.entered + other.entered, self.ended + other.ended, self.running + other.running)

    @classmethod
    def none(cls) -> Silences:
        """Return no silences."""
        return cls(*(np.zeros((GROUPS, LONGEST + 2)) for _ in range(3)))


@dataclass(frozen=True)
class Curve:
    """The chance to come back within `horizon` days at each whole day of silence, from 0; NaN where too few were watched."""

    horizon: int
    share: Floats
    low: Floats
    high: Floats
    watched: Floats  # silences watched on the day after


def curve(found: Silences, horizon: int) -> Curve:
    """Return the curve of these silences."""
    ended, at_risk = found.ended, found.at_risk
    whole_ended, whole_risk = ended.sum(axis=0), at_risk.sum(axis=0)
    share = _chance(whole_ended, whole_risk, horizon)
    rest_ended, rest_risk = whole_ended - ended, whole_risk - at_risk
    replicates = _chance(rest_ended, rest_risk, horizon)
    parts = np.maximum((at_risk > 0).sum(axis=0)[1 : share.size + 1], 2)
    spread = (GROUPS - 1) / GROUPS * ((replicates - share) ** 2).sum(axis=0)
    least = _least(whole_risk, horizon)
    effective = _effective(share, _greenwood(whole_ended, whole_risk, horizon, share), spread, parts, least)
    low, high = binomial_limits(share, effective)
    told = least >= FEW_SILENCES
    share, low, high = (np.where(told, line, np.nan) for line in (share, low, high))
    return Curve(horizon, share, low, high, whole_risk[1 : share.size + 1])


@dataclass(frozen=True)
class Returned:
    """The day by which this share of those who come back has come back, the days the data leave possible, and how far was watched."""

    share: float
    days: int
    low: int
    high: int | None  # None: beyond what was watched
    until: int


def returned(found: Silences, share: float = 0.9) -> Returned | None:
    """Return by which day so many of the returns that can be watched have happened; None where too few silences or returns tell.

    F(s) / F(until), F = 1 - S, reaches `share` on that day; left possible are the days whose own interval of the ratio, by
    the same jackknife, holds `share` (C. A. Francisco and W. A. Fuller, Annals of Statistics 19, 1991, 454-469).
    """
    ended, at_risk = found.ended, found.at_risk
    whole_ended, whole_risk = ended.sum(axis=0), at_risk.sum(axis=0)
    until = int(np.argmax(np.append(whole_risk[1 : LONGEST + 1] < FEW_SILENCES, True)))
    if whole_ended[: until + 1].sum() < FEW_SILENCES:
        return None
    ratio = _ratio(whole_ended, whole_risk, until)
    replicates = _ratio(whole_ended - ended, whole_risk - at_risk, until)
    jackknife = (GROUPS - 1) / GROUPS * ((replicates - ratio) ** 2).sum(axis=0)
    strangers = ratio * (1 - ratio) / whole_ended[: until + 1].sum()  # the least there can be
    parts = max(int((ended.sum(axis=1) > 0).sum()), 2)
    half = stats.t.ppf((1 + LEVEL) / 2, parts - 1) * np.sqrt(np.maximum(jackknife, strangers))
    low, last = int(np.argmax(ratio + half >= share)), int(np.flatnonzero(ratio - half < share)[-1])
    return Returned(share, int(np.argmax(ratio >= share)), low, None if last >= until else last + 1, until)


def _ratio(ended: Floats, at_risk: Floats, until: int) -> Floats:
    """Return F(u) / F(until) for u from 0 to `until`."""
    hazard = np.divide(ended, at_risk, out=np.zeros_like(ended), where=at_risk > 0)[..., : until + 1]
    risen = -np.expm1(np.cumsum(np.log1p(-np.minimum(hazard, 1 - 1e-12)), axis=-1))
    return np.asarray(risen / np.maximum(risen[..., -1:], 1e-12))


def _chance(ended: Floats, at_risk: Floats, horizon: int) -> Floats:
    """Return 1 - S(s + H) / S(s) for s from 0; ages stand on the last axis, index u for the u-th day."""
    hazard = np.divide(ended, at_risk, out=np.zeros_like(ended), where=at_risk > 0)
    return np.asarray(-np.expm1(_over(np.log1p(-np.minimum(hazard, 1 - 1e-12)), horizon)))


def _over(values: Floats, horizon: int) -> Floats:
    """Return the sums of the values at s + 1 … s + H, for each s from 0."""
    total = np.cumsum(values, axis=-1)
    return total[..., horizon:-1] - total[..., : -horizon - 1]


def _greenwood(ended: Floats, at_risk: Floats, horizon: int, share: Floats) -> Floats:
    """Return Greenwood's variance of the chance."""
    left = at_risk * (at_risk - ended)
    terms = np.divide(ended, left, out=np.zeros_like(ended), where=left > 0)
    return (1 - share) ** 2 * np.maximum(_over(terms, horizon), 0)


def _least(at_risk: Floats, horizon: int) -> Floats:
    """Return the fewest silences watched on any day of the horizon."""
    windows = np.lib.stride_tricks.sliding_window_view(at_risk[1:-1], horizon)
    return np.asarray(windows.min(axis=1))


def _effective(share: Floats, greenwood: Floats, jackknife: Floats, parts: Floats, least: Floats) -> Floats:
    """Return the number of independent silences that would leave the same doubt; never more than either variance allows."""
    binomial = share * (1 - share)
    smaller = (stats.norm.ppf((1 + LEVEL) / 2) / stats.t.ppf((1 + LEVEL) / 2, parts - 1)) ** 2
    by_greenwood = np.divide(binomial, greenwood, out=least.copy(), where=greenwood > 1e-15)
    by_jackknife = np.divide(binomial * smaller, jackknife, out=least.copy(), where=jackknife > 1e-15)
    return np.asarray(np.maximum(np.minimum(by_greenwood, by_jackknife), 1e-9))


def binomial_limits(share: Floats, number: Floats) -> tuple[Floats, Floats]:
    """Return the exact binomial limits at a number of trials that need not be whole (C. J. Clopper and E. S. Pearson, 1934)."""
    tail, hits = (1 - LEVEL) / 2, share * number
    low = stats.beta.ppf(tail, hits, np.maximum(number - hits, 0) + 1)
    high = stats.beta.ppf(1 - tail, hits + 1, np.maximum(number - hits, 0))
    return np.where(hits <= 1e-9, 0.0, low), np.where(number - hits <= 1e-9, 1.0, high)
