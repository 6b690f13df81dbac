"""Pareto/NBD: purchases at a rate of one's own, a lifetime of one's own (Schmittlein, Morrison and Colombo 1987).

lambda ~ Gamma(r, alpha), mu ~ Gamma(s, beta). The integral over the instant of leaving is 2F1 (Fader and Hardie 2005, "A note
on deriving the Pareto/NBD model"); after Euler's transformation it is bounded, so nothing overflows or cancels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from relance.dormancy.lifetime.histogram import Array, Histogram
from relance.dormancy.lifetime.series import decline, unit

NAME = "pareto_nbd"
PARAMETERS = ("r", "alpha", "s", "beta")
TIMES = ("alpha", "beta")  # parameters in units of time
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.5, 0.3, 0.6, 0.4), (1.0, 0.5, 0.3, 2.0), (2.0, 0.5, 2.0, 3.0))  # with mean T = 1
_STEP = 1e-5  # of a logarithm, for differences


def log_likelihood(theta: Array, h: Histogram) -> tuple[Array, Array]:
    """Return the log-likelihood of each cell, shape (n,), and its gradient by parameter, shape (4, n), by central differences."""
    shifts = np.exp(_STEP * np.concatenate([np.eye(4), -np.eye(4)]))
    above_below = np.stack([_value(theta * shift, h) for shift in shifts])
    return _value(theta, h), (above_below[:4] - above_below[4:]) / (2 * _STEP * theta[:, None])


def _value(theta: Array, h: Histogram) -> Array:
    r, alpha, s, beta = theta
    counts = h.per_count(lambda x: gammaln(r + x) - gammaln(r))
    alive = r * np.log(alpha / (alpha + h.T)) - h.x * np.log(alpha + h.T) + s * np.log(beta / (beta + h.T))
    return np.asarray(counts + alive + _log_inverse(theta, h.x, h.t_x, h.T))


def _log_inverse(theta: Array, x: Array, t_x: Array, T: Array) -> Array:  # noqa: N803
    """Return -ln P(alive): the log of one plus the odds of having left between t_x and T."""
    r, alpha, s, beta = theta
    share = s / (r + s + x)
    stretch = (r + x) * np.log((alpha + T) / (alpha + t_x)) + s * np.log((beta + T) / (beta + t_x))
    with np.errstate(divide="ignore"):
        never = np.log(np.maximum(1 - share * _bounded(theta, x, T), 0.0))
    ever = np.log(share * _bounded(theta, x, t_x)) + stretch
    return np.asarray(np.maximum(np.logaddexp(never, ever), 0.0))


def _bounded(theta: Array, x: Array, y: Array) -> Array:
    """Return 2F1(1, r+x; r+s+x+1; (alpha-beta)/(alpha+y)), between 1 and (r+s+x)/s."""
    r, alpha, s, beta = theta
    if alpha >= beta:
        return unit(r + x, r + s + x + 1, (alpha - beta) / (alpha + y))
    return np.asarray((alpha + y) / (beta + y) * unit(s + 1, r + s + x + 1, (beta - alpha) / (beta + y)))


def probability_alive(theta: Array, x: Array, t_x: Array, T: Array) -> Array:  # noqa: N803
    """Return P(alive | x, t_x, T); for x = 0 it is the same for all of one age and says nothing of the person."""
    return np.exp(-_log_inverse(theta, x, t_x, T))


def expected_given(theta: Array, t: ArrayLike, x: Array, t_x: Array, T: Array) -> Array:  # noqa: N803
    """Return the expected purchases within the next `t` of a customer with this history; E[X(t)] with x = t_x = T = 0."""
    r, alpha, s, beta = theta
    rate = (r + x) * (beta + T) / (alpha + T)
    return np.asarray(rate * decline((beta + T) / (beta + T + t), s - 1) * probability_alive(theta, x, t_x, T))
