"""What a rate may still be: bounds that hold at every look at once, for steps that are released when the news is good.

A bound inverts tests: a rate p is ruled out once the evidence against "at least p" (or "at most p") reaches 1/alpha
(Robbins 1970; Howard, Ramdas, McAuliffe, Sekhon 2021, *Time-uniform, nonparametric, nonasymptotic confidence
sequences*). The evidence is a mixture of likelihood ratios over the rates below p, weighted by a Beta(1/2, 1/2) cut off
at p; with the cut, no bad answer in n messages bounds the rate by about 3.8/n at 95 %, near the 3/n that holds for one
look alone. Give it answered messages only (older than the provider's slowest usual answer): here, unlike when
opening, counting the unanswered as good would be too hopeful.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaln, xlog1py, xlogy

from relance.eligibility.breaker.evidence import Floats

PRIOR = 0.5
_HALVINGS = 60


def upper(bad: ArrayLike, sends: ArrayLike, alpha: float) -> Floats:
    """Return the upper bound of the rate after `sends` answered messages, `bad` of them badly; any shape.

    At every moment at once the true rate lies under it, but for a chance of `alpha`. 1 where nothing was sent.
    """
    badly, sent = np.broadcast_arrays(np.asarray(bad, float), np.asarray(sends, float))
    low = np.where(sent > 0, badly / np.maximum(sent, 1), 1.0)
    return _edge(badly, sent, low, np.ones_like(low), alpha)


def lower(bad: ArrayLike, sends: ArrayLike, alpha: float) -> Floats:
    """Return the lower bound of the rate, as `upper` does; 0 where nothing came back badly."""
    badly, sent = np.broadcast_arrays(np.asarray(bad, float), np.asarray(sends, float))
    return np.asarray(np.where(sent > 0, 1 - upper(sent - badly, sent, alpha), 0.0))


def log_evidence_below(bad: ArrayLike, sends: ArrayLike, rate: ArrayLike) -> Floats:
    """Return the logarithm of the evidence that the rate lies under `rate`; any shape."""
    badly, sent, p = np.asarray(bad, float), np.asarray(sends, float), np.asarray(rate, float)
    good = sent - badly
    with np.errstate(divide="ignore"):
        mixed = betaln(PRIOR + badly, PRIOR + good) + np.log(betainc(PRIOR + badly, PRIOR + good, p))
        whole = betaln(PRIOR, PRIOR) + np.log(betainc(PRIOR, PRIOR, p))
    return np.asarray(mixed - whole - xlogy(badly, p) - xlog1py(good, -p))


def sends_to_prove(limit: float, alpha: float, *, rate: float = 0.0) -> float:
    """Return how many answered messages at `rate` bring the upper bound to `limit`; infinite where it never comes there.

    What a step costs that is to be released by proof; with a rate of 0, the very least.
    """
    if rate >= limit:
        return math.inf
    low, high = 0.0, 1.0
    while _proved(high, rate, limit, alpha) is False:
        low, high = high, high * 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _proved(middle, rate, limit, alpha) else (middle, high)
        if high - low < 1:
            break
    return math.ceil(high)


def _proved(sends: float, rate: float, limit: float, alpha: float) -> bool:
    return bool(log_evidence_below(sends * rate, sends, limit) >= math.log(1 / alpha))


def _edge(badly: Floats, sent: Floats, low: Floats, high: Floats, alpha: float) -> Floats:
    """Return by halving the least rate above the one seen that the evidence rules out."""
    needed = math.log(1 / alpha)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        ruled_out = log_evidence_below(badly, sent, middle) >= needed
        low, high = np.where(ruled_out, low, middle), np.where(ruled_out, middle, high)
    return np.asarray(np.where(sent > 0, high, 1.0))
