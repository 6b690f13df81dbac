"""`relance restored`: what a restored database might send again, and what a person decides of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from relance.cli import face, held
from relance.cli.clock import local
from relance.core.errors import RefusedError
from relance.delivery import restored
from relance.delivery.restored import Standing
from relance.measurement import reconciliation

app = typer.Typer(help="A restored or moved database: nothing is sent until a person has looked.", no_args_is_help=True)
KINDS = {
    "went_back": "This database is older than what its data folder remembers: it was restored from a backup.",
    "copied": "The data folder was copied here or restored from a backup.",
    "moved": "This database was restored or moved: its data folder or its server is not the one it was left with.",
}


@app.command("show")
def show_restored(json: face.Json = False) -> None:
    """Show what might be sent again, by journey; the worker counts as sent what the history proves, each minute."""
    found = restored.standing(datetime.now(UTC))

    def text(console: Console) -> None:
        if found is None:
            console.print("No restored database waits for a decision.")
        else:
            _print(console, found)

    face.answer(_told(found) if found else {"restoration": None}, json=json, text=text)


def _told(found: Standing) -> dict[str, object]:
    one, (begins, ends) = found.restoration, found.gap
    told = {
        "kind": one.kind,
        "noticed_at": one.noticed_at,
        "gap_begins": begins,
        "gap_ends": ends,
        "proven_sent": one.proven,
        "history_read_at": one.reconciled_at,
    }
    counts = {"messages": found.messages, "written_since": found.written_since, "in_doubt": found.in_doubt}
    return {"restoration": told, **counts, "journeys": [asdict(group) for group in found.groups]}


def _print(console: Console, found: Standing) -> None:
    begins, ends = found.gap
    console.print(KINDS[found.restoration.kind])
    if begins:
        console.print(f"What it lacks: {local(begins):%Y-%m-%d %H:%M} to {local(ends):%Y-%m-%d %H:%M}.")
    read_at = found.restoration.reconciled_at
    console.print(
        f"The history was last read {local(read_at):%Y-%m-%d %H:%M}."
        if read_at
        else "The history has not been read yet: a worker does it each minute, and a decision does."
    )
    console.print(
        f"{found.restoration.proven:,} messages are proven by the history to have left, and count as sent. {found.messages:,} "
        f"might be sent again ({found.written_since:,} of them written since). {found.in_doubt:,} are in doubt."
    )
    held.show(console, found.groups, "Nothing is due: releasing sends nothing.")


@app.command("release")
def release(by: held.By, json: face.Json = False) -> None:
    """Let sending go on with all that is due, as the gate allows."""
    now = datetime.now(UTC)
    _reconcile(now)
    done = restored.release(by=by, now=now)
    face.answer({"released": done}, json=json, text=lambda console: console.print(f"{done} messages may leave."))


@app.command("cancel")
def cancel(
    by: held.By,
    journey: Annotated[
        str, typer.Option("--journey", help="Only of this journey (- for none); asks again for the rest.")
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="Of all journeys; then sending goes on.")] = False,
    json: face.Json = False,
) -> None:
    """Let go of what is due: of one journey, or of all and let sending go on with what comes due later."""
    if bool(journey) == everything:
        raise RefusedError("Say what to cancel: --journey NAME, or --all.")
    now = datetime.now(UTC)
    _reconcile(now)
    done = restored.cancel_all(by=by, now=now) if everything else restored.cancel(journey, by=by, now=now)
    face.answer({"cancelled": done}, json=json, text=lambda console: console.print(f"{done} messages are cancelled."))


def _reconcile(now: datetime) -> None:
    """Count as sent what the history proves; where it cannot be read, say so and let the decision go on."""
    if error := reconciliation.attempt(now):
        typer.echo(f"{error} What it would have proven to have left since was not counted.", err=True)
