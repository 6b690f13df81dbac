"""`relance reactivity`: who comes back because of a message, on any CSV or on the base's own past sends."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from relance.cli import face
from relance.cli.clock import AsOf, instant
from relance.cli.tables import Grid
from relance.core.errors import InputError
from relance.dormancy.reactivity import arms, evaluation, kept, reading, scores
from relance.dormancy.reactivity.effort import Effort
from relance.dormancy.reactivity.preparation import Question, prepare
from relance.measurement import arm_effects

app = typer.Typer(help="Reactivity: who comes back because of a message.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="CSV with a header, also .gz.")]
Outcome = Annotated[str, typer.Option("--outcome", help="Column of what people did afterwards: 0 and 1, or an amount.")]
Treatment = Annotated[
    str, typer.Option("--treatment", help="Column that tells who got the message; none: everybody did.")
]
Treated = Annotated[str, typer.Option("--treated", help="Its value of those who got it.")]
Control = Annotated[str, typer.Option("--control", help="Its value of those kept without it.")]
Columns = Annotated[list[str] | None, typer.Option()]
Resamples = Annotated[int, typer.Option("--resamples", min=100, max=100_000, help="Resamples of the bootstrap.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of all chance.")]


@app.command()
def fit(  # noqa: PLR0913 - one parameter per option
    file: File,
    outcome: Outcome,
    treatment: Treatment = "",
    treated: Treated = "",
    control: Control = "",
    value: Annotated[str, typer.Option("--value", help="Column of money, or what one outcome is worth.")] = "",
    cost: Annotated[float | None, typer.Option("--cost", help="What one message costs, complaints included.")] = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", help="Column to learn nothing from; may be repeated.")] = None,
    keep: Annotated[list[str] | None, typer.Option("--keep", help="Column to learn from whatever it looks like.")] = None,
    recency: Annotated[str, typer.Option("--recency", help="Column of time since the last purchase, to compare with.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="File to keep the model in, as JSON.")] = None,
    folds: Annotated[int, typer.Option("--folds", min=2, max=20, help="Parts of the cross-validation.")] = 5,
    repeats: Annotated[int, typer.Option("--repeats", min=1, max=100, help="Repetitions of the cross-validation.")] = 5,
    resamples: Resamples = 1000,
    seed: Seed = 1,
    json: face.Json = False,
) -> None:  # fmt: skip
    """Learn who comes back because of a message, and say whether that can be told at all."""
    from relance.dormancy.reactivity import (
        study,  # scikit-learn: neither there on a plain installation, nor quick to load
    )
    from relance.measurement import reactivity

    question = Question(
        outcome, treatment, treated, control, value, cost, tuple(ignore or ()), tuple(keep or ()), recency
    )
    prepared = prepare(reading.read(file), question)
    found = study.study(prepared, question, Effort(folds, repeats, resamples, seed), reactivity.limits)
    if out is not None:
        kept.write(found.model, out)
    answer = reactivity.document(prepared, found) | {"model": None if out is None else str(out)}
    face.answer(answer, json=json, text=lambda console: _print_study(console, answer))


@app.command()
def score(
    file: File,
    model: Annotated[Path, typer.Option("--model", help="Model that `reactivity fit --out` kept.")],
    out: Annotated[Path | None, typer.Option("--out", help="CSV to write the scores to.")] = None,
    json: face.Json = False,
) -> None:
    """Score people with a kept model: response, uplift where it may be spoken of, expected value, whom to mail."""
    from relance.measurement import reactivity  # scikit-learn, as above

    learned, table = kept.read(model), reading.read(file, least=1)
    found = scores.score(learned, table)
    if out is not None:
        kept.replace(out, scores.as_csv(learned, table, found))
    answer = {
        "rows": table.rows, "verdict": learned.verdict, "out": None if out is None else str(out),
        "mail": None if found.mail is None else int(found.mail.sum()), "decision": learned.decision or None,
        **{name: _spread(values) for name, values in _columns(found).items()},
    } | reactivity.too_large(table.too_large)  # fmt: skip
    face.answer(answer, json=json, text=lambda console: _print_scores(console, answer))


@app.command()
def evaluate(  # noqa: PLR0913 - one parameter per option
    file: File,
    outcome: Outcome,
    score: Annotated[str, typer.Option("--score", help="Column of the score; the highest are mailed first.")],
    treatment: Treatment = "",
    treated: Treated = "",
    control: Control = "",
    resamples: Resamples = 1000,
    seed: Seed = 1,
    json: face.Json = False,
) -> None:
    """Measure any score: its Qini with interval, and the effect in each tenth of its ranking."""
    table = reading.read(file)
    done = arms.amounts(table.column(outcome), "outcome")
    split = arms.arms(table.column(treatment), treated, control) if treatment else arms.everybody(table.rows)
    rows = split.kept & ~np.isnan(done)
    if not rows.any():
        raise InputError(f"No row of {file} has both an arm and an outcome.")
    given = scores.given(table.take(rows), score)
    found = evaluation.evaluate(given, split.treated[rows], done[rows], Effort(resamples=resamples, seed=seed))
    answer = {"people": int(rows.sum()), "left_out": int((~rows).sum()), "score": score}
    answer |= arm_effects.evaluated(found, split.treated[rows], done[rows])
    answer |= {"too_large": table.too_large} if table.too_large else {}
    face.answer(answer, json=json, text=lambda console: _print_evaluation(console, answer))


@app.command()
def learn(
    journey: Annotated[
        str, typer.Argument(help="Journey whose past entries, with their control group, are learned from.")
    ],
    as_of: AsOf = None,
    json: face.Json = False,
) -> None:
    """Learn from a journey's own past sends and keep what was found; people who object to profiling are left out."""
    from relance.measurement import past_sends

    answer = past_sends.learn(journey, instant(as_of))
    face.answer(answer, json=json, text=lambda console: _print_study(console, answer))


