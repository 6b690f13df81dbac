"""What a journey's groups can show, before it starts, and the rate at which people come back by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from scipy.optimize import brentq

from relance.core.durations import Duration
from relance.core.errors import InputError
from relance.events import engine
from relance.measurement.intervals import Z
from relance.measurement.outcomes import STANDARD

POWER_Z = 0.8416212335729143  # power of 80 %


@dataclass(frozen=True)
class Sensitivity:
    """The smallest effect that two groups show four times in five, if it is there; None where none is."""

    treated: int
    control: int
    base_rate: float
    effect: float | None


def smallest_effect(treated: int, control: int, base_rate: float) -> float | None:
    """Return the smallest rise over `base_rate` found with power 80 % by a two-sided test at 5 %.

    J. L. Fleiss, B. Levin and M. C. Paik, Statistical Methods for Rates and Proportions, 3rd edition (2003),
    chapter 4, without continuity correction: the equation for the sample sizes, solved for the effect.
    """
    if not 0 <= base_rate <= 1:
        raise InputError(f"The base rate {base_rate} is no rate. Give a number from 0 to 1, such as 0.02.")
    if treated < 1 or control < 1:
        return None

    def lacking(effect: float) -> float:
        raised = base_rate + effect
        pooled = (treated * raised + control * base_rate) / (treated + control)
        doubt = Z * sqrt(pooled * (1 - pooled) * (1 / treated + 1 / control))
        spread = sqrt(raised * (1 - raised) / treated + base_rate * (1 - base_rate) / control)
        return effect - doubt - POWER_Z * spread

    most, least = 1 - base_rate, 1e-9  # no effect at all solves the equation at a base rate of 0, and is no answer
    if most <= least or lacking(most) < 0:
        return None
    return float(brentq(lacking, least, most, xtol=1e-9))


def returning(
    now: datetime, *, silent: Duration, within: Duration, types: Sequence[str] = STANDARD["order"]
) -> tuple[int, int]:
    """Return how many did one of `types` in the last `within` after a silence of `silent`, and of how many such people.

    It is the base rate that a control group of such people can be expected to show. Who never did any is not counted.
    """
    start = within.before(now)
    with engine.reading(types=types) as con:
        row = con.execute(
            """
            SELECT count(*) FILTER (WHERE came_back), count(*)
            FROM (
                SELECT max(occurred_at) FILTER (WHERE occurred_at <= $start) AS last_before,
                       count(*) FILTER (WHERE occurred_at > $start) > 0 AS came_back
                FROM events
                WHERE list_contains($types, type) AND occurred_at <= $now
                GROUP BY contact_id
            ) WHERE last_before <= $silent_since
            """,
            {"start": start, "now": now, "silent_since": silent.before(start), "types": list(types)},
        ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)
