"""`relance sources`: who tells of what, from when to when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from relance.cli import face
from relance.cli.clock import AsOf, instant, local
from relance.cli.tables import Grid
from relance.core import audit
from relance.core.errors import NotFoundError
from relance.intake import coverage
from relance.measurement import telling

app = typer.Typer(help="Sources: who tells of what, from when to when.", no_args_is_help=True)


@app.command("list")
def list_(as_of: AsOf = None, json: face.Json = False) -> None:
    """Show from when to when each source tells of each event type, and what nobody tells of any more."""
    now = instant(as_of)
    gone, warning = coverage.ended(now), telling.warning(now)
    rows: list[dict[str, Any]] = [
        {"type": one.type, "source": one.source, "since": one.since, "until": one.until, "told": one.type not in gone}
        for one in coverage.tellings()
    ]

    def text(console: Console) -> None:
        lines = [(row["type"], row["source"], f"{local(row['since']):%Y-%m-%d}", _until(row)) for row in rows]
        console.print(Grid(("type", "source", "since", "until"), lines))
        show(console, warning)

    face.answer({"sources": rows, "warning": warning}, json=json, text=text)


def show(console: Console, warning: dict[str, Any] | None) -> None:
    """Print what no longer is told, and what to do about it."""
    if warning:
        console.print(f"{warning['sentence']} Bring what happened since, or see `relance sources list`.", markup=False)


def _until(row: dict[str, Any]) -> str:
    if row["until"] is None:
        return "goes on"
    return f"{local(row['until']):%Y-%m-%d}{'' if row['told'] else ', ended'}"


@app.command()
def forget(
    source: Annotated[str, typer.Argument(help="Name of the source.")],
    event_type: Annotated[str, typer.Argument(help="Event type it will never tell of again.")],
    json: face.Json = False,
) -> None:
    """Forget that a source told of a type, such as purchases in a store that closed: it decides nothing any more. Its events stay."""
    if not coverage.forget(source, event_type):
        raise NotFoundError(
            f"The source “{source}” never told of {event_type}. `relance sources list` shows who tells of what."
        )
    audit.record("forgot a telling", source, now=datetime.now(UTC), details={"type": event_type})
    face.answer(
        {"source": source, "type": event_type},
        json=json,
        text=lambda console: console.print(f"{source} tells of {event_type} no more; score again to see what follows."),
    )
