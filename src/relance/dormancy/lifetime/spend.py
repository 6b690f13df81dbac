"""Gamma-Gamma fitted and judged: what repeat buyers spend per purchase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from relance.dormancy.lifetime import gamma_gamma, holdout, refusals
from relance.dormancy.lifetime.fitting import maximise
from relance.dormancy.lifetime.gamma_gamma import Spends


@dataclass(frozen=True)
class SpendFit:
    """Gamma-Gamma on a base's repeat buyers; parameters are None where there was nothing to fit.

    `mean_spend` is their plain mean per purchase, which stands in where the model is refused; `population_mean` the model's.
    """

    parameters: dict[str, float] | None
    standard_errors: dict[str, float] | None
    log_likelihood: float | None
    customers: int
    correlation: float | None
    mean_spend: float | None
    population_mean: float | None
    refusal: str

    def plain(self) -> dict[str, Any]:
        """Return the figures as JSON takes them."""
        return {"accepted": not self.refusal, **vars(self), "reason": refusals.said(self.refusal)}


def fit(spends: Spends) -> SpendFit:
    """Return the model fitted to repeat buyers whose mean spend is above zero."""
    mean = _mean(spends)
    if spends.total < refusals.FEWEST_REPEAT_BUYERS:
        return SpendFit(None, None, None, spends.total, None, mean, None, "spend_missing")
    unit = mean or 1.0
    scaled = spends.scaled(1 / unit)
    found = maximise(lambda theta: gamma_gamma.log_likelihood(theta, scaled), spends.customers, gamma_gamma.STARTS)
    theta, errors = found.theta * [1, 1, unit], found.standard_errors
    correlation = _correlation(spends)
    population = gamma_gamma.population_mean(theta)
    return SpendFit(
        dict(zip(gamma_gamma.PARAMETERS, map(float, theta), strict=True)),
        None if errors is None else dict(zip(gamma_gamma.PARAMETERS, map(float, errors * [1, 1, unit]), strict=True)),
        found.log_likelihood - spends.total * float(np.log(unit)), spends.total, correlation, mean,
        population if np.isfinite(population) else None, refusals.of_spend(found, correlation),
    )  # fmt: skip


def _mean(spends: Spends) -> float | None:
    weights = spends.customers * spends.purchases
    return float(np.average(spends.mean, weights=weights)) if weights.sum() > 0 else None


def _correlation(spends: Spends) -> float:
    """Return Spearman's correlation of number of purchases and mean spend; 0 where one of them never varies."""
    return holdout.spearman_of(spends.purchases, spends.mean)(spends.customers)
