"""What every command answers with: a text for people or JSON for programs on stdout; progress and logs on stderr."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Json = Annotated[bool, typer.Option("--json", help="Print only JSON on stdout.")]
Report = Callable[[str, int, int], None]


def answer(data: Mapping[str, Any], *, json: bool, text: Callable[[Console], None]) -> None:
    """Print `data` as JSON, or let `text` print it for people."""
    if json:
        json_format.dump(data, sys.stdout, default=_plain, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        text(Console())


def _plain(value: object) -> object:
    """Return what JSON has no form for as text; money keeps its digits."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


@contextmanager
def progress() -> Iterator[Report]:
    """Show progress bars on stderr; the value is a callback (stage, done, total), total 0 where it is unknown."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=not sys.stderr.isatty()) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total or None)
            bars.update(tasks[stage], completed=done, total=total or None)

        yield report
