"""What the counts say: the evidence of each scope against the evidence that opens it. Reads and decides, writes nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from relance.eligibility.breaker import thresholds
from relance.eligibility.breaker.counting import ALL, Cohort
from relance.eligibility.breaker.evidence import Mixture, log_detector, log_evidence
from relance.eligibility.breaker.limits import Limits, Signal

WARNS_SOONER, LARGEST_ALPHA = 10.0, 0.05  # a warning costs nobody a send
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Scope:
    """A signal at a provider, of a journey (0: of the sender), in its `watch`-th watch since an instant."""

    journey_id: int
    provider: str
    signal: Signal
    watch: int = 1
    since: datetime | None = None
    evergreen: bool = False


@dataclass(frozen=True)
class Judgement:
    """What is known of a scope: counts, rate allowed, evidence (logarithms) and what opens it; and the same for warning."""

    sends: int
    bad: int
    allowed: float
    evidence: float
    threshold: float
    warning: float
    warns_at: float

    @property
    def opens(self) -> bool:
        """Tell whether the rate is surely above what is allowed."""
        return self.evidence >= self.threshold

    @property
    def warns(self) -> bool:
        """Tell whether the rate is surely above what is warned of."""
        return self.warning >= self.warns_at

    @property
    def rate(self) -> float:
        """Return the share seen; 0 where nothing was sent."""
        return self.bad / self.sends if self.sends else 0.0


def judge(scope: Scope, cohorts: Sequence[Cohort], limits: Limits, now: datetime) -> Judgement:
    """Return what these cohorts say of the scope; messages not yet answered count as answered well (conservative)."""
    watched = now - timedelta(days=limits.watched_days)
    first = max(scope.since or watched, watched) if scope.evergreen else scope.since
    counted = [one for one in cohorts if first is None or one.cohort >= first]
    bad = np.array([getattr(one, scope.signal) for one in counted], dtype=np.int64)
    sent = np.array([_of(one, scope.signal) for one in counted], dtype=np.int64)
    sends = np.maximum(sent, bad)
    allowed = limits.allowed(scope.signal, scope.provider)
    stop = _held(scope, sends, bad, limits, allowed)
    warn = _held(scope, sends, bad, limits, limits.warned(scope.signal, scope.provider), ease=WARNS_SOONER)
    return Judgement(int(sends.sum()), int(bad.sum()), allowed, *stop, *warn)


def _of(cohort: Cohort, signal: Signal) -> int:
    """Return the messages a rate divides by: for complaints those to domains that tell of them."""
    return cohort.told if signal == "complaint" else cohort.sends


def _held(
    scope: Scope, sends: Counts, bad: Counts, limits: Limits, rate: float, *, ease: float = 1.0
) -> tuple[float, float]:
    """Return the evidence against a rate and what suffices; `ease` multiplies the chance of being wrong."""
    mixture = Mixture(rate)
    if not scope.evergreen:
        alpha = min(LARGEST_ALPHA, limits.alpha(scope.signal, scope.provider, scope.watch) * ease)
        return float(log_evidence(mixture, sends.sum(), bad.sum())), thresholds.opening(mixture, alpha)
    length = limits.run_length_of(scope.signal, of_sender=scope.journey_id == ALL) / ease
    if not sends.size:
        return 0.0, math.log(length)
    return float(log_detector(mixture, sends, bad, head_start=1 / rate)), math.log(length)
