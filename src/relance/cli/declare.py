"""`relance declare`: what a named person states, written to the audit log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from relance.cli import face
from relance.eligibility import permission

app = typer.Typer(help="What a named person states; kept in the audit log.", no_args_is_help=True)


@app.callback()
def declare() -> None:
    """Keep `no-opt-outs` a word of its own though it is the only one."""


@app.command("no-opt-outs")
def no_opt_outs(
    by: Annotated[str, typer.Option("--by", help="Who declares it.")],
    note: Annotated[str, typer.Option("--note", help="On what grounds.")] = "",
    json: face.Json = False,
) -> None:
    """Declare that no opt-out of a former tool exists outside this installation; commercial messages may then start."""
    permission.declare_no_opt_outs(by, note, datetime.now(UTC))
    face.answer(
        {"declared": "no-opt-outs", "by": by, "note": note},
        json=json,
        text=lambda console: console.print(f"Kept: {by} declares that no opt-out exists outside this installation."),
    )
