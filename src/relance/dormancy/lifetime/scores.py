"""Each customer of a study: P(alive), expected purchases and value, rank; the fallback's rank where every model was refused."""

from __future__ import annotations

import csv
from pathlib import Path
from uuid import uuid4

import numpy as np

from relance.core.errors import InputError
from relance.dormancy.lifetime import cohort, gamma_gamma
from relance.dormancy.lifetime.fitting import MODELS
from relance.dormancy.lifetime.histogram import Array
from relance.dormancy.lifetime.study import Base, Study

FLOOR_DAYS = 30.0  # a rhythm quicker than this is taken as this
HEADERS = (
    "customer", "frequency", "recency", "T", "monetary_value", "p_alive", "expected_purchases", "expected_spend", "expected_value", "rank",
)  # fmt: skip


def computed(study: Study, horizon: float) -> dict[str, Array]:
    """Return the columns after monetary_value, shape (n,), NaN where nothing may be said; `horizon` in the study's unit."""
    base, nothing = study.base, np.full(len(study.base.x), np.nan)
    if not study.chosen:
        ranks = _ranks(-overdue(base, FLOOR_DAYS / study.unit.days))
        return {
            "p_alive": nothing,
            "expected_purchases": nothing,
            "expected_spend": nothing,
            "expected_value": nothing,
            "rank": ranks,
        }
    model, theta = MODELS[study.chosen], study.judged[study.chosen].whole.theta
    alive = np.where(base.x > 0, model.probability_alive(theta, base.x, base.t_x, base.T), np.nan)
    once = returning(study, horizon)
    purchases = np.where(base.x > 0, model.expected_given(theta, horizon, base.x, base.t_x, base.T), once)
    spend = expected_spend(study)
    value = purchases * spend
    ranks = _ranks(purchases if np.isnan(spend).any() else value)
    return {
        "p_alive": alive,
        "expected_purchases": purchases,
        "expected_spend": spend,
        "expected_value": value,
        "rank": ranks,
    }


def returning(study: Study, horizon: float) -> Array:
    """Return the share of one-time buyers of each customer's age who come back within the horizon (see `cohort.returning`)."""
    days = study.unit.days
    return cohort.returning(study.returns or (), study.base.T * days, horizon * days)


def expected_spend(study: Study) -> Array:
    """Return the expected spend per purchase; the population's mean for who bought once, or everybody where Gamma-Gamma was refused."""
    base, fit = study.base, study.spend
    if fit.refusal or fit.parameters is None:
        return np.full(len(base.x), np.nan if fit.mean_spend is None else fit.mean_spend)
    told = (base.x > 0) & (np.nan_to_num(base.monetary_value) > 0)
    theta = np.array(list(fit.parameters.values()))
    return gamma_gamma.expected_spend(theta, np.where(told, base.x, 0), np.where(told, base.monetary_value, 0))


def overdue(base: Base, floor: float) -> Array:
    """Return the silence over one's own mean interval, at least `floor`; who bought once has the base's median interval."""
    repeat = base.x > 0
    own = np.divide(base.t_x, base.x, out=np.zeros_like(base.x), where=repeat)
    usual = float(np.median(own[repeat])) if repeat.any() else floor
    return np.asarray((base.T - base.t_x) / np.maximum(np.where(repeat, own, usual), floor))


def _ranks(score: Array) -> Array:
    """Return 1 for the highest score; equal scores share the better rank, and no score has none (NaN)."""
    ranks, told = np.full(len(score), np.nan), ~np.isnan(score)
    _, place, counts = np.unique(-score[told], return_inverse=True, return_counts=True)
    ranks[told] = (np.cumsum(counts) - counts + 1)[place.ravel()]
    return ranks


def write(study: Study, path: Path, horizon: float) -> int:
    """Write a row per customer, at once or not at all; return how many."""
    found, base = computed(study, horizon), study.base
    draft = path.with_name(f"{path.name}.{uuid4().hex}.draft")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADERS)
            columns = (base.x, base.t_x, base.T, base.monetary_value, *(found[name] for name in HEADERS[5:]))
            for customer, *values in zip(base.customer, *(column.tolist() for column in columns), strict=True):
                writer.writerow([customer, *("" if value != value else f"{value:.10g}" for value in values)])
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InputError(f"{path} cannot be written: {error.strerror}. Name a file in a folder that exists.") from error
    return len(base.x)
