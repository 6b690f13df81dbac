"""`relance journey approve`: a named person lets a journey begin, its canary first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from relance.cli import face
from relance.cli.clock import instant, local
from relance.core.errors import RefusedError
from relance.journeys import publishing
from relance.measurement import checklist, launching, waterfall


def approve(
    name: Annotated[str, typer.Argument(help="The published journey.")],
    by: Annotated[str, typer.Option("--by", help="Who approves it; not the person who changed it last.")],
    canary: Annotated[
        int | None,
        typer.Option(
            min=1, help="People who get the first message before the others; else about a tenth of the segment."
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="The start, such as 2026-09-08T10:00; else the next good Tuesday.")
    ] = None,
    json: face.Json = False,
) -> None:
    """Work out who would get the first message, look at the checklist, and let the canary begin at its hour."""
    now = datetime.now(UTC)
    if not by.strip():
        raise RefusedError("An approval needs the name of who gives it. Give it with --by NAME.")
    version = publishing.latest(name)
    canary = canary or launching.proposed_for(version)
    start = instant(at) if at else launching.good_start(version, now, canary)
    with face.progress() as report:
        plan = waterfall.work_out(launching.ask(version, start=start, canary=canary, by=by, now=now), now, report)
    bars = launching.groups(plan)
    checks = checklist.review(version, plan, now)

    def text(console: Console) -> None:
        for bar in bars:
            sign = "" if bar.name in {"segment", waterfall.LAST} else "-"
            console.print(f"{sign + format(bar.people, ','):>12}  {bar.name.replace('_', ' ')}")
        for check in checks:
            console.print(f"{check.level}: {check.sentence('en')}", markup=False)
        console.print(
            f"{name} is approved by {by}: {bars[-1].people:,} people enter on {local(enters):%Y-%m-%d %H:%M}.",
            markup=False,
        )

    launch = launching.approve(plan, by=by, now=now)
    enters = launching.departs(launch, now)
    data = {
        "journey": name, "version": version.number, "approved_by": by, "start": launch.start_at, "canary": canary,
        "bars": [{"bar": bar.name, "people": bar.people, "left": bar.left} for bar in bars],
        "checklist": [check.as_dict() for check in checks],
    }  # fmt: skip
    face.answer(data, json=json, text=text)
