"""All models on one base: fitted, judged on what came after, one chosen or every one refused with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np

from relance.core.errors import InputError
from relance.dormancy.lifetime import cohort, fitting, histogram, holdout, refusals, spend
from relance.dormancy.lifetime.fitting import MODELS, Fit
from relance.dormancy.lifetime.gamma_gamma import Spends
from relance.dormancy.lifetime.histogram import UNITS, Array, Histogram
from relance.dormancy.lifetime.holdout import Heldout
from relance.dormancy.lifetime.spend import SpendFit

UNIT_NAMES = {"en": {"days": "days", "weeks": "weeks"}, "fr": {"days": "jours", "weeks": "semaines"}}
UNIT_NOTES = {
    "dates": {"en": "Times are in {}, from the file’s dates.", "fr": "Les temps sont en {}, d’après les dates du fichier."},
    "said": {"en": "Ages in the file are in {}, as asked.", "fr": "Les âges du fichier sont en {}, comme demandé."},
    "assumed": {
        "en": "The file does not say whether its ages are days or weeks: {} are assumed. Otherwise say --unit.",
        "fr": "Le fichier ne dit pas si ses âges sont en jours ou en semaines : on suppose des {}. Sinon, précisez --unit.",
    },
}  # fmt: skip
SHORTEST = 28  # days of a held-out period
_ROUNDED = 0.036  # days: half a hundredth of a week, and a little
STEPS = 20  # instants of the plot over time


@dataclass(frozen=True)
class Base:
    """Customers as of one day: a row each, shape (n,). `monetary_value`: mean spend of the repeat purchases, NaN where unknown."""

    customer: Sequence[str]
    x: Array
    t_x: Array
    T: Array
    monetary_value: Array

    @property
    def histogram(self) -> Histogram:
        """Return the customers counted."""
        return histogram.counted(self.x, self.t_x, self.T)

    @property
    def spends(self) -> Spends:
        """Return the repeat buyers whose mean spend is above zero."""
        told = (self.x > 0) & (np.nan_to_num(self.monetary_value) > 0)
        return Spends(self.x[told], self.monetary_value[told], np.ones(int(told.sum())))


@dataclass(frozen=True)
class Judged:
    """One model's fit and what was found of it; `whole` is the same model on the whole history, where that is longer."""

    fit: Fit
    whole: Fit
    held_out: dict[str, Any] | None
    refusal: str

    @property
    def beside_recency(self) -> dict[str, str] | None:
        """Return how it ranks beside recency: code, and the sentence in both languages; None where nothing was measured."""
        if self.held_out is None:
            return None
        code = holdout.beside_recency(self.held_out)
        return {"code": code, **refusals.RANKINGS[code]}

    def plain(self) -> dict[str, Any]:
        """Return the figures as JSON takes them."""
        return {
            "accepted": not self.refusal, "refusal": self.refusal, "reason": refusals.said(self.refusal), **self.fit.plain(),
            "held_out": self.held_out, "beside_recency": self.beside_recency,
            "whole_history": None if self.whole is self.fit else self.whole.plain(),
        }  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """A unit of time and where it comes from: `dates`, `said` by who asks, or `assumed`, since a summary does not tell."""

    name: str
    source: str

    @property
    def days(self) -> float:
        """Return its length."""
        return UNITS[self.name]

    def plain(self) -> dict[str, Any]:
        """Return it as JSON takes it, with what is to be said of it in both languages."""
        note = {
            language: said.format(UNIT_NAMES[language][self.name]) for language, said in UNIT_NOTES[self.source].items()
        }
        return {"unit": self.name, "unit_source": self.source, "unit_note": note}


@dataclass(frozen=True)
class Study:
    """What the models say of a base; `chosen` is empty where every one was refused."""

    unit: Unit
    base: Base
    refusal: str
    judged: dict[str, Judged]
    spend: SpendFit
    chosen: str
    until: date | None
    last: date | None
    returns: list[cohort.Return] | None

    def plain(self) -> dict[str, Any]:
        """Return everything as JSON takes it."""
        return {
            "accepted": bool(self.chosen), "model": self.chosen or None, "chosen_by": "aic" if self.chosen else None,
            "refusal": self.refusal, "reason": refusals.said(self.refusal),
            "ranking": "expected_value" if self.chosen else "recency_against_own_cadence",
            "verified": any(one.held_out for one in self.judged.values()),
            **self.unit.plain(), "calibrated_until": self.until, "last_date": self.last,
            "customers": len(self.base.x), "repeat_buyers": int((self.base.x > 0).sum()),
            "models": {name: one.plain() for name, one in self.judged.items()}, "gamma_gamma": self.spend.plain(),
            "one_time_buyers": {
                "customers": int((self.base.x == 0).sum()), "p_alive": None, "expected_spend": "population mean",
                "returns": None if self.returns is None else [asdict(one) for one in self.returns],
            },
        }  # fmt: skip


def of_summaries(con: duckdb.DuckDBPyConnection, models: Sequence[str], unit: str = "") -> Study:
    """Study the table `summary`; without dates nothing is held out, so a fit is judged on itself alone. No unit: it is guessed."""
    base = base_of(con, 'SELECT customer, frequency, recency, "T", monetary_value FROM summary', 1.0)
    found = Unit(unit, "said") if unit else Unit("weeks" if _sevenths(base) else "days", "assumed")
    return _study(_Split(base, base, None, None, None), models, found, None)


def _sevenths(base: Base) -> bool:
    """Tell whether ages are broken, and always at sevenths: days that were divided into weeks, perhaps rounded to two digits."""
    ages = np.concatenate([base.t_x, base.T])
    days = ages * UNITS["weeks"]
    return bool((ages != np.round(ages)).any() and (np.abs(days - np.round(days)) < _ROUNDED).all())


