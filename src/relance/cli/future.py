"""`relance future`: who of the active and cooling is likely to turn dormant within 30, 60, 90 days."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from relance.cli import face
from relance.cli.clock import local
from relance.core.errors import RefusedError
from relance.dormancy import policies
from relance.dormancy.future import forms, keeping, words
from relance.dormancy.future.outlook import last_scoring, outlook


def future(
    again: Annotated[
        bool, typer.Option("--again", help="Learn and measure anew, whatever was done this week.")
    ] = False,
    json: face.Json = False,
) -> None:
    """Say how many people are likely to turn dormant within 30, 60, 90 days of the last scoring, and how well that is known."""
    if not policies.in_force():
        raise RefusedError("No policy is in force, so nobody can turn dormant. Apply one: relance policies apply FILE.")
    keeping.refresh(last_scoring(), again=again)
    found = outlook()
    face.answer(found, json=json, text=lambda console: _print(console, found))


def _print(console: Console, found: dict[str, Any]) -> None:
    for policy in found["policies"]:
        console.print(_measured(policy))
        for horizon, told in policy["horizons"].items():
            console.print(f"{horizon} days: {told['sentence']}")
    console.print(_people(found))
    console.print("Who is not due within the time counts as 0: without a sign of life, her day comes later.")


def _measured(policy: dict[str, Any]) -> Table:
    """Return the figures of a policy's model beside recency's."""
    title = f"{policy['policy']}, measured on {local(policy['as_of']):%Y-%m-%d}"
    table = Table(
        "days", "people tested", "turned", "AUC", "recency's", "difference", "slope", "probability of", title=title
    )
    for horizon, told in policy["horizons"].items():
        figures, tested = told["figures"], told["figures"]["tested"]
        cells = ["-"] * 4
        if "model" in figures:
            model, recency = figures["model"], figures["recency"]
            cells = [_figure(f) for f in (model["auc"], recency["auc"], figures["auc_difference"], model["slope"])]
        basis = words.BASES["en"][told["basis"]]
        table.add_row(horizon, f"{tested['people']:,}", f"{tested['turned']:,}", *cells, basis)
    return table


def _figure(figure: dict[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _people(found: dict[str, Any]) -> Table:
    """Return how many are likely to turn dormant, by value band, over all policies."""
    columns = [f"{horizon} days: due, likely" for horizon in forms.HORIZONS]
    title = f"active and cooling people on {local(found['scored_at']):%Y-%m-%d}"
    table = Table("value", "people", *columns, title=title)
    bands: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in found["people"]:
        bands[row["value_band"]].append(row)
    for band in ("high", "medium", "low", "none", ""):
        if rows := bands[band]:
            cells = (f"{_total(rows, f'due_{h}')}, {_total(rows, f'likely_{h}')}" for h in forms.HORIZONS)
            table.add_row(band or "not told", _total(rows, "people"), *cells)
    return table


def _total(rows: list[dict[str, Any]], column: str) -> str:
    """Return a sum over policies; where one of them tells nothing, the sum tells nothing."""
    values = [row[column] for row in rows]
    return "unknown" if None in values else f"{sum(values):,.0f}"
