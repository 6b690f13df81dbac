"""`relance score`, `relance policies`, `relance segments`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from relance.cli import face
from relance.cli.clock import AsOf, instant, local
from relance.core.definitions import read
from relance.dormancy import models, policies, scoring
from relance.segments import definitions, refresh
from relance.segments.models import Membership, Segment

policies_app = typer.Typer(help="Policies: who counts as dormant.", no_args_is_help=True)
segments_app = typer.Typer(help="Segments: named groups of contacts.", no_args_is_help=True)
Files = Annotated[list[Path], typer.Argument(help="YAML files.")]


def score(
    as_of: AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show, write nothing.")] = False,
    json: face.Json = False,
) -> None:
    """Say who is dormant, since when and why; write what changed."""
    found = scoring.score(instant(as_of), write=not dry_run)

    def text(console: Console) -> None:
        table = Table("state", "people", "share", title=f"{found.people:,} people on {local(found.as_of):%Y-%m-%d}")
        for state, count in sorted(found.states.items(), key=lambda item: -item[1]):
            table.add_row(state, f"{count:,}", f"{count / max(found.people, 1):.1%}")
        console.print(table)
        console.print(
            f"{found.changed:,} standings written, {found.moved:,} people changed state."
            if found.written
            else "Nothing was written: this is a look, not a scoring."
        )

    face.answer(asdict(found), json=json, text=text)


@policies_app.command("apply")
def apply_policies(files: Files, json: face.Json = False) -> None:
    """Keep the policies of these files; a file with an error keeps everything as it is."""
    now = datetime.now(UTC)
    documents = [read(path) for path in files]
    for document in documents:
        policies.check(document)
    names = [policies.apply(document, now).name for document in documents]
    face.answer(
        {"policies": names}, json=json, text=lambda console: console.print(f"Policies kept: {', '.join(names)}.")
    )


@policies_app.command("list")
def list_policies(json: face.Json = False) -> None:
    """Show the policies in the order in which they are tried."""
    found = [
        {"policy": p.name, "applied_at": p.applied_at, "description": p.definition.get("description", {})}
        for p in models.Policy.objects.all()
    ]

    def text(console: Console) -> None:
        for position, policy in enumerate(found, start=1):
            console.print(f"{position}. {policy['policy']}: {policy['description'].get('en', '')}")

    face.answer({"policies": found}, json=json, text=text)


@segments_app.command("apply")
def apply_segments(files: Files, json: face.Json = False) -> None:
    """Keep the segments of these files; their members come with the next refresh."""
    now = datetime.now(UTC)
    names = [definitions.apply(read(path), now).name for path in files]
    face.answer(
        {"segments": names}, json=json, text=lambda console: console.print(f"Segments kept: {', '.join(names)}.")
    )


@segments_app.command("refresh")
def refresh_segments(as_of: AsOf = None, json: face.Json = False) -> None:
    """Bring the members of every segment up to date."""
    moved = refresh.run(instant(as_of))
    face.answer({"moved": moved, **_sizes()}, json=json, text=lambda console: _print_sizes(console, moved))


@segments_app.command("list")
def list_segments(json: face.Json = False) -> None:
    """Show the segments and their sizes."""
    face.answer(_sizes(), json=json, text=lambda console: _print_sizes(console, None))


def _sizes() -> dict[str, list[dict[str, Any]]]:
    return {
        "segments": [
            {"segment": s.name, "people": Membership.objects.filter(segment=s).count(), "refreshed_at": s.refreshed_at}
            for s in Segment.objects.order_by("name")
        ]
    }


def _print_sizes(console: Console, moved: int | None) -> None:
    table = Table("segment", "people", "refreshed")
    for row in _sizes()["segments"]:
        table.add_row(
            str(row["segment"]),
            f"{row['people']:,}",
            f"{local(row['refreshed_at']):%Y-%m-%d %H:%M}" if row["refreshed_at"] else "never",
        )
    console.print(table)
    if moved is not None:
        console.print(f"{moved:,} people entered or left.")
