"""Whether both arms were alike before the treatment, as a draw makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from relance.dormancy.reactivity import learners
from relance.dormancy.reactivity.comparison import split
from relance.dormancy.reactivity.reading import Bools, Column, Floats
from relance.dormancy.reactivity.sample import Sample

NOTABLE = 0.1  # P. Austin, Statistics in Medicine 28 (2009) 3083-3107: standardised differences above this matter
UNLIKELY = 0.001
TELLING = 0.52  # a classifier that tells arms apart less often than this does no harm, however sure


@dataclass(frozen=True)
class Difference:
    """Standardised difference of a column between arms: of means in pooled standard deviations; of words, the largest."""

    column: str
    difference: float

    @property
    def notable(self) -> bool:
        """Tell whether it is larger than what is let pass."""
        return abs(self.difference) > NOTABLE


@dataclass(frozen=True)
class Balance:
    """The differences, largest first, and how well a model tells the arms apart (`auc`, 0.5 is not at all; its p-value)."""

    differences: Sequence[Difference]
    auc: float
    p_value: float

    @property
    def alike(self) -> bool:
        """Tell whether a draw may have made these arms."""
        return self.p_value >= UNLIKELY or self.auc < TELLING


def balance(columns: Sequence[Column], sample: Sample, seed: int) -> Balance:
    """Return how the arms differ; the classifier test is of held-out people (D. Lopez-Paz and M. Oquab, ICLR 2017)."""
    found = [Difference(column.name, _standardised(column, sample.treated)) for column in columns]
    arm = Sample(sample.features, sample.treated, sample.treated.astype(float))
    auc, p_value = [], []
    for train, test in split(arm, 2, np.random.default_rng(seed)):
        model = learners.ridge(arm.features[train], arm.outcome[train])
        one, p = told_apart(model.predict(arm.features[test]), sample.treated[test])
        auc.append(one)
        p_value.append(p)
    ordered = sorted(found, key=lambda one: -abs(one.difference))
    return Balance(ordered, float(np.mean(auc)), min(1.0, 2 * min(p_value)))


def told_apart(scores: Floats, positive: Bools) -> tuple[float, float]:
    """Return the AUC of a score and the one-sided p-value of the Mann-Whitney test that it is above one half."""
    if np.ptp(scores) == 0:
        return 0.5, 1.0
    found = stats.mannwhitneyu(scores[positive], scores[~positive], alternative="greater")
    return float(found.statistic) / (positive.sum() * (~positive).sum()), float(found.pvalue)


def _standardised(column: Column, treated: Bools) -> float:
    """Return the standardised difference, missing values left aside."""
    if column.numbers is not None:
        return _of(column.numbers, treated)
    codes = column.coded()
    common = np.argsort(-np.bincount(codes[codes >= 0]), kind="stable")[:20]
    return max((_of(np.where(codes < 0, np.nan, codes == code), treated) for code in common), key=abs, default=0.0)


def _of(numbers: Floats, treated: Bools) -> float:
    one, other = numbers[treated], numbers[~treated]
    one, other = one[~np.isnan(one)], other[~np.isnan(other)]
    if not len(one) or not len(other):
        return 0.0
    spread = float(np.sqrt((one.var() + other.var()) / 2))
    return float(one.mean() - other.mean()) / spread if spread > 0 else 0.0
