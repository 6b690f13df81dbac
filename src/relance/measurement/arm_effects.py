"""Effects between two arms of people given as columns, with the intervals used everywhere."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, TypeAlias

import numpy as np

from relance.dormancy.reactivity.evaluation import TENTHS, Evaluation
from relance.dormancy.reactivity.reading import Bools, Floats
from relance.measurement import intervals, money_intervals

Document: TypeAlias = dict[str, Any]


def evaluated(found: Evaluation, treated: Bools, outcome: Floats) -> Document:
    """Return an evaluation of a given score as plain values."""
    both = not treated.all()
    tenths = [(found.tenth == n) for n in range(TENTHS)]
    return {
        "qini" if both else "gain": asdict(found.qini),
        "above_random": found.qini.above_zero,
        "effect": effect(treated, outcome) if both else None,
        "deciles": [
            {"decile": n + 1, **(effect(treated[rows], outcome[rows]) if both else side(outcome[rows]))}
            for n, rows in enumerate(tenths)
        ],
        "curve": [{"share": share, "gain": gain} for share, gain in found.curve],
    }


def effect(treated: Bools, outcome: Floats) -> Document:
    """Return both arms and their difference with its interval: score interval for rates; for amounts, none where too few have one."""
    one, other = outcome[treated], outcome[~treated]
    found: Document = {"treated": side(one), "control": side(other), "difference": None, "interval": None}
    if not len(one) or not len(other):
        return found
    found["difference"] = float(one.mean() - other.mean())
    if _rates(outcome):
        limits = intervals.difference(int(one.sum()), len(one), int(other.sum()), len(other))
        return found | {"interval": [limits.low, limits.high]}
    paid, unpaid = one[one != 0], other[other != 0]
    if not money_intervals.enough(len(paid), len(one), len(unpaid), len(other)):
        return found
    limits = money_intervals.mean_difference(paid, len(one), unpaid, len(other))
    return found | {"interval": [limits.low, limits.high]}


def side(outcome: Floats) -> Document:
    """Return one arm: people, outcomes and their mean, with the exact interval where it is a rate."""
    people, total = len(outcome), float(outcome.sum())
    found: Document = {
        "people": people,
        "outcomes": total,
        "mean": total / people if people else None,
        "interval": None,
    }
    if people and _rates(outcome):
        limits = intervals.exact(int(total), people)
        found["interval"] = [limits.low, limits.high]
    return found


def _rates(outcome: Floats) -> bool:
    return bool(np.isin(outcome, (0.0, 1.0)).all())
