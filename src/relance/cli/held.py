"""`relance held`: messages that became overdue during an outage, and what a person decides of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from relance.cli import face
from relance.cli.clock import local
from relance.cli.tables import Grid
from relance.delivery import held
from relance.delivery.held import Group

app = typer.Typer(
    help="Messages overdue after an outage; a person says whether they still leave.", no_args_is_help=True
)
By = Annotated[str, typer.Option("--by", help="Who decides.")]
Name = Annotated[str, typer.Argument(help="The journey, as listed; - for messages of none.")]


@app.command("list")
def list_held(json: face.Json = False) -> None:
    """Show the overdue messages that wait for a person, by journey."""
    found = held.groups()
    nothing = "No message waits for a person."
    face.answer(
        {"held": [asdict(group) for group in found]}, json=json, text=lambda console: show(console, found, nothing)
    )


def show(console: Console, groups: Sequence[Group], nothing: str) -> None:
    """Print messages by journey."""
    if not groups:
        console.print(nothing)
        return
    rows = [
        (one.journey, one.purpose, f"{one.messages:,}", f"{local(one.first_due):%Y-%m-%d %H:%M}", f"{local(one.last_due):%Y-%m-%d %H:%M}")
        for one in groups
    ]  # fmt: skip
    console.print(Grid(("journey", "purpose", "messages", "first due", "last due"), rows))


@app.command()
def release(journey: Name, by: By, json: face.Json = False) -> None:
    """Let them leave now, as the gate and the caps allow."""
    done = held.release(journey, by=by, now=datetime.now(UTC))
    face.answer({"released": done}, json=json, text=lambda console: console.print(f"{done} messages may leave."))


@app.command()
def cancel(journey: Name, by: By, json: face.Json = False) -> None:
    """Let go of them: they are never sent."""
    done = held.cancel(journey, by=by, now=datetime.now(UTC))
    face.answer({"cancelled": done}, json=json, text=lambda console: console.print(f"{done} messages are cancelled."))
