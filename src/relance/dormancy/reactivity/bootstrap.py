"""Paired bootstrap: every ranking is measured on the same redrawn people, so that differences keep what they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from relance.dormancy.reactivity import qini
from relance.dormancy.reactivity.reading import Bools, Floats
from relance.dormancy.reactivity.reading import Codes as Cells

ROOM = 8_000_000  # weights held in memory at once
Z = 1.959963984540054  # two-sided 5 % of the normal law


@dataclass(frozen=True)
class Limits:
    """An estimate and what the data leave possible at 95 %."""

    value: float
    low: float
    high: float

    @property
    def above_zero(self) -> bool:
        """Tell whether zero and everything below it is excluded."""
        return self.low > 0


def draws(cells: Cells, treated: Bools, outcome: Floats, *, resamples: int, seed: int) -> Floats:
    """Return the Qini of each ranking on each resample, (resamples, rankings).

    `cells` is (rankings, people): cell of each person in each ranking. People are drawn with replacement within their arm
    (B. Efron, Annals of Statistics 7, 1979, 1-26), and the whole curve is made anew from each draw.
    """
    rankings, people = cells.shape
    count = int(cells.max()) + 1
    members = _membership(cells, treated, count)
    paid = np.flatnonzero(outcome)
    with_outcome = members[:, paid]
    random, found = np.random.default_rng(seed), []
    step = max(1, min(resamples, ROOM // people))
    for start in range(0, resamples, step):
        weights = _weights(treated, min(step, resamples - start), random)
        sizes = (members @ weights).reshape(2, rankings, count, -1)
        sums = (with_outcome @ (weights[paid] * outcome[paid, None])).reshape(2, rankings, count, -1)
        found.append(qini.area(np.moveaxis(sizes, -1, 1), np.moveaxis(sums, -1, 1)))
    return np.concatenate(found)


def limits(value: float, drawn: Floats) -> Limits:
    """Return the interval at 95 %: the wider at each end of the percentile interval and of the normal one of the same error.

    A 40th of the resamples lies beyond each end, so that a percentile is known badly, and with few outcomes it alone held the
    truth in 93.8 samples of 100. Both together are 3 % wider.
    """
    low, high = np.quantile(drawn, [0.025, 0.975])
    half = Z * float(drawn.std())
    return Limits(float(value), float(min(low, value - half)), float(max(high, value + half)))


def _membership(cells: Cells, treated: Bools, count: int) -> sparse.csr_matrix:
    """Return who stands in which cell of which ranking: (2 x rankings x cells, people), control first."""
    rankings, people = cells.shape
    rows = (treated * rankings * count)[None, :] + (np.arange(rankings) * count)[:, None] + cells
    columns = np.broadcast_to(np.arange(people), cells.shape)
    ones = np.ones(rankings * people)
    return sparse.csr_matrix((ones, (rows.ravel(), columns.ravel())), shape=(2 * rankings * count, people))


def _weights(treated: Bools, resamples: int, random: np.random.Generator) -> Floats:
    """Return how often each person is drawn, (people, resamples)."""
    weights = np.empty((len(treated), resamples))
    for arm in (treated, ~treated):
        places = np.flatnonzero(arm)
        for n in range(resamples if len(places) else 0):
            weights[places, n] = np.bincount(random.integers(0, len(places), len(places)), minlength=len(places))
    return weights
