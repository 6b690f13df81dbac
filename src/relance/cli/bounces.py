"""`relance bounces`: what returned mails say."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from relance.cli import face
from relance.core.errors import InputError
from relance.feedback.mails import judging

app = typer.Typer(help="What returned mails say: bounces, complaints, automatic answers.", no_args_is_help=True)
LARGEST = 50_000_000  # bytes of one mail


@app.callback()
def bounces() -> None:
    """Keep `classify` a word of its own though it is the only one."""


@app.command("classify")
def classify(
    folder: Annotated[Path, typer.Argument(help="A folder of mails, one a file; Maildir folders too.")],
    json: face.Json = False,
) -> None:
    """Say of each mail what it is, whom it speaks of, why it came back, and whether the address is dead; writes nothing."""
    judged = [asdict(one) | {"file": name, "number": number} for name, number, one in _judged(folder)]
    face.answer({"mails": judged}, json=json, text=lambda console: _print(console, judged))


def _judged(folder: Path) -> list[tuple[str, int, judging.Judged]]:
    """Return the judgements of every mail below a folder, by name; InputError where there is none."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder. Give one that holds mails, one a file.")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    if not files:
        raise InputError(f"{folder} holds no file. Give a folder of mails, one a file.")
    found = []
    for path in files:
        if path.stat().st_size > LARGEST:
            raise InputError(
                f"{path} has more than {LARGEST // 1_000_000} MB: no mail is as large. Take it out of the folder."
            )
        mail = path.read_bytes()
        name = str(path.relative_to(folder))
        found += [(name, number, one) for number, one in enumerate(judging.judge(mail), start=1)]
    return found


def _print(console: Console, judged: list[dict[str, Any]]) -> None:
    table = Table("mail", "kind", "recipient", "status", "reason", "hard", box=None)
    for one in judged:
        table.add_row(
            escape(one["file"]),
            one["kind"],
            escape(one["recipient"]),
            one["status"],
            one["reason"],
            "yes" if one["hard"] else "",
        )
    console.print(table)
    kinds = Counter(one["kind"] for one in judged)
    dead = sum(one["hard"] for one in judged)
    counted = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
    console.print(f"{len(judged)} judged: {counted}; dead addresses {dead}. Nothing was written.")
