"""Gamma-Gamma: what one spends per purchase, independent of how often one buys (Fader and Hardie 2013).

m: mean spend over n purchases; the spend of each ~ Gamma(p, nu), nu ~ Gamma(q, gamma). The population's mean is finite for q > 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from relance.dormancy.lifetime.histogram import Array

NAME = "gamma_gamma"
PARAMETERS = ("p", "q", "gamma")
STARTS = ((2.0, 2.0, 1.0), (6.0, 4.0, 0.5), (1.0, 3.0, 2.0), (20.0, 3.0, 0.1))  # with mean spend 1


@dataclass(frozen=True)
class Spends:
    """Mean spend by number of purchases, customers counted; arrays of one shape (n,), spend above 0."""

    purchases: Array
    mean: Array
    customers: Array

    @property
    def total(self) -> int:
        """Return the number of customers."""
        return int(self.customers.sum())

    def scaled(self, by: float) -> Spends:
        """Return the same customers with amounts multiplied by `by`."""
        return Spends(self.purchases, self.mean * by, self.customers)


def log_likelihood(theta: Array, spends: Spends) -> tuple[Array, Array]:
    """Return the log-likelihood of each row, shape (n,), and its gradient by parameter, shape (3, n) (eq. 1a)."""
    p, q, gamma = theta
    n, m = spends.purchases, spends.mean
    whole = np.log(gamma + n * m)
    value = gammaln(p * n + q) - gammaln(p * n) - gammaln(q) + q * np.log(gamma)
    value += (p * n - 1) * np.log(m) + p * n * np.log(n) - (p * n + q) * whole
    gradient = np.stack([
        n * (digamma(p * n + q) - digamma(p * n) + np.log(m) + np.log(n) - whole),
        digamma(p * n + q) - digamma(q) + np.log(gamma) - whole,
        q / gamma - (p * n + q) / (gamma + n * m),
    ])  # fmt: skip
    return value, gradient


def population_mean(theta: Array) -> float:
    """Return the mean spend of a customer nothing is known of; infinite for q <= 1."""
    p, q, gamma = theta
    return float(p * gamma / (q - 1)) if q > 1 else float("inf")


def expected_spend(theta: Array, purchases: Array, mean: Array) -> Array:
    """Return the expected spend per purchase of customers with this history (eq. 5); the population's mean for none."""
    p, q, gamma = theta
    return np.asarray(p * (gamma + purchases * np.where(purchases > 0, mean, 0.0)) / (p * purchases + q - 1))
