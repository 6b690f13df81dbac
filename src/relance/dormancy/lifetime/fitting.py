"""A model's parameters from a histogram: maximum likelihood in logarithms, from several starts, polished by Newton's steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from relance.dormancy.lifetime import bg_nbd, mbg_nbd, pareto_nbd
from relance.dormancy.lifetime.histogram import Array, Histogram

BOUND = 12.0  # of a parameter's logarithm, time and money measured in their own mean
_STEP = 1e-4
_NEWTON = 6
_NEAR = 20
_COARSE = 5_000  # cells above which a coarser histogram is fitted first
_FEW = (2.0, 0.1)  # its resolution and origin, as of `Histogram.grouped`
_ENOUGH = 1e-6  # of the gradient by logarithm, per customer

Objective = Callable[[Array], tuple[float, Array]]
Likelihood = Callable[[Array], tuple[Array, Array]]


class Model(Protocol):
    """What a file of a purchase model offers; theta has the shape (4,), in the histogram's unit of time."""

    NAME: str
    PARAMETERS: tuple[str, ...]
    TIMES: tuple[str, ...]
    STARTS: tuple[tuple[float, ...], ...]

    def log_likelihood(self, theta: Array, h: Histogram) -> tuple[Array, Array]:
        """Return each cell's log-likelihood, shape (n,), and its gradient by parameter, shape (4, n)."""

    def probability_alive(self, theta: Array, x: Array, t_x: Array, T: Array) -> Array:  # noqa: N803
        """Return P(alive | x, t_x, T)."""

    def expected_given(self, theta: Array, t: ArrayLike, x: Array, t_x: Array, T: Array) -> Array:  # noqa: N803
        """Return the expected purchases within the next `t`."""


MODELS: Mapping[str, Model] = {model.NAME: model for model in (bg_nbd, mbg_nbd, pareto_nbd)}


@dataclass(frozen=True)
class Optimum:
    """Where a likelihood is highest; `covariance` is of the parameters' logarithms, None where the Hessian is singular."""

    theta: Array
    log_likelihood: float
    converged: bool
    covariance: Array | None
    at_bound: tuple[int, ...]

    @property
    def standard_errors(self) -> Array | None:
        """Return the standard errors of the parameters (delta method from the observed Hessian in logarithms)."""
        return None if self.covariance is None else self.theta * np.sqrt(np.diag(self.covariance))


@dataclass(frozen=True)
class Fit:
    """A model fitted to a base: parameters in the base's unit, how well, and on whom."""

    model: str
    parameters: dict[str, float]
    standard_errors: dict[str, float] | None
    log_likelihood: float
    aic: float
    customers: int
    repeat_buyers: int
    converged: bool
    log_likelihood_without_dropout: float
    optimum: Optimum = field(repr=False)

    @property
    def theta(self) -> Array:
        """Return the parameters in the model's order, shape (4,)."""
        return np.array(list(self.parameters.values()))

    def plain(self) -> dict[str, Any]:
        """Return the figures of the fit as JSON takes them."""
        hidden = ("optimum", "model")
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in hidden}


def fit(model: Model, h: Histogram) -> Fit:
    """Return the model fitted to the histogram, which must hold at least one customer of some age."""
    unit = float(np.average(h.T, weights=h.customers))
    scaled = h.scaled(1 / unit)
    found = _maximum(model.log_likelihood, scaled, model.STARTS)
    units = np.array([unit if name in model.TIMES else 1.0 for name in model.PARAMETERS])
    offset = float(h.customers @ h.x * np.log(unit))  # a density per unit of time for each purchase
    value, errors = found.log_likelihood - offset, found.standard_errors
    return Fit(
        model.NAME, _named(model, found.theta * units), None if errors is None else _named(model, errors * units),
        value, 2 * len(model.PARAMETERS) - 2 * value, h.total, h.repeat_buyers, found.converged, _nbd(scaled) - offset, found,
    )  # fmt: skip


def _maximum(
    likelihood: Callable[[Array, Histogram], tuple[Array, Array]], h: Histogram, starts: Sequence[Sequence[float]]
) -> Optimum:
    """Return the optimum, found first on the histogram in few cells where it has many; ages are in their own mean."""
    near = None
    if len(h.x) > _COARSE:
        few = h.grouped(*_FEW)
        near = maximise(lambda theta: likelihood(theta, few), few.customers, starts)
    return maximise(lambda theta: likelihood(theta, h), h.customers, starts, near)


def _named(model: Model, values: Array) -> dict[str, float]:
    return dict(zip(model.PARAMETERS, map(float, values), strict=True))


