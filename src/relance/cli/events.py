"""`relance events`: the event types that are known, and declaring more."""

from __future__ import annotations

import re
from typing import Annotated

import typer
from rich.console import Console

from relance.cli import face
from relance.cli.tables import Grid
from relance.core.errors import InputError
from relance.events.models import EventType
from relance.events.schemas import STANDARD

app = typer.Typer(help="Event types: the standard ones, and your own.", no_args_is_help=True)


@app.command()
def declare(
    name: Annotated[str, typer.Argument(help="Lower-case words joined by _, such as trial_started.")],
    label: Annotated[str, typer.Option(help="What people call it.")] = "",
    json: face.Json = False,
) -> None:
    """Declare an event type of your own; imports and conditions may then name it."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,62}", name):
        raise InputError(
            f"{name!r} cannot be an event type: write lower-case words joined by _, such as trial_started."
        )
    if name in STANDARD:
        raise InputError(f"{name} is a standard type already; use it as it is.")
    EventType.objects.update_or_create(name=name, defaults={"label": label})
    face.answer({"declared": name}, json=json, text=lambda console: console.print(f"{name} is declared."))


@app.command("list")
def list_types(json: face.Json = False) -> None:
    """Show every event type."""
    rows = [(name, schema.label_en, "standard") for name, schema in STANDARD.items()]
    rows += [(one.name, one.label, "yours") for one in EventType.objects.order_by("name")]

    def text(console: Console) -> None:
        console.print(Grid(("type", "label", "origin"), rows))

    face.answer(
        {"types": [{"type": name, "label": label, "origin": origin} for name, label, origin in rows]},
        json=json,
        text=text,
    )
