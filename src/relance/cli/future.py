"""`relance future`: who of the active and cooling is likely to turn dormant within 30, 60, 90 days."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any

import typer
from rich.console import Console

from relance.cli import face, sources
from relance.cli.clock import local
from relance.cli.tables import Grid
from relance.core.errors import RefusedError
from relance.dormancy import policies
from relance.dormancy.future import forms, keeping
from relance.dormancy.future.outlook import last_scoring, outlook
from relance.measurement import telling


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
    found = outlook() | {"warning": telling.warning(last_scoring())}
    face.answer(found, json=json, text=lambda console: _print(console, found))


def _print(console: Console, found: dict[str, Any]) -> None:
    sources.show(console, found["warning"])
    for policy in found["policies"]:
        console.print(_measured(policy))
        for days, said in _said(policy["horizons"]):
            console.print(f"{days} days: {said}", markup=False)
        if policy["opens"]:
            console.print(policy["opens"]["sentence"], markup=False)
        console.print()
    console.print(_people(found))
    console.print()
    console.print("Who is not due within the time counts as 0: without a sign of life, her day comes later.")


def _said(horizons: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """Return what is said of the horizons; of those that say the same, once."""
    found: dict[str, list[str]] = {}
    for days, told in horizons.items():
        found.setdefault(told["sentence"], []).append(days)
    return [(", ".join(days), sentence) for sentence, days in found.items()]


def _measured(policy: dict[str, Any]) -> Grid:
    """Return the figures of a policy's model beside recency's."""
    title = f"{policy['policy']}, measured on {local(policy['as_of']):%Y-%m-%d}"
    headers = ("days", "tested", "turned", "AUC", "of recency", "difference", "slope")
    rows = []
    for horizon, told in policy["horizons"].items():
        figures, tested = told["figures"], told["figures"]["tested"]
        cells = ["-"] * 4
        if "model" in figures:
            model, recency = figures["model"], figures["recency"]
            cells = [_figure(f) for f in (model["auc"], recency["auc"], figures["auc_difference"], model["slope"])]
        rows.append((horizon, f"{tested['people']:,}", f"{tested['turned']:,}", *cells))
    return Grid(headers, rows, title=title)


def _figure(figure: dict[str, float]) -> str:
    """Return a figure over its interval."""
    low, high = (f"{figure[name]:.2f}".replace("0.", ".", 1) for name in ("low", "high"))
    return f"{figure['value']:.3f}\n{low} to {high}"


def _people(found: dict[str, Any]) -> Grid:
    """Return how many are likely to turn dormant, by value band, over all policies."""
    columns = [f"{word} in {days}" for days in forms.HORIZONS for word in ("due", "likely")]
    title = f"Active and cooling people on {local(found['scored_at']):%Y-%m-%d}; days"
    grown: list[tuple[str, ...]] = []
    bands: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in found["people"]:
        bands[row["value_band"]].append(row)
    for band in ("high", "medium", "low", "none", ""):
        if rows := bands[band]:
            cells = (_total(rows, f"{name}_{h}") for h in forms.HORIZONS for name in ("due", "likely"))
            grown.append((band or "not told", _total(rows, "people"), *cells))
    return Grid(("value", "people", *columns), grown, title=title)


def _total(rows: list[dict[str, Any]], column: str) -> str:
    """Return a sum over policies; where one of them tells nothing, the sum tells nothing."""
    values = [row[column] for row in rows]
    return "unknown" if None in values else f"{sum(values):,.0f}"
