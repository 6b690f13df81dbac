"""What every command answers with: a text for people or JSON for programs on stdout; progress and logs on stderr."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Literal
from uuid import UUID

import typer
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

Json = Annotated[bool, typer.Option("--json", help="Print only JSON on stdout.")]
Language = Annotated[Literal["en", "fr"], typer.Option("--language", help="The language of the text: en or fr.")]
Report = Callable[[str, int, int], None]


def answer(data: Mapping[str, Any], *, json: bool, text: Callable[[Console], None]) -> None:
    """Print `data` as JSON, or let `text` print it for people: wrapped at words on a terminal, unbroken into a file or pipe."""
    if json:
        json_format.dump(
            _finite(data), sys.stdout, default=_plain, ensure_ascii=not _unicode(), indent=2, allow_nan=False
        )
        sys.stdout.write("\n")
    else:
        text(Console(soft_wrap=not sys.stdout.isatty(), highlight=False))


def item(console: Console, sentence: str) -> None:
    """Print a sentence of a list, set in; its further lines too, where it wraps."""
    if console.soft_wrap:
        console.print(f"  {sentence}", markup=False)
    else:
        console.print(Padding(Text(sentence), (0, 0, 0, 2), expand=False))


def _unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _finite(value: Any) -> Any:
    """Return the data with null where a number is none or infinite: JSON has no form for these."""
    if isinstance(value, Mapping):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value


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
