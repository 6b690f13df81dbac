"""BG/NBD: purchases at a rate of one's own; after each, one may leave for good (Fader, Hardie and Lee 2005).

lambda ~ Gamma(r, alpha), p ~ Beta(a, b). Nobody leaves before a first repeat purchase: P(alive) = 1 for x = 0, which is
why it is never shown for them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from relance.dormancy.lifetime.histogram import Array, Histogram
from relance.dormancy.lifetime.series import growth, split

NAME = "bg_nbd"
PARAMETERS = ("r", "alpha", "a", "b")
TIMES = ("alpha",)  # parameters in units of time
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.3, 0.2, 0.8, 2.5), (1.0, 0.5, 0.2, 3.0), (2.0, 1.0, 2.0, 10.0))  # with mean T = 1


def log_likelihood(theta: Array, h: Histogram) -> tuple[Array, Array]:
    """Return the log-likelihood of each cell, shape (n,), and its gradient by parameter, shape (4, n) (eq. 6)."""
    r, alpha, a, b = theta
    counts = h.per_count(
        lambda x: gammaln(r + x) - gammaln(r) + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    )
    now, then = np.log(alpha + h.T), np.log(alpha + h.t_x)
    odds = h.per_count(lambda x: _left(theta, x)) + (r + h.x) * (now - then)
    alive, gone, surprise = split(odds)
    value = counts + r * np.log(alpha) - (r + h.x) * now + surprise
    late = now - (now - then) * gone
    rate = alive / (alpha + h.T) + gone / (alpha + h.t_x)
    gradient = np.stack([
        h.per_count(lambda x: digamma(r + x) - digamma(r)) + np.log(alpha) - late,
        r / alpha - (r + h.x) * rate,
        h.per_count(lambda x: digamma(a + b) - digamma(a + b + x)) + gone / a,
        h.per_count(lambda x: digamma(a + b) + digamma(b + x) - digamma(b) - digamma(a + b + x))
        - gone / np.where(h.x > 0, b + h.x - 1, 1.0),
    ])  # fmt: skip
    return value, gradient


def _left(theta: Array, x: Array) -> Array:
    """Return the log-odds of leaving rather than going on at the last purchase; minus infinity for x = 0."""
    _, _, a, b = theta
    return np.asarray(np.where(x > 0, np.log(a) - np.log(np.where(x > 0, b + x - 1, 1.0)), -np.inf))


def _log_odds(theta: Array, x: Array, t_x: Array, T: Array) -> Array:  # noqa: N803
    """Return the log-odds of having left at the last purchase, given the silence since; minus infinity for x = 0."""
    r, alpha, _, _ = theta
    return np.asarray(_left(theta, x) + (r + x) * np.log((alpha + T) / (alpha + t_x)))


def probability_alive(theta: Array, x: Array, t_x: Array, T: Array) -> Array:  # noqa: N803
    """Return P(alive | x, t_x, T); 1 for x = 0, where it says nothing of the person."""
    return np.exp(-np.logaddexp(0, _log_odds(theta, x, t_x, T)))


def expected_given(theta: Array, t: ArrayLike, x: Array, t_x: Array, T: Array) -> Array:  # noqa: N803
    """Return the expected purchases within the next `t` of a customer with this history (eq. 10).

    2F1(r+x, b+x; a+b+x-1; z) is taken after Euler's transformation, finite at a = 1. With x = t_x = T = 0 it is E[X(t)] (eq. 9).
    """
    r, alpha, a, b = theta
    kept = (alpha + T) / (alpha + T + t)
    return growth(a + b - 1 - r, a, a + b + x - 1, kept) * probability_alive(theta, x, t_x, T)
