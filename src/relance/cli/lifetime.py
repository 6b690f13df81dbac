"""`relance lifetime fit`: lifetime models on any file of customers or purchases."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from relance.cli import face
from relance.cli.clock import AsOf, instant, local
from relance.cli.imports import Dates, DecimalMark, pairs
from relance.cli.tables import Grid
from relance.core.errors import InputError
from relance.dormancy.lifetime import fitting, forms, reading, refusals, scores, study
from relance.dormancy.lifetime.study import Judged, Study
from relance.intake.options import Options

MONTHS = frozenset({1, 2, 3, 6, 9, 12, 18, 24, 36})  # of the cohort's curve: those printed; JSON has all
app = typer.Typer(help="Lifetime models: who is still a customer, what they will buy.", no_args_is_help=True)
File = Annotated[
    Path,
    typer.Argument(help="CSV of frequency, recency, T[, monetary_value], or of purchases: customer, date[, amount]."),
]
Map = Annotated[list[str], typer.Option("--map", metavar="COLUMN=FIELD", help="What a column is; repeatable.")]
Model = Annotated[
    Literal["all", "bg_nbd", "mbg_nbd", "pareto_nbd"],
    typer.Option("--model", help="Which model; all: the accepted one of lowest AIC."),
]
Unit = Annotated[
    Literal["days", "weeks", ""],
    typer.Option(
        "--unit",
        help="days or weeks: unit of the answer, and of ages in the file; default: days, or what such ages look like.",
    ),
]
Until = Annotated[str, typer.Option("--until", help="Last day of calibration; default: after two thirds.")]
Horizon = Annotated[
    float, typer.Option("--horizon", help="How far ahead --score looks, in the unit; default: 90 days.")
]
Score = Annotated[Path | None, typer.Option("--score", help="Write a CSV with a row per customer.")]


@app.command()
def fit(  # noqa: PLR0913
    file: File, model: Model = "all", unit: Unit = "", until: Until = "", horizon: Horizon = 0.0, score: Score = None,
    columns: Map = [], dates: Dates = "", decimal: DecimalMark = "", as_of: AsOf = None, json: face.Json = False,  # noqa: B006
) -> None:  # fmt: skip
    """Fit, judge and measure lifetime models; a model that does not fit is refused with its reason."""
    options = Options(columns=pairs(columns), dates=dates, decimal=decimal)
    _check(horizon)
    models = tuple(fitting.MODELS) if model == "all" else (model,)
    today = local(instant(as_of)).date()
    with reading.opened(file, options, today) as brought:
        if brought.purchases:
            found = study.of_purchases(brought.con, models, unit or "days", _day(until))
        elif until:
            raise InputError("--until needs purchases with dates; this file has one line per customer. Leave it out.")
        else:
            found = study.of_summaries(brought.con, models, unit)
        kind = "purchases" if brought.purchases else "summaries"
        about = {"file": file.name, "kind": kind, "columns": brought.columns, "rows": brought.counts}
        if left := brought.counts.get("after_today"):
            about["after_today_note"] = reading.after_today(left, today)

    ahead = horizon or forms.HORIZON / found.unit.days
    written = scores.write(found, score, ahead) if score else 0
    answer = {**about, "horizon": ahead, "horizon_days": ahead * found.unit.days, **found.plain()} | (
        {"scored": written, "score_file": str(score)} if score else {}
    )
    face.answer(answer, json=json, text=lambda console: _print(console, found, answer))


def _check(horizon: float) -> None:
    if not 0 <= horizon < float("inf"):
        raise InputError(f"--horizon {horizon:g}: write a number of days (of weeks with --unit weeks) above 0.")


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise InputError(f"--until {written}: not a day. Write it as 2026-07-27.") from None


def _print(console: Console, found: Study, answer: dict[str, Any]) -> None:
    console.print(found.unit.plain()["unit_note"]["en"])
    if "after_today_note" in answer:
        console.print(answer["after_today_note"]["en"])
    headers = ("model", "log-likelihood", "parameters", "AUC", "of recency", "verdict")
    console.print(Grid(headers, [_model(name, one) for name, one in found.judged.items()]))
    console.print()
    for code in dict.fromkeys([found.refusal, *(one.refusal for one in found.judged.values()), found.spend.refusal]):
        if code:
            console.print(f"{code}: {refusals.said(code)['en']}")
    if found.chosen and (beside := found.judged[found.chosen].beside_recency):
        console.print(f"{beside['code']}: {beside['en']}")
    console.print(
        f"Chosen: {found.chosen}." if found.chosen else "No model accepted: rank by recency against one's own cadence."
    )
    _print_returns(console, found)
    if "scored" in answer:
        console.print(f"{answer['scored']:,} customers written to {answer['score_file']}.")


def _model(name: str, one: Judged) -> tuple[str, ...]:
    """Return a model's line: what was fitted, how it ranks beside recency, whether it is accepted."""
    measure = one.held_out["auc"] if one.held_out else None
    fitted = " ".join(f"{key} {value:.4g}" for key, value in one.fit.parameters.items())
    ranks = (f"{measure['model']:.3f}", f"{measure['recency']:.3f}") if measure else ("", "")
    return (name, f"{one.fit.log_likelihood:,.1f}", fitted, *ranks, (one.refusal or "accepted").replace("_", " "))


def _print_returns(console: Console, found: Study) -> None:
    """Print what is said of who bought once: not a chance of her own, but how many of the cohort came back, and when."""
    once = int((found.base.x == 0).sum())
    if not once:
        return
    if not found.returns:
        why = "the file has no dates" if found.returns is None else "too few were watched for a month"
        console.print(f"{once:,} customers bought once; how many come back cannot be told: {why}.")
        return
    shown = [one for one in found.returns if one.month in MONTHS or one is found.returns[-1]]
    rows = [(f"{r.month}", f"{r.share:.1%}", f"{r.low:.1%} to {r.high:.1%}", f"{r.at_risk:,}") for r in shown]
    headers = ("months after the first purchase", "came back", "95% interval", "still watched")
    console.print()
    console.print(Grid(headers, rows, title=f"Bought again, of all first purchases ({once:,} customers have only one)"))
    console.print()
