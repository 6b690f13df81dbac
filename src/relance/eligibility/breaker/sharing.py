"""How the chance of a false stop is shared: over the signals and providers of a journey, and over its reopenings."""

from __future__ import annotations

import math
from collections.abc import Mapping


def of_opening(alpha: float, opening: int) -> float:
    """Return what the 1st, 2nd, … watch of a scope may spend: alpha · 6 / (pi² k²), which sums to alpha (Euler 1735).

    However often people close the breaker, false stops in all stay at alpha.
    """
    if opening < 1:
        raise ValueError("watches are counted from 1")
    return alpha * 6 / (math.pi * opening) ** 2


def among(alpha: float, weights: Mapping[str, float]) -> dict[str, float]:
    """Return the part of `alpha` each key gets, by weight; the parts sum to alpha (Bonferroni 1936)."""
    whole = sum(weights.values())
    if not weights or whole <= 0 or min(weights.values()) < 0:
        raise ValueError("weights are numbers of which one at least is above 0")
    return {key: alpha * weight / whole for key, weight in weights.items()}
