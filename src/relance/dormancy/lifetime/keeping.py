"""The lifetime model of the base's own people: fitted once a week while they are scored, kept as an Estimate.

BG/NBD and MBG/NBD only: their gradients are analytic, so that a million people take well under a second; Pareto/NBD is for
`relance lifetime fit`. Verified on purchases after a calibration period; refused, the ranking falls back on recency.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa

from relance.core.errors import InputError
from relance.dormancy.features import days_between
from relance.dormancy.lifetime import cohort, fitting, forms, refusals, series, spend, study
from relance.dormancy.lifetime.fitting import MODELS, Fit
from relance.dormancy.lifetime.gamma_gamma import Spends
from relance.dormancy.lifetime.histogram import GROUPS, ORIGIN, Histogram, cells, of_cells
from relance.dormancy.lifetime.holdout import Heldout
from relance.dormancy.lifetime.spend import SpendFit
from relance.dormancy.models import Estimate
from relance.events.schemas import PURCHASES
from relance.rules import moments

KIND = "lifetime"
EVERY = timedelta(days=7)
KEPT_MODELS = ("bg_nbd", "mbg_nbd")
SAMPLE = 50_000  # buyers the held-out period is measured on
ACCURATE = 1e-6

_FEATURE = {
    "purchase_days": "int64", "first_purchase_at": "timestamp('UTC')", "last_purchase_at": "timestamp('UTC')",
}  # fmt: skip
# Spends to within 1 %: a cell of equal purchase days and nearly equal mean spend stands for its customers.
_SPENDS = """
    SELECT n, avg(mean), count(*) FROM (
        SELECT purchase_days AS n, ((coalesce(gross_revenue, 0) - coalesce(refunded, 0)) / purchase_days)::DOUBLE AS mean
        FROM feature WHERE purchase_days > 1)
    WHERE mean > 0 GROUP BY n, round(ln(mean) * 50) ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Parameters:
    """A model in force: its parameters per day; p, q, gamma None where Gamma-Gamma was refused; `mean_spend` per purchase day."""

    model: str
    values: dict[str, float]
    p: float | None
    q: float | None
    gamma: float | None
    mean_spend: float | None


