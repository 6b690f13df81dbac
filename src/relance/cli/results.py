"""`relance journey result`: what a journey brought, with intervals."""

from __future__ import annotations

from typing import Annotated

import typer
from django.conf import settings
from rich.console import Console

from relance.cli import face
from relance.cli.clock import AsOf, instant
from relance.cli.tables import Grid
from relance.core import place
from relance.measurement import experiments
from relance.measurement.figures import Effect, Rate, Result
from relance.measurement.formats import money, number, percent, points
from relance.measurement.intervals import Interval
from relance.measurement.volumes import Signal

LANGUAGE = "en"  # the command line speaks English


def result(
    name: Annotated[str, typer.Argument(help="The journey.")],
    as_of: AsOf = None,
    json: face.Json = False,
) -> None:
    """Show what a journey brought: both groups from entry, whether or not anything was sent, with 95 % intervals."""
    found = experiments.result(name, instant(as_of))
    simulated = place.current().simulated
    face.answer({**found.as_dict(), "simulated": simulated}, json=json, text=lambda console: show(console, found))


def show(console: Console, found: Result) -> None:
    """Print a result for people: the conclusion, the effects, the money, the messages, what to know before believing it."""
    console.print(f"[bold]{found.journey}[/], goal {found.goal} within {found.window} of entry")
    console.print(found.conclusion[LANGUAGE], markup=False)
    console.print()
    console.print(_effects(found))
    if found.revenue.difference is not None:
        console.print(_revenue(found))
    if found.volumes.steps:
        console.print()
        console.print(_steps(found))
    for title, rows in (("verdict", _verdicts(found)), ("came back", _signals(found))):
        if rows:
            console.print()
            console.print(Grid((title, "messages", "of"), rows))
    if found.volumes.exits:
        console.print()
        console.print(Grid(("left because", "journey", "control"), _exits(found)))
    for note in found.notes[LANGUAGE]:
        console.print(f"Note: {note}", markup=False)


def _effects(found: Result) -> Grid:
    title = f"{found.treated:,} people in the journey, {found.control:,} in the control group"
    headers = ("people who", "journey", "control", "difference", "95% interval", "because of it", "smallest shown")
    return Grid(headers, [_effect(effect) for effect in found.effects], title)


def _effect(effect: Effect) -> tuple[str, ...]:
    if not effect.known:
        return (effect.outcome, "unknown", "unknown", f"not covered: {', '.join(effect.uncovered)}", "", "", "")
    gap = "" if effect.difference is None else points(effect.difference, LANGUAGE)
    limits = "" if effect.interval is None else _limits(effect.interval)
    people = "" if effect.incremental is None else number(effect.incremental, LANGUAGE, signed=True)
    least = "" if effect.smallest is None else points(effect.smallest, LANGUAGE)
    return (effect.outcome, _rate(effect.treated), _rate(effect.control), gap, limits, people, least)


def _rate(rate: Rate | None) -> str:
    return "" if rate is None else f"{rate.count:,} ({percent(rate.share, LANGUAGE)})"


def _limits(interval: Interval) -> str:
    return f"{points(interval.low, LANGUAGE)} to {points(interval.high, LANGUAGE)}"


def _revenue(found: Result) -> str:
    """Return the sentence on money."""
    revenue, currency = found.revenue, settings.RELANCE.currency
    if revenue.scarce:
        return "Incremental revenue: too few purchases to tell."
    if revenue.incremental is None or revenue.incremental_interval is None:
        return "Revenue cannot be compared."
    limits = [
        money(edge, LANGUAGE, currency, signed=True)
        for edge in (revenue.incremental_interval.low, revenue.incremental_interval.high)
    ]
    gained = money(revenue.incremental, LANGUAGE, currency, signed=True)
    return f"Incremental revenue, refunds deducted: {gained} (95%: {limits[0]} to {limits[1]})."


def _steps(found: Result) -> Grid:
    rows = [
        (
            f"{s.step} {s.variant}".strip(),
            f"{s.messages:,}",
            *(f"{s.signals[name]:,}" for name in ("sent", "delivered", "clicked")),
        )
        for s in found.volumes.steps
    ]
    return Grid(("step", "messages", "sent", "delivered", "clicked"), rows)


def _verdicts(found: Result) -> list[tuple[str, ...]]:
    return [
        (f"{v.decision}: {v.code}", f"{v.messages:,}", f"{v.of:,}")
        for v in found.volumes.verdicts
        if v.decision != "allow"
    ]


def _signals(found: Result) -> list[tuple[str, ...]]:
    return [(s.name, f"{s.count:,}", _of(s)) for s in found.volumes.signals if s.count or s.of]


def _of(signal: Signal) -> str:
    """Return what a signal is a share of; a mail may be clicked before it counts as delivered."""
    of = signal.denominator.replace("_", " ")
    return f"{signal.of:,} {of}" if signal.count <= signal.of else f"not all {of} yet"


def _exits(found: Result) -> list[tuple[str, ...]]:
    return [(e.reason, f"{e.treated:,}", f"{e.control:,}") for e in found.volumes.exits]
