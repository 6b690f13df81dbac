"""A linear model: a list of numbers, all that is kept of what was learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relance.dormancy.reactivity.reading import Floats


@dataclass(frozen=True)
class Linear:
    """A linear model: intercept, one coefficient per feature, and the penalty it was learned with."""

    intercept: float
    coefficients: Floats
    penalty: float = 0.0

    def predict(self, features: Floats) -> Floats:
        """Return the prediction for each row of (people, features)."""
        return np.asarray(features @ self.coefficients + self.intercept)

    def plus(self, other: Linear, weight: float = 1.0) -> Linear:
        """Return the model whose prediction is this one's plus `weight` times the other's."""
        return Linear(self.intercept + weight * other.intercept, self.coefficients + weight * other.coefficients)

    def times(self, weight: float) -> Linear:
        """Return the model whose prediction is `weight` times this one's."""
        return Linear(weight * self.intercept, weight * self.coefficients)