def _columns(found: scores.Scores) -> dict[str, reading.Floats]:
    columns = {"response": found.response, "expected_value": found.value}
    return columns if found.uplift is None else columns | {"uplift": found.uplift}


def _spread(values: reading.Floats) -> dict[str, float]:
    """Return mean, least, median and most."""
    named = {"mean": values.mean(), "least": values.min(), "median": np.median(values), "most": values.max()}
    return {name: float(value) for name, value in named.items()}


def _print_study(console: Console, answer: dict[str, Any]) -> None:
    console.print(answer["sentence"])
    for one in answer["arms"]:
        console.print(f"{one['name']} ({one['role']}): {one['people']:,} people, {one['mean']:.4g} each.")
    if answer["effect"] and answer["effect"]["interval"]:
        low, high = answer["effect"]["interval"]
        name = answer["effect"]["name"].capitalize()
        console.print(f"{name}: {answer['effect']['difference']:+.4f} ({low:+.4f} to {high:+.4f}).")
    if answer["learners"]:
        console.print(_learners(answer))
    if "too_large" in answer:
        console.print(answer["too_large"]["sentence"])
    for one in answer["left_out"]:
        console.print(f"Left out: {one['sentence']}", markup=False)
    if answer["decision"]:
        console.print(
            f"At {answer['worth']:.2f} an outcome and {answer['cost']:.2f} a message, mail: {answer['decision']}."
        )


def _learners(answer: dict[str, Any]) -> Grid:
    rows = [
        (name, f"{one.get('qini', one.get('gain')):.4f}", "{:.4f} to {:.4f}".format(*one["interval"]))
        for name, one in answer["learners"].items()
    ]
    return Grid(("learner", "Qini" if answer["effect"] else "gain", "interval"), rows)


def _print_scores(console: Console, answer: dict[str, Any]) -> None:
    console.print(f"{answer['rows']:,} people scored; {answer['out'] or 'nothing was written (--out)'}.")
    if "too_large" in answer:
        console.print(answer["too_large"]["sentence"])
    if answer["mail"] is not None:
        console.print(f"It pays to mail {answer['mail']:,} of them.")


def _print_evaluation(console: Console, answer: dict[str, Any]) -> None:
    name = "qini" if "qini" in answer else "gain"
    found = answer[name]
    console.print(
        f"{name.capitalize()} of `{answer['score']}`: {found['value']:.4f} ({found['low']:.4f} to {found['high']:.4f})."
    )
    rows = []
    for one in answer["deciles"]:
        people = one["treated"]["people"] + one["control"]["people"] if name == "qini" else one["people"]
        shown = one.get("difference", one.get("mean"))
        rows.append((str(one["decile"]), f"{people:,}", "" if shown is None else f"{shown:.4f}"))
    console.print(Grid(("decile", "people", "difference" if name == "qini" else "mean"), rows))