def refresh(con: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Fit again where the last estimate is a week old or missing.

    Histories that contradict themselves are a refusal, kept with what is wrong. Reads the relation `feature`; the view
    `events`, where there is one, gives the held-out period, and without one nothing is accepted.
    """
    if not due(now):
        return
    try:
        accepted, refusal, figures = _estimated(con, now)
    except InputError as error:  # people are scored all the same, without the model
        accepted, refusal, figures = False, "history_unreadable", {"error": str(error)}
    Estimate.objects.update_or_create(
        kind=KIND, policy="", as_of=now, defaults={"accepted": accepted, "refusal": refusal, "figures": figures}
    )


def due(now: datetime) -> bool:
    """Tell whether the last estimate is a week old or missing."""
    last = latest()
    return last is None or not now - EVERY < last.as_of <= now


def latest() -> Estimate | None:
    """Return the last estimate, accepted or not."""
    return Estimate.objects.filter(kind=KIND, policy="").order_by("-as_of").first()


def parameters() -> Parameters | None:
    """Return what is in force; None where nothing was fitted or the last fit was refused."""
    last = latest()
    return Parameters(**last.figures["in_force"]) if last is not None and last.accepted else None


def fitted() -> pa.Table:
    """Return the one row of the table `fitted` that `forms.lifetime` reads; all NULL where nothing is in force."""
    row: dict[str, Any] = dict.fromkeys(forms.FITTED.names)
    if (found := parameters()) is not None:
        row |= {key: value for key, value in asdict(found).items() if key != "values"} | found.values
    return pa.Table.from_pylist([row], schema=forms.FITTED.to_pyarrow())


def returns() -> pa.Table:
    """Return the rows of the table `returns` that `forms.lifetime` reads: the cohort's curve kept with the fit, by days of age."""
    last = latest()
    kept = (last.figures.get("one_time_buyers") or {}) if last is not None and last.accepted else {}
    curve = [cohort.Return(**one) for one in kept.get("returns", ())]
    ages = np.arange(int(curve[-1].month * cohort.MONTH) + 1 if curve else 0)
    shares = cohort.returning(curve, ages, forms.HORIZON)
    told = ~np.isnan(shares)
    return pa.table([ages[told], shares[told]], schema=forms.RETURNS.to_pyarrow())


def _estimated(con: duckdb.DuckDBPyConnection, now: datetime) -> tuple[bool, str, dict[str, Any]]:
    """Return whether a model is accepted, else the code of the reason, and the figures."""
    whole = _histogram(con, now)
    if refusal := refusals.of_base(whole):
        return False, refusal, {"customers": whole.total, "repeat_buyers": whole.repeat_buyers}
    money = _spend(con)
    split, returns = _history(con, now)
    judged = {name: _judged(name, whole, split) for name in KEPT_MODELS}
    figures: dict[str, Any] = {
        "models": {name: one.plain() for name, one in judged.items()},
        "gamma_gamma": money.plain(),
        "one_time_buyers": returns,
    }
    chosen = min((n for n, one in judged.items() if not one.refusal), key=lambda n: judged[n].whole.aic, default="")
    if not chosen:
        return False, next(iter(judged.values())).refusal, figures
    return True, "", figures | {"in_force": asdict(_in_force(judged[chosen].whole, money))}


@dataclass(frozen=True)
class _Later:
    history: Histogram
    held: Heldout


def _judged(name: str, whole: Histogram, split: _Later | None) -> study.Judged:
    if split is None:
        found = fitting.fit(MODELS[name], whole)
        return study.Judged(found, found, None, refusals.of_fit(found) or "not_verified")
    judged = study.judge(name, split.history, whole, split.held)
    refusal = judged.refusal or ("" if form_error(judged.whole) < ACCURATE else "inexact_form")
    return study.Judged(judged.fit, judged.whole, judged.held_out, refusal)


def form_error(fit: Fit) -> float:
    """Return the relative error of the closed form's series at its worst: a first purchase today."""
    r, alpha, a, b = fit.theta
    shift = 1 if fit.model == "bg_nbd" else 0
    return series.truncation(a + b - shift - r, a, a + b - shift, forms.HORIZON / (alpha + forms.HORIZON), forms.TERMS)


def _in_force(fit: Fit, money: SpendFit) -> Parameters:
    shape = money.parameters if money.parameters and not money.refusal else dict.fromkeys(("p", "q", "gamma"))
    return Parameters(fit.model, fit.parameters, shape["p"], shape["q"], shape["gamma"], money.mean_spend)


@cache
def _cells() -> str:
    """Return the query of the histogram, the instant still named."""
    feature = ibis.table(_FEATURE, name="feature")
    bought = feature.filter(feature.purchase_days > 0)
    person = bought.mutate(
        frequency=bought.purchase_days - 1,
        recency=days_between(bought.first_purchase_at, bought.last_purchase_at),
        T=days_between(bought.first_purchase_at, moments.now()),
    )
    return str(ibis.to_sql(cells(person, grouped=True), dialect="duckdb"))


def _histogram(con: duckdb.DuckDBPyConnection, now: datetime) -> Histogram:
    return of_cells(con.execute(moments.fill(_cells(), now)).fetchnumpy())


def _spend(con: duckdb.DuckDBPyConnection) -> SpendFit:
    rows = np.array(con.execute(_SPENDS).fetchall(), dtype=float).reshape(-1, 3)
    return spend.fit(Spends(rows[:, 0], rows[:, 1], rows[:, 2]))


def _history(con: duckdb.DuckDBPyConnection, now: datetime) -> tuple[_Later | None, dict[str, Any] | None]:
    """Return the buyers of a sample as of a third of the history ago (90 days at most) with what they bought since, and the
    curve of second purchases by months since the first; nothing without a view of events."""
    if not con.execute("SELECT 1 FROM information_schema.tables WHERE table_name = 'events'").fetchone():
        return None, None
    (buyers,) = con.execute("SELECT count(*) FROM feature WHERE purchase_days > 0").fetchone() or (0,)
    kinds = ", ".join(f"'{kind}'" for kind in PURCHASES)
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE purchase AS
        SELECT contact_id AS customer, occurred_at::DATE AS day, NULL::DOUBLE AS spend FROM events
        WHERE type IN ({kinds}) AND occurred_at <= TIMESTAMPTZ '{now.isoformat()}' AND hash(contact_id) % {-(-buyers // SAMPLE)} = 0
        GROUP BY ALL
        """
    )
    try:
        first, last = con.execute("SELECT min(day), max(day) FROM purchase").fetchone() or (None, None)
        return (None, None) if first is None else (_later(con, first, last), _returns(con, last))
    finally:
        con.execute("DROP TABLE purchase")


def _returns(con: duckdb.DuckDBPyConnection, last: date) -> dict[str, Any]:
    """Return how many of the sample bought once only, and the curve of those who came back by months since the first purchase."""
    (once,) = con.execute(
        "SELECT count(*) FROM (FROM purchase SELECT customer GROUP BY 1 HAVING count(*) = 1)"
    ).fetchone() or (0,)
    return {"customers": once, "returns": [asdict(one) for one in study.returns_of(con, last)]}


def _later(con: duckdb.DuckDBPyConnection, first: date, last: date) -> _Later | None:
    length = min(forms.HORIZON, (last - first).days // 3)
    if length < study.SHORTEST:
        return None
    split = last - timedelta(days=length)
    history = study.base_of(con, study.history(split), 1.0).histogram.grouped(GROUPS, ORIGIN)
    return None if refusals.of_base(history) else _Later(history, study.held_of(con, split, last, 1.0))
