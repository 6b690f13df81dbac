"""`relance gate`: what is permitted, what it said, the house's own caps and budgets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from rich.console import Console
from rich.table import Table

from relance.cli import face
from relance.contacts import matrix
from relance.core.errors import InputError, NotFoundError
from relance.eligibility import budget, forecast, house_rules, records, waiting
from relance.eligibility.reasons import REASONS
from relance.journeys.models import Journey

app = typer.Typer(help="What the gate permits and said; the house's own caps and budgets.", no_args_is_help=True)
JourneyName = Annotated[str, typer.Option("--journey", help="Only of this journey.")]


@app.command("matrix")
def show_matrix(json: face.Json = False) -> None:
    """Show which legal basis allows which purpose on which channel today, and where each cell comes from."""
    rows = list(matrix.rows(datetime.now(UTC)))
    data = {"matrix": settings.RELANCE.permission_matrix or "shipped", "cells": rows}
    face.answer(data, json=json, text=lambda console: _print_matrix(console, rows))


@app.command("counts")
def counts(
    days: Annotated[int, typer.Option("--days", min=1, help="How many days back, today included.")] = 30,
    journey: JourneyName = "",
    json: face.Json = False,
) -> None:
    """Count the verdicts given, by reason, channel and purpose; and what waits over all journeys, until when."""
    until = records.day_of(datetime.now(UTC))
    since = until - timedelta(days=days - 1)
    found = records.counts(since, until, journey_id=_journey(journey) if journey else None)
    waits = [] if journey else [vars(one) for one in waiting.waiting(datetime.now(UTC))]
    data = {"since": since, "until": until, "verdicts": found, "waiting": waits}
    face.answer(data, json=json, text=lambda console: _print_counts(console, data))


@app.command("apply")
def apply(
    file: Annotated[Path, typer.Argument(help="A YAML file `rules: …`.")],
    by: Annotated[str, typer.Option("--by", help="Who decides it, for the audit log.")] = "",
    json: face.Json = False,
) -> None:
    """Put caps, prices and budgets of your own in force, in the place of those before."""
    done = house_rules.apply(file, datetime.now(UTC), by=by)
    data = done.model_dump(mode="json")
    said = f"Rules {done.rules}: {len(done.pressure)} caps, {len(done.prices)} prices, {len(done.budgets)} budgets in force."
    face.answer(data, json=json, text=lambda console: console.print(said))


@app.command("budget")
def show_budget(
    volume: Annotated[
        list[str], typer.Option("--volume", help="channel=messages, to see what they cost; repeatable.")
    ] = [],  # noqa: B006
    journey: JourneyName = "",
    json: face.Json = False,
) -> None:
    """Show prices and what the budgets have left; with volumes, what these cost and what is left after them."""
    now = datetime.now(UTC)
    found = forecast.forecast(dict(map(_volume, volume)), now, journey=journey)
    data = {
        "currency": found.currency, "prices": budget.prices(), "lines": [vars(line) for line in found.lines],
        "cost": found.cost, "budgets": [vars(one) for one in found.ceilings], "affordable": found.affordable,
    }  # fmt: skip
    face.answer(data, json=json, text=lambda console: _print_budget(console, data))


def _journey(name: str) -> int:
    found = Journey.objects.filter(name=name).values_list("id", flat=True).first()
    if found is None:
        raise NotFoundError(f"There is no journey {name} here. `relance journey list` names them.")
    return found


def _volume(text: str) -> tuple[str, int]:
    channel, _, number = text.partition("=")
    if channel not in matrix.CHANNELS or not number.isdigit():
        raise InputError(f"`{text}` is no volume. Write a channel and a number, such as email=20000.")
    return channel, int(number)


def _print_matrix(console: Console, rows: list[dict[str, Any]]) -> None:
    for purpose in matrix.PURPOSES:
        table = Table("basis", *matrix.CHANNELS, title=purpose)
        for basis in ("none", *matrix.BASES):
            cells = {row["channel"]: row for row in rows if row["basis"] == basis and row["purpose"] == purpose}
            if any(cell["allowed"] for cell in cells.values()):
                table.add_row(basis, *(_cell(cells[channel]) for channel in matrix.CHANNELS))
        console.print(table)


def _cell(row: dict[str, Any]) -> str:
    return f"yes, {row['needs']}" if row["needs"] else "yes" if row["allowed"] else "-"


def _print_counts(console: Console, data: dict[str, Any]) -> None:
    table = Table("verdict", "reason", "channel", "purpose", "verdicts", title=f"{data['since']} to {data['until']}")
    for row in data["verdicts"]:
        table.add_row(row["decision"], row["code"], row["channel"], row["purpose"], f"{row['verdicts']:,}")
    console.print(table)
    for one in data["waiting"]:
        bounds = f"{one['first']:%Y-%m-%d %H:%M} to {one['last']:%Y-%m-%d %H:%M}"
        console.print(f"Waiting, {one['code']}: {one['messages']:,} messages, asked about again from {bounds} (UTC).")
    for code in sorted({row["code"] for row in data["verdicts"]} & REASONS.keys()):
        console.print(f"{code}: {REASONS[code].source}")


def _print_budget(console: Console, data: dict[str, Any]) -> None:
    table = Table("channel", f"one message, {data['currency']}")
    for channel, cost in data["prices"].items():
        table.add_row(channel, str(cost))
    console.print(table)
    for line in data["lines"]:
        console.print(f"{line['messages']:,} by {line['channel']}: {line['cost']} {data['currency']}")
    for one in data["budgets"]:
        kind = "this month" if one["monthly"] else "in all"
        console.print(f"Budget {one['name']} ({kind}): {one['amount']}, left {one['left']}, after this {one['after']}")
    if not data["budgets"]:
        console.print("No budget is set. Set one with `relance gate apply FILE`.")