def _nbd(h: Histogram) -> float:
    """Return the log-likelihood of the same customers if nobody ever left (Ehrenberg 1959: lambda ~ Gamma(r, alpha))."""

    def log_likelihood(theta: Array, h: Histogram) -> tuple[Array, Array]:
        r, alpha = theta
        counts = h.per_count(lambda x: gammaln(r + x) - gammaln(r))
        late = np.log(alpha + h.T)
        of_r = h.per_count(lambda x: digamma(r + x) - digamma(r)) + np.log(alpha) - late
        return counts + r * np.log(alpha) - (r + h.x) * late, np.stack([of_r, r / alpha - (r + h.x) / (alpha + h.T)])

    return _maximum(log_likelihood, h, ((0.5, 0.5),)).log_likelihood


def maximise(
    likelihood: Likelihood, weights: Array, starts: Sequence[Sequence[float]], near: Optimum | None = None
) -> Optimum:
    """Return the maximum of the weighted log-likelihood; `likelihood` gives (n,) and (k, n) for k parameters above 0.

    `near`: an optimum known to lie close (that of a coarser histogram); its curvature leads to this one in a few steps.
    """
    total = float(weights.sum())

    def objective(logs: Array) -> tuple[float, Array]:
        inside = np.clip(logs, -BOUND, BOUND)
        theta = np.exp(inside)
        with np.errstate(all="ignore"):
            value, gradient = likelihood(theta)  # sums, not BLAS: its threads cost more than they save here
            mean = -float((value * weights).sum()) / total
            slope = np.where(inside == logs, -(gradient * weights).sum(axis=1) / total * theta, 0.0)
        return (mean, slope) if np.isfinite(mean) and np.isfinite(slope).all() else (1e10, np.zeros_like(logs))

    logs = None if near is None else _followed(objective, near, total)
    if logs is None:
        logs = _searched(objective, starts)
    logs, hessian = _polished(objective, logs)
    mean, slope = objective(logs)
    at_bound = tuple(int(n) for n in np.flatnonzero(np.abs(logs) > BOUND - 1e-3))
    converged = bool(np.abs(slope).max() < _ENOUGH) and not at_bound
    return Optimum(np.exp(logs), -mean * total, converged, _inverse(hessian * total), at_bound)


def _searched(objective: Objective, starts: Sequence[Sequence[float]]) -> Array:
    """Return the best end of searches from the two most promising starts."""
    tried = [  # BFGS is plain arithmetic; L-BFGS-B would wake the threads of BLAS at each step, which cost more than the fit
        minimize(objective, np.log(start), jac=True, method="BFGS", options={"gtol": _ENOUGH / 10, "maxiter": 200})
        for start in _few(starts, objective)
    ]
    return np.asarray(np.clip(min(tried, key=lambda one: one.fun).x, -BOUND, BOUND))


def _followed(objective: Objective, near: Optimum, total: float) -> Array | None:
    """Return the maximum reached from a near one by steps of its curvature, None where they do not lead to one."""
    if near.covariance is None or not near.converged:
        return None
    logs, curve = np.log(near.theta), near.covariance * total
    before = np.inf
    for _ in range(_NEAR):
        steepest = float(np.abs(slope := objective(logs)[1]).max())
        if steepest < _ENOUGH / 100:
            return logs
        if steepest >= before:
            return None
        before, logs = steepest, logs - curve @ slope
    return None


def _few(starts: Sequence[Sequence[float]], objective: Objective) -> list[Sequence[float]]:
    """Return the two starts the likelihood likes best: they lie in different regions."""
    return sorted(starts, key=lambda start: objective(np.log(start))[0])[:2]


def _polished(objective: Objective, logs: Array) -> tuple[Array, Array]:
    """Return the maximum after a few Newton's steps, each taken only while it improves, and the Hessian there."""
    mean, slope = objective(logs)
    hessian = _hessian(objective, logs)
    for _ in range(_NEWTON):
        if np.linalg.eigvalsh(hessian)[0] <= 0 or np.abs(slope).max() < _ENOUGH / 100:
            break
        following = logs - np.linalg.solve(hessian, slope)
        if np.abs(following).max() >= BOUND:
            break
        lower, flatter = objective(following)
        if not lower <= mean + 1e-12 or np.abs(flatter).max() >= np.abs(slope).max():
            break
        logs, mean, slope = following, lower, flatter
        hessian = _hessian(objective, logs)
    return logs, hessian


def _hessian(objective: Objective, logs: Array) -> Array:
    """Return the Hessian by central differences of the gradient, shape (k, k)."""
    steps = np.eye(len(logs)) * _STEP
    rows = [(objective(logs + step)[1] - objective(logs - step)[1]) / (2 * _STEP) for step in steps]
    return (np.array(rows) + np.array(rows).T) / 2


def _inverse(hessian: Array) -> Array | None:
    """Return the inverse, None where a direction has no curvature."""
    if not np.isfinite(hessian).all() or np.linalg.eigvalsh(hessian)[0] <= 1e-9 * np.abs(hessian).max():
        return None
    return np.asarray(np.linalg.inv(hessian))
