"""How well a probability ranks and how true it is: AUC, calibration and Brier score, each with its interval at 95 %.

Arrays are one-dimensional, one row per person: `outcomes` 0 or 1, scores of any scale (AUC), probabilities (the rest).
Rows are taken as independent: one row per person. Errors: InputError where outcomes are all alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from relance.core.errors import InputError

Floats: TypeAlias = NDArray[np.float64]
Z = 1.959963984540054  # two-sided 5 % of the normal law
NEWTON_STEPS = 50
EDGE = 1e-9  # probabilities are kept this far from 0 and 1 before their logit is taken


@dataclass(frozen=True)
class Figure:
    """An estimate and what the data leave possible, from `low` to `high`."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bin:
    """People of about the same probability: the mean said, the share seen, its interval."""

    people: int
    said: float
    seen: Figure


@dataclass(frozen=True)
class Calibration:
    """Logit of the outcome on the logit said: slope 1 and intercept 0 are perfect; `ratio` is seen over expected."""

    slope: Figure
    intercept: Figure
    ratio: Figure


def auc(outcomes: Floats, scores: Floats) -> Figure:
    """Return the area under the ROC curve; the interval by DeLong's variance, on the logit scale.

    E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, Biometrics 44 (1988) 837-845.
    """
    areas, covariance = _delong(outcomes, [scores])
    area, variance = float(areas[0]), float(covariance[0, 0])
    if not 0 < area < 1:
        return Figure(area, area, area)
    half = Z * np.sqrt(variance) / (area * (1 - area))
    low, high = special.expit(special.logit(area) + half * np.array([-1.0, 1.0]))
    return Figure(area, float(low), float(high))


def auc_difference(outcomes: Floats, scores: Floats, rival: Floats) -> Figure:
    """Return the first AUC minus the rival's on the same people, with DeLong's paired interval."""
    areas, covariance = _delong(outcomes, [scores, rival])
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    return _normal(float(areas[0] - areas[1]), float(max(variance, 0.0)))


def _delong(outcomes: Floats, scores: list[Floats]) -> tuple[Floats, Floats]:
    """Return the areas and their covariance, by midranks (X. Sun and W. Xu, IEEE Signal Proc. Lett. 21, 2014, 1389)."""
    happened = _both(outcomes)
    m, n = int(happened.sum()), int((~happened).sum())
    above, below = np.empty((len(scores), m)), np.empty((len(scores), n))
    for row, values in enumerate(scores):
        ranks = stats.rankdata(values)
        above[row] = (ranks[happened] - stats.rankdata(values[happened])) / n
        below[row] = 1 - (ranks[~happened] - stats.rankdata(values[~happened])) / m
    spread = np.atleast_2d(np.cov(above)) / m + np.atleast_2d(np.cov(below)) / n
    return above.mean(axis=1), spread


def calibration(outcomes: Floats, said: Floats) -> Calibration:
    """Return slope, intercept (with slope 1) and ratio; D. R. Cox, Biometrika 45 (1958) 562-565, intervals by Wald."""
    _both(outcomes)
    logit = special.logit(np.clip(said, EDGE, 1 - EDGE))
    if float(np.ptp(logit)) < EDGE:
        raise InputError("Calibration needs probabilities that differ; all of them are the same.")
    both, spread = logistic(np.column_stack([np.ones_like(logit), logit]), outcomes)
    shift, shift_spread = logistic(np.ones((len(logit), 1)), outcomes, offset=logit)
    expected, deviation = float(said.sum()), float(np.sqrt((said * (1 - said)).sum()))
    seen = float(outcomes.sum())
    ratio = Figure(seen / expected, (seen - Z * deviation) / expected, (seen + Z * deviation) / expected)
    return Calibration(
        _normal(float(both[1]), float(spread[1, 1])), _normal(float(shift[0]), float(shift_spread[0, 0])), ratio
    )


def brier(outcomes: Floats, said: Floats) -> Figure:
    """Return the mean squared distance of what was said from what came (G. W. Brier, 1950)."""
    return mean((said - outcomes) ** 2)


def mean(values: Floats) -> Figure:
    """Return the mean of one figure per person and its normal interval."""
    return _normal(float(values.mean()), float(values.var(ddof=1)) / len(values))


def reliability(outcomes: Floats, said: Floats, bins: int = 10) -> list[Bin]:
    """Return groups of equal size in the order of what was said; people of one probability stay together."""
    order = np.argsort(said, kind="stable")
    edges = np.quantile(said, np.linspace(0, 1, bins + 1)[1:-1])
    places = np.searchsorted(edges, said[order], side="left")
    groups = [order[places == place] for place in np.unique(places)]
    return [Bin(len(g), float(said[g].mean()), exact(float(outcomes[g].sum()), len(g))) for g in groups]


def exact(happened: float, people: int) -> Figure:
    """Return a share with its exact interval (C. J. Clopper and E. S. Pearson, Biometrika 26, 1934, 404-413)."""
    others = people - happened
    low = float(stats.beta.ppf(0.025, happened, others + 1)) if happened else 0.0
    return Figure(happened / people, low, float(stats.beta.ppf(0.975, happened + 1, others)) if others else 1.0)


def logistic(
    design: Floats, outcomes: Floats, *, penalty: Floats | None = None, offset: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return coefficients and covariance of a logistic regression by Newton's method, ridge `penalty` per column.

    Errors: InputError where the likelihood has no maximum (outcomes that are separated) or cannot be reached.
    """
    ridge = np.zeros(design.shape[1]) if penalty is None else penalty
    base = np.zeros(len(outcomes)) if offset is None else offset
    coefficients = np.zeros(design.shape[1])
    for _ in range(NEWTON_STEPS):
        p = special.expit(base + design @ coefficients)
        slope = design.T @ (outcomes - p) - ridge * coefficients
        curvature = design.T @ (design * (p * (1 - p))[:, None]) + np.diag(ridge)
        if np.linalg.cond(curvature) > 1 / np.finfo(float).eps:
            break
        step = np.linalg.solve(curvature, slope)
        coefficients += np.clip(step, -5, 5)
        if np.abs(step).max() < EDGE:
            return coefficients, np.linalg.inv(curvature)
    raise InputError(
        "No logistic regression fits: the outcomes are separated by a column, or a column is a sum of others."
    )


def _normal(value: float, variance: float) -> Figure:
    half = Z * float(np.sqrt(variance))
    return Figure(value, value - half, value + half)


def _both(outcomes: Floats) -> NDArray[np.bool_]:
    happened = outcomes > 0
    if min(happened.sum(), (~happened).sum()) < 2:
        raise InputError("Fewer than two people with either outcome: nothing can be measured.")
    return np.asarray(happened)
