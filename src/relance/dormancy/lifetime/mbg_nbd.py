"""MBG/NBD: as BG/NBD, and one may leave after the first purchase too (Batislam, Denizel and Filiztekin 2007; Hoppe and Wagner 2007).

lambda ~ Gamma(r, alpha), p ~ Beta(a, b). P(alive) of who bought once is below 1, yet the same for all of one age: it says
nothing of the person, and is never shown for them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from relance.dormancy.lifetime.histogram import Array, Histogram
from relance.dormancy.lifetime.series import growth, split

NAME = "mbg_nbd"
PARAMETERS = ("r", "alpha", "a", "b")
TIMES = ("alpha",)  # parameters in units of time
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.3, 0.2, 0.8, 2.5), (1.0, 0.5, 0.2, 3.0), (2.0, 1.0, 2.0, 10.0))  # with mean T = 1


def log_likelihood(theta: Array, h: Histogram) -> tuple[Array, Array]:
    """Return the log-likelihood of each cell, shape (n,), and its gradient by parameter, shape (4, n) (Hoppe and Wagner 2007, eq. 2)."""
    r, alpha, a, b = theta
    counts = h.per_count(
        lambda x: (
            gammaln(r + x) - gammaln(r) + gammaln(a + b) + gammaln(b + 1 + x) - gammaln(b) - gammaln(a + b + 1 + x)
        )
    )
    now, then = np.log(alpha + h.T), np.log(alpha + h.t_x)
    odds = h.per_count(lambda x: np.log(a) - np.log(b + x)) + (r + h.x) * (now - then)
    alive, gone, surprise = split(odds)
    value = counts + r * np.log(alpha) - (r + h.x) * now + surprise
    late = now - (now - then) * gone
    rate = alive / (alpha + h.T) + gone / (alpha + h.t_x)
    gradient = np.stack([
        h.per_count(lambda x: digamma(r + x) - digamma(r)) + np.log(alpha) - late,
        r / alpha - (r + h.x) * rate,
        h.per_count(lambda x: digamma(a + b) - digamma(a + b + 1 + x)) + gone / a,
        h.per_count(lambda x: digamma(a + b) + digamma(b + 1 + x) - digamma(b) - digamma(a + b + 1 + x))
        - gone / (b + h.x),
    ])  # fmt: skip
    return value, gradient


def _log_odds(theta: Array, x: Array, t_x: Array, T: Array) -> Array:  # noqa: N803
    """Return the log-odds of having left at the last purchase."""
    r, alpha, a, b = theta
    return np.asarray(np.log(a) - np.log(b + x) + (r + x) * np.log((alpha + T) / (alpha + t_x)))


def probability_alive(theta: Array, x: Array, t_x: Array, T: Array) -> Array:  # noqa: N803
    """Return P(alive | x, t_x, T)."""
    return np.exp(-np.logaddexp(0, _log_odds(theta, x, t_x, T)))


def expected_given(theta: Array, t: ArrayLike, x: Array, t_x: Array, T: Array) -> Array:  # noqa: N803
    """Return the expected purchases within the next `t` of a customer with this history.

    2F1(r+x, b+x+1; a+b+x; z) is taken after Euler's transformation, finite at a = 1. With x = t_x = T = 0 it is E[X(t)].
    """
    r, alpha, a, b = theta
    kept = (alpha + T) / (alpha + T + t)
    return growth(a + b - r, a, a + b + x, kept) * probability_alive(theta, x, t_x, T)
