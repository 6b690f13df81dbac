"""What the counts say: the evidence of each scope against the evidence that opens it. Reads and decides, writes nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from relance.eligibility.breaker import thresholds
from relance.eligibility.breaker.counting import ALL, Cohort
from relance.eligibility.breaker.evidence import Counts, Mixture, log_detector, together, without_each
from relance.eligibility.breaker.limits import Limits, Signal
from relance.eligibility.breaker.providers import EVERYONE

WARNS_SOONER, LARGEST_ALPHA = 10.0, 0.05  # a warning costs nobody a send


@dataclass(frozen=True)
class Scope:
    """A signal at a provider (or at all of them), of a journey (0: of the sender), in its `watch`-th watch since an instant."""

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
    """Return what these cohorts say of the scope; messages not yet answered count as answered well (conservative).

    A journey stops as a whole for what goes wrong at more than one provider (`evidence.together`).
    """
    watched = now - timedelta(days=limits.watched_days)
    first = max(scope.since or watched, watched) if scope.evergreen else scope.since
    counted = [one for one in cohorts if first is None or one.cohort >= first]
    sends, bad = _counts(counted, scope.signal)
    if scope.provider == EVERYONE:
        sends, bad = without_each(sends), without_each(bad)
    else:
        sends, bad = sends.sum(axis=0, keepdims=True), bad.sum(axis=0, keepdims=True)
    allowed = limits.allowed(scope.signal, scope.provider)
    stop = _held(scope, sends, bad, limits, allowed)
    warn = _held(scope, sends, bad, limits, limits.warned(scope.signal, scope.provider), ease=WARNS_SOONER)
    return Judgement(int(sends[0].sum()), int(bad[0].sum()), allowed, *stop, *warn)


def _counts(cohorts: Sequence[Cohort], signal: Signal) -> tuple[Counts, Counts]:
    """Return messages and bad answers, shape (providers, instants), instants in the order sent.

    Complaints are counted among the messages to domains that tell of them.
    """
    row = {name: place for place, name in enumerate(sorted({one.provider for one in cohorts}))}
    column = {at: place for place, at in enumerate(sorted({one.cohort for one in cohorts}))}
    sends, bad = np.zeros((2, len(row), len(column)), dtype=np.int64)
    for one in cohorts:
        place = row[one.provider], column[one.cohort]
        answered = getattr(one, signal)
        bad[place] += answered
        sends[place] += max(one.told if signal == "complaint" else one.sends, answered)
    return sends, bad


def _held(
    scope: Scope, sends: Counts, bad: Counts, limits: Limits, rate: float, *, ease: float = 1.0
) -> tuple[float, float]:
    """Return the evidence against a rate, of counts with a row or those of `without_each`, and what suffices.

    `ease` multiplies the chance of being wrong.
    """
    if not scope.evergreen:
        alpha = min(LARGEST_ALPHA, limits.alpha(scope.signal, scope.provider, scope.watch) * ease)
        bar = thresholds.bar(rate, alpha)
        return float(together(bar.evidence(sends.sum(axis=1), bad.sum(axis=1)))), bar.opens
    length = limits.run_length_of(scope.signal, of_sender=scope.journey_id == ALL) / ease
    if not sends.size:
        return 0.0, math.log(length)
    return float(together(log_detector(Mixture.lasting(rate), sends, bad, head_start=1 / rate))), math.log(length)
