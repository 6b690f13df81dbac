"""`relance queue`: what is due, waits and leaves, and what stands in the way."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Console

from relance.cli import face
from relance.cli.clock import local
from relance.delivery import stall_words, stalls


def queue(language: face.Language = "en", json: face.Json = False) -> None:
    """Show the messages due, waiting, leaving, held and in doubt; and, where none leaves, why."""
    found = stalls.look(datetime.now(UTC))

    def text(console: Console) -> None:
        for name, count in found.counts.items():
            console.print(f"{count:>12,}  {name.replace('_', ' ')}")
        if found.last_sent:
            console.print(f"The last message left on {local(found.last_sent):%Y-%m-%d %H:%M}.")
        if found.stall:
            console.print(found.stall.said(language), markup=False)
        if found.stall and (command := stall_words.command(found.stall.code)):
            console.print(f"  {command}")

    face.answer(found.as_dict(), json=json, text=text)
