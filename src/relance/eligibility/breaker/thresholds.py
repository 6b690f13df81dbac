"""How much evidence opens the breaker: Ville's bound, sharpened by what evidence jumps over it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.signal import lfilter

from relance.eligibility.breaker.evidence import NEAR_PART, Floats, Mixture, log_evidence

MARGIN = 0.85  # part of alpha that the sharpened threshold spends; the rest keeps a count of 10,000 runs under alpha
SCARCE = 2e-3  # below it bad answers are as good as Poisson, and the threshold no longer hangs on the rate
_ROUNDS, _UNDECIDED = 6, 1e-3


@dataclass(frozen=True)
class Bar:
    """What the answers of a one-off send are held against: `opens` is the logarithm of evidence at which it stops.

    Beside the mixture stands an e-process of its own for a rate just above the allowed one. It may stop with a part
    `NEAR_PART` of alpha, by Ville's inequality; what it needs more than the mixture is its `handicap`, so that one figure
    says how far both are. The two together stop by mistake with at most alpha, since `opening` leaves that part free.
    """

    mixture: Mixture
    opens: float
    handicap: float

    def evidence(self, sends: ArrayLike, bad: ArrayLike) -> Floats:
        """Return the logarithm of evidence after `sends` messages of which `bad` came back badly; any shape."""
        near = log_evidence(Mixture.near(self.mixture.allowed), sends, bad) - self.handicap
        return np.maximum(log_evidence(self.mixture, sends, bad), near)


def bar(allowed: float, alpha: float) -> Bar:
    """Return what stops a one-off send whose rate is above `allowed`, with a chance of at most `alpha` if it is not."""
    mixture = Mixture(allowed)
    opens = opening(mixture, alpha)
    return Bar(mixture, opens, math.log(1 / (alpha * NEAR_PART)) - opens)


def opening(mixture: Mixture, alpha: float) -> float:
    """Return the logarithm of evidence at which a one-off send stops, with at most `alpha` less `NEAR_PART` of it false stops ever.

    Ville's inequality gives ln(1/alpha). Evidence crosses a threshold only by a jump, at a bad answer, and so lands
    beyond it; false stops are rarer than alpha by the mean of exp(-overshoot) (Siegmund 1985, *Sequential Analysis*,
    ch. VIII). Counting that exactly (`chance`) gives a lower threshold with the same guarantee: it is monotone in every
    answer, and any history of conditional rates of at most `allowed` can be coupled below independent answers at
    `allowed` itself, so the chance computed there bounds all of them; delays and batches only make it smaller.
    """
    return _opening(Mixture(max(mixture.allowed, SCARCE), mixture.multiples, mixture.weights), alpha)


@lru_cache(maxsize=512)
def _opening(mixture: Mixture, alpha: float) -> float:
    """Lower Ville's threshold round by round: the chance times exp(threshold) hardly changes with the threshold."""
    ville = math.log(1 / alpha)
    least, tried = ville, ville
    for _ in range(_ROUNDS):
        found = chance(mixture, tried)
        if found <= alpha * (1 - NEAR_PART):
            least = min(least, tried)
        step = math.log(found / (alpha * MARGIN))
        if abs(step) < 1e-3:
            break
        tried = min(ville, tried + step)
    return least


def chance(mixture: Mixture, threshold: float) -> float:
    """Return an upper bound, tight to a thousandth, of the chance that evidence ever reaches `threshold` by mistake.

    Follows where the j-th bad answer may fall (a geometric number of messages after the one before), taking out what
    has crossed. What is undecided after the last step crosses with at most exp(-threshold) times its share under the
    mixture (change of measure; Ville).
    """
    bounds = _latest(mixture, threshold)
    allowed, size = mixture.allowed, int(bounds[-1]) + 2
    places = np.zeros(size)
    places[0] = 1.0
    crossed, decided = 0.0, 0.0
    for count, latest in enumerate(bounds, start=1):
        places = np.asarray(lfilter([0.0, allowed], [1.0, allowed - 1.0], places))
        if latest < count:
            continue
        at = np.arange(count, int(latest) + 1)
        mass = places[at]
        crossed += float(mass.sum())
        decided += float((mass * np.exp(log_evidence(mixture, at, np.full(at.size, count)))).sum())
        places[: at[-1] + 1] = 0.0
        if 1 - decided < _UNDECIDED:
            break
    return crossed + max(0.0, 1 - decided) * math.exp(-threshold)


def _latest(mixture: Mixture, threshold: float) -> Floats:
    """Return for the 1st, 2nd, … bad answer the last message at which it would bring evidence to `threshold`."""
    slowest = min(mixture.rates)
    information = slowest * math.log(slowest / mixture.allowed) - (slowest - mixture.allowed)
    answers = int(8 * slowest * (threshold + 2) / information) + 10
    counts = np.arange(1, answers + 1)
    low, high = counts - 1.0, counts + np.ceil(counts * mixture.gain.max() / -mixture.loss.max()) + 1
    for _ in range(60):
        if np.all(high - low <= 1):
            break
        middle = np.floor((low + high) / 2)
        reached = log_evidence(mixture, middle, counts) >= threshold
        low, high = np.where(reached, middle, low), np.where(reached, high, middle)
    return np.asarray(low, float)
