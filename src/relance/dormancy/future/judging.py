"""The judgement: on a period nobody learned from, does the model beat recency, and are its probabilities true?"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from scipy import special

from relance.core.errors import InputError
from relance.dormancy import discrimination
from relance.dormancy.discrimination import Floats
from relance.dormancy.future import forms
from relance.dormancy.future.learning import Rows

LEARN_EACH = 100  # of either outcome, to learn
TEST_EACH = 50  # of either outcome, to measure
PENALTY = 4.0  # ridge on standardised terms beyond recency's: a prior of standard deviation a half
STEADY = 1e-3  # on recency's own, only so that people who all stand at one day make no singular fit
SLOPE = (0.75, 4 / 3)  # of calibration: what is asked of a model


@dataclass(frozen=True)
class Verdict:
    """What was found for one horizon. `basis` is what the probabilities in force come from: model, recency or none."""

    horizon: int
    accepted: bool
    refusal: str
    basis: str
    coefficients: dict[str, float] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)


def judge(horizon: int, learned: Rows, held_out: Rows) -> Verdict:
    """Learn from the one, measure on the other, decide; the parameters in force are then learned from both."""
    counts = {"learned": _count(learned), "tested": _count(held_out)}
    if learned.fewest < LEARN_EACH:
        return _fallback(horizon, "too_few_to_learn", learned.joined(held_out), counts)
    if held_out.fewest < TEST_EACH:
        return _fallback(horizon, "too_few_to_test", learned.joined(held_out), counts)
    try:
        model = said(fit(learned, forms.TERMS), held_out)
        recency = said(fit(learned, forms.RECENCY), held_out)
        figures = counts | measure(held_out.outcomes, model, recency)
    except InputError:
        return _fallback(horizon, "no_fit", learned.joined(held_out), counts)
    refusal = reason(figures)
    if refusal:
        return _fallback(horizon, refusal, learned.joined(held_out), figures)
    return Verdict(horizon, True, "", "model", fit(learned.joined(held_out), forms.TERMS), figures)


def _fallback(horizon: int, refusal: str, everybody: Rows, figures: dict[str, Any]) -> Verdict:
    """Refuse the model; recency's own probability stands in where there are enough people to learn it."""
    if everybody.fewest < LEARN_EACH:
        return Verdict(horizon, False, refusal, "none", figures=figures)
    return Verdict(horizon, False, refusal, "recency", fit(everybody, forms.RECENCY), figures)


def reason(figures: dict[str, Any]) -> str:
    """Return the code of what speaks against the model; empty where nothing does."""
    if figures["auc_difference"]["low"] <= 0:
        return "no_better_than_recency"
    slope = figures["model"]["slope"]["value"]
    return "" if SLOPE[0] <= slope <= SLOPE[1] else "not_calibrated"


def fit(rows: Rows, names: tuple[str, ...]) -> dict[str, float]:
    """Return `intercept` and the coefficient of each term as it stands (0 for those not named or that never vary)."""
    design = rows.of(names)
    centre, spread = design.mean(axis=0), design.std(axis=0)
    varies = spread > discrimination.EDGE
    scaled = (design[:, varies] - centre[varies]) / spread[varies]
    penalty = np.array([STEADY if name in forms.RECENCY else PENALTY for name in names])[varies]
    found, _ = discrimination.logistic(
        np.column_stack([np.ones(len(scaled)), scaled]), rows.outcomes, penalty=np.concatenate([[0.0], penalty])
    )
    slopes = np.zeros(len(names))
    slopes[varies] = found[1:] / spread[varies]
    intercept = float(found[0] - (slopes * centre).sum())
    return {"intercept": intercept, **dict.fromkeys(forms.TERMS, 0.0), **dict(zip(names, slopes.tolist(), strict=True))}


def said(coefficients: dict[str, float], rows: Rows) -> Floats:
    """Return each person's probability."""
    logit = coefficients["intercept"] + rows.terms @ np.array([coefficients[name] for name in forms.TERMS])
    return np.asarray(special.expit(np.clip(logit, -forms.BOUND, forms.BOUND)))


def measure(outcomes: Floats, model: Floats, recency: Floats) -> dict[str, Any]:
    """Return the figures of both on the same people, and their paired differences (model minus recency)."""
    return {
        "model": _quality(outcomes, model),
        "recency": _quality(outcomes, recency),
        "auc_difference": asdict(discrimination.auc_difference(outcomes, model, recency)),
        "brier_difference": asdict(discrimination.mean((model - outcomes) ** 2 - (recency - outcomes) ** 2)),
    }


def _quality(outcomes: Floats, probabilities: Floats) -> dict[str, Any]:
    return {
        "auc": asdict(discrimination.auc(outcomes, probabilities)),
        **asdict(discrimination.calibration(outcomes, probabilities)),
        "brier": asdict(discrimination.brier(outcomes, probabilities)),
        "bins": [asdict(found) for found in discrimination.reliability(outcomes, probabilities)],
    }


def _count(rows: Rows) -> dict[str, int]:
    return {"people": len(rows.outcomes), "turned": int(rows.outcomes.sum())}
