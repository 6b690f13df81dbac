"""Who bought once: the share that came back by months since the first order, never a personal P(alive).

Kaplan and Meier (1958), for customers known for different times; the interval is that of Clopper and Pearson (1934) on
the effective sample size n = S (1 - S) / Var(S), Var by Greenwood (Dorey and Korn 1987), at most the harmonic mean over time
of the customers known for so long: where nobody or hardly anybody came back, Greenwood knows nothing of who left our sight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import beta

from relance.dormancy.lifetime.histogram import Array

MONTH = 365.25 / 12  # days
LEVEL = 0.965  # nominal: so that no month's coverage falls under 94 %, as simulations of small cohorts show
FEWEST = 10  # customers still at risk below which a month is not shown


@dataclass(frozen=True)
class Return:
    """Of those who bought once, the share who bought again within `month` months of it, with its 95 % interval."""

    month: int
    share: float
    low: float
    high: float
    at_risk: int  # not come back before, and known for longer


def curve(
    waited: ArrayLike, returned: ArrayLike, customers: ArrayLike | None = None, *, months: int = 36
) -> list[Return]:
    """Return the cohort's curve. `waited`: days from the first purchase to the second, or until now where `returned` is false."""
    wait, back = np.asarray(waited, dtype=float), np.asarray(returned, dtype=bool)
    weights = np.ones(wait.shape) if customers is None else np.asarray(customers, dtype=float)
    days, place = np.unique(wait, return_inverse=True)
    events = np.bincount(place.ravel(), weights * back, len(days))
    risk = np.cumsum(np.bincount(place.ravel(), weights, len(days))[::-1])[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        stayed = np.cumprod(1 - events / risk)
        greenwood = np.cumsum(np.where(risk > events, events / (risk * (risk - events)), 0.0))
    thinned = np.append(1.0, stayed[:-1]) / risk  # one over the customers there would be if nobody had come back
    found = []
    for month in range(1, months + 1):
        last = int(np.searchsorted(days, month * MONTH, side="right")) - 1
        left = int(weights[wait >= month * MONTH].sum())
        if left < FEWEST:
            break
        kept, spread = (float(stayed[last]), float(greenwood[last])) if last >= 0 else (1.0, 0.0)
        low, high = _interval(kept, spread, _followed(days, thinned, month * MONTH))
        found.append(Return(month, 1 - kept, low, high, left))
    return found


def _followed(days: Array, thinned: Array, until: float) -> float:
    """Return the harmonic mean over time of the customers known for so long: what a constant rate of return would be measured on."""
    ends = np.minimum(days, until)
    steps = np.diff(ends, prepend=0.0)
    return float(until / ((steps * thinned).sum() + max(until - ends[-1], 0.0) * thinned[-1]))


def _interval(stayed: float, greenwood: float, most: float) -> tuple[float, float]:
    """Return the interval of the share that came back, on an effective number of customers of at most `most`."""
    variance = stayed**2 * greenwood
    effective = min(stayed * (1 - stayed) / variance, most) if variance > 0 else most
    came, tail = (1 - stayed) * effective, (1 - LEVEL) / 2
    low = float(beta.ppf(tail, came, effective - came + 1)) if came > 0 else 0.0
    high = float(beta.ppf(1 - tail, came + 1, effective - came)) if came < effective else 1.0
    return low, high
