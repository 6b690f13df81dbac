"""The parameters in force, as the last estimates left them."""

from __future__ import annotations

import pyarrow as pa

from relance.dormancy import models, policies
from relance.dormancy.future import forms

KIND = "future"

_ARROW = pa.schema([(name, pa.string() if kind == "string" else pa.float64()) for name, kind in forms.FITTED.items()])


def latest() -> dict[str, models.Estimate]:
    """Return the last estimate of each policy in force."""
    named = [policy.policy for policy in policies.in_force()]
    found = models.Estimate.objects.filter(kind=KIND, policy__in=named).order_by("policy", "as_of")
    return {estimate.policy: estimate for estimate in found}


def in_force() -> pa.Table:
    """Return one row per policy with the columns FITTED; a horizon without parameters has NULLs."""
    rows = [{"policy": name, **_coefficients(estimate)} for name, estimate in latest().items()]
    return pa.Table.from_pylist(rows, schema=_ARROW)


def _coefficients(estimate: models.Estimate) -> dict[str, float]:
    """Return the coefficients of every horizon that has any, named as the columns."""
    return {
        forms.coefficient(int(horizon), term): value
        for horizon, found in estimate.figures["horizons"].items()
        for term, value in found["coefficients"].items()
        if forms.coefficient(int(horizon), term) in forms.FITTED
    }
