"""`relance seeds`: where mails to mailboxes of one's own ended."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from relance.cli import face
from relance.measurement.deliverability import seeds

app = typer.Typer(help="Seed lists: which mails reached the inbox.", no_args_is_help=True)


@app.command("import")
def bring(
    file: Annotated[
        Path, typer.Argument(help="CSV: date, provider, campaign, placement; or counts inbox, spam, missing.")
    ],
    by: Annotated[str, typer.Option("--by", help="Who brings it; kept in the audit log.")] = "command line",
    json: face.Json = False,
) -> None:
    """Keep the results of a seed list; a campaign's day brought again takes the place of the one before."""
    kept = seeds.bring(file, by=by, now=datetime.now(UTC))
    face.answer({"seeds": kept}, json=json, text=lambda console: console.print(f"{kept:,} seeds kept."))
