"""`relance doubts`: messages of which nobody can say whether they left, and what a person decides of them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from rich.console import Console

from relance.cli import face
from relance.cli.tables import Grid
from relance.delivery import doubts

app = typer.Typer(help="Messages in doubt after a crash; never sent again by themselves.", no_args_is_help=True)


@app.command("list")
def list_doubts(limit: Annotated[int, typer.Option(min=1)] = 100, json: face.Json = False) -> None:
    """Show the messages in doubt."""
    found = doubts.unknowns(limit)

    def text(console: Console) -> None:
        if not found:
            console.print("No message is in doubt.")
            return
        rows = [[str(value) for value in asdict(doubt).values()] for doubt in found]
        console.print(Grid([name.replace("_", " ") for name in asdict(found[0])], rows))

    face.answer({"doubts": [asdict(doubt) for doubt in found]}, json=json, text=text)


@app.command()
def resolve(
    ids: Annotated[list[int], typer.Argument(help="Message ids, as listed.")],
    decision: Annotated[Literal["sent", "resend", "drop"], typer.Option("--as", help="sent, resend or drop.")],
    by: Annotated[str, typer.Option(help="Who decides.")],
    json: face.Json = False,
) -> None:
    """Decide what became of messages in doubt: they left, they are sent again, or they are dropped."""
    done = doubts.resolve(ids, decision, by=by, now=datetime.now(UTC))
    face.answer({"resolved": done}, json=json, text=lambda console: console.print(f"{done} resolved as {decision}."))
