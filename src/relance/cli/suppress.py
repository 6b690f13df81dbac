"""`relance suppress`: an address that nobody writes to again, known here or not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from relance.cli import face
from relance.eligibility import suppressing


def suppress(
    address: Annotated[str, typer.Argument(help="An e-mail address, or a telephone number.")],
    why: Annotated[str, typer.Option("--why", help="What it rests on, for the audit log.")],
    by: Annotated[str, typer.Option("--by", help="Who decides it.")],
    channel: Annotated[
        str, typer.Option("--channel", help="email, sms or phone; all: every channel of whoever has the address.")
    ] = suppressing.ALL,
    level: Annotated[
        str, typer.Option("--level", help="unsubscribed: no marketing; manual: nothing at all, not even about orders.")
    ] = suppressing.ASKED,
    json: face.Json = False,
) -> None:
    """Put an address on the suppression list, as a keyed hash, and withdraw the consents of whoever has it."""
    found = suppressing.suppress(address, channel, level, why, by=by, now=datetime.now(UTC))
    data = {
        "channel": channel,
        "level": level,
        "changed": found.changed,
        "people": found.people,
        "withdrawn": found.withdrawn,
    }
    said = "Suppressed" if found.changed else "It was on the list already"
    face.answer(
        data,
        json=json,
        text=lambda console: console.print(
            f"{said}: channel {channel}, {level}. People with this address: {found.people}; consents withdrawn: {found.withdrawn}."
        ),
    )