def of_purchases(con: duckdb.DuckDBPyConnection, models: Sequence[str], unit: str, until: date | None) -> Study:
    """Study the table `purchase`: fit until a day (default: two thirds of the history), measure after it, fit on the whole."""
    first, last = con.execute("SELECT min(day), max(day) FROM purchase").fetchone() or (None, None)
    if until is not None and not first < until <= last:
        raise InputError(f"--until {until}: purchases run from {first} to {last}. Name a day between them.")
    if until is not None and (last - until).days < SHORTEST:
        raise InputError(
            f"--until {until}: purchases end on {last}, {(last - until).days} days later, and {SHORTEST} are the least to measure a "
            f"model on. Name {last - timedelta(days=SHORTEST)} or an earlier day, or leave --until out."
        )
    split = until or first + timedelta(days=round((last - first).days * 2 / 3))
    per = UNITS[unit]
    whole, held = base_of(con, history(last), per), None
    calibrated = whole
    if (last - split).days >= SHORTEST:
        calibrated, held = base_of(con, history(split), per), held_of(con, split, last, per)
    told = None if held is None else split
    return _study(_Split(calibrated, whole, held, told, last), models, Unit(unit, "dates"), returns_of(con, last))


@dataclass(frozen=True)
class _Split:
    """A base at the end of calibration and at the last day."""

    calibrated: Base
    whole: Base
    held: Heldout | None
    until: date | None
    last: date | None


def _study(split: _Split, models: Sequence[str], unit: Unit, returns: list[cohort.Return] | None) -> Study:
    h, whole = split.calibrated.histogram, split.whole.histogram
    refusal = refusals.of_base(h)
    judged = {} if refusal else {name: judge(name, h, whole if split.held else h, split.held) for name in models}
    accepted = [name for name, one in judged.items() if not one.refusal]
    chosen = min(accepted, key=lambda name: judged[name].fit.aic, default="")
    money = spend.fit(split.calibrated.spends)
    return Study(unit, split.whole, refusal, judged, money, chosen, split.until, split.last, returns)


def judge(name: str, h: Histogram, whole: Histogram, held: Heldout | None) -> Judged:
    """Return the model fitted until the end of calibration and on the whole, and what speaks against it."""
    found = fitting.fit(MODELS[name], h)
    again = found if whole is h else fitting.fit(MODELS[name], whole)
    refusal = refusals.of_fit(found) or refusals.of_fit(again)
    measures = holdout.measured(found, held) if held and not refusal else None
    if held and not refusal:
        refusal = holdout.refused(measures)
    return Judged(found, again, measures, refusal)


def history(until: date) -> str:
    """Return the query of customers as of a day, ages in days; the first day's spend is not in the mean (Fader and Hardie 2013)."""
    return f"""
        SELECT customer, count(*) - 1, max(day) - first, DATE '{until}' - first, avg(spend) FILTER (day > first)
        FROM (SELECT *, min(day) OVER (PARTITION BY customer) AS first FROM purchase WHERE day <= DATE '{until}')
        GROUP BY customer, first ORDER BY customer
    """


def base_of(con: duckdb.DuckDBPyConnection, query: str, per: float) -> Base:
    """Return the rows of a query (customer, x, t_x, T, mean spend), ages divided by `per`."""
    found = con.execute(query).to_arrow_table()
    customer, *numbers = (found.column(n) for n in range(5))
    x, t_x, age, money = (
        np.asarray(column.cast("float64").to_numpy(zero_copy_only=False), dtype=float) for column in numbers
    )
    return Base(customer.to_pylist(), x, t_x / per, age / per, money)


def held_of(con: duckdb.DuckDBPyConnection, split: date, last: date, per: float) -> Heldout:
    """Return what the customers of the calibration period bought after it, by history."""
    found = con.execute(
        f"""
        SELECT x, t_x, age, bought, count(*) FROM (
            SELECT count(*) FILTER (day <= DATE '{split}') - 1 AS x, max(day) FILTER (day <= DATE '{split}') - min(day) AS t_x,
                   DATE '{split}' - min(day) AS age, count(*) FILTER (day > DATE '{split}') AS bought
            FROM purchase GROUP BY customer HAVING min(day) <= DATE '{split}')
        GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    x, t_x, age, bought, customers = (np.array(column, dtype=float) for column in zip(*found, strict=True))
    length = (last - split).days
    after = np.unique(np.linspace(0, length, STEPS + 1)[1:].astype(int))
    days = con.execute(
        f"SELECT day - DATE '{split}' FROM purchase SEMI JOIN (SELECT customer FROM purchase WHERE day <= DATE '{split}') USING (customer) "
        f"WHERE day > DATE '{split}'"
    ).fetchnumpy()
    later = np.sort(np.asarray(next(iter(days.values())), dtype=float))
    history = Histogram(x, t_x / per, age / per, customers)
    return Heldout(
        history, bought, length / per, after / per, np.searchsorted(later, after, side="right").astype(float)
    )


def returns_of(con: duckdb.DuckDBPyConnection, last: date) -> list[cohort.Return]:
    """Return the curve of second purchases by months since the first."""
    found = con.execute(
        f"""
        SELECT coalesce(second, DATE '{last}') - first, second IS NOT NULL, DATE '{last}' - first, count(*)
        FROM (SELECT min(day) AS first, min(day, 2)[2] AS second FROM purchase GROUP BY customer) GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    waited, returned, known, customers = zip(*found, strict=True)
    return cohort.curve(waited, returned, customers, known=known)
