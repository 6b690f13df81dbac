"""`relance dkim`: the keys that sign mails, and the DNS records that let anybody check them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console

from relance.cli import face
from relance.delivery import keys
from relance.delivery.keys import Key

app = typer.Typer(help="The keys that sign mails (DKIM) and their DNS records.", no_args_is_help=True)


@app.command("new")
def new(
    selector: Annotated[str, typer.Argument(help="Name of the key in the DNS, such as s2026; a new one for each key.")],
    ed25519: Annotated[
        bool, typer.Option("--ed25519/--rsa", help="The kind of key; every mailbox provider reads RSA, few Ed25519.")
    ] = False,
    json: face.Json = False,
) -> None:
    """Make a key in the data folder and print its DNS record; it signs once RELANCE_DKIM_KEYS names it."""
    key = keys.make(selector, "ed25519" if ed25519 else "rsa")
    pair = f"{selector}=dkim/{key.file.name}"

    def text(console: Console) -> None:
        console.print(f"{key.file} holds the key; only you can read it.", markup=False)
        console.print("1. Publish this record:")
        _record(console, key)
        console.print("2. Once `relance sender examine` finds it, add to RELANCE_DKIM_KEYS and start the workers anew:")
        face.item(console, pair)

    face.answer(_plain(key) | {"setting": pair}, json=json, text=text)


@app.command("show")
def show(json: face.Json = False) -> None:
    """Print the DNS records of the keys that sign."""
    known = keys.in_force()

    def text(console: Console) -> None:
        if not known:
            console.print("No key signs. `relance dkim new SELECTOR` makes one.")
        for key in known:
            console.print(f"{key.file}, {key.kind}, {key.bits} bits:", markup=False)
            _record(console, key)

    face.answer({"keys": [_plain(key) for key in known]}, json=json, text=text)


def _record(console: Console, key: Key) -> None:
    """Print a record as a zone file has it; a form at the registrar's usually takes the strings in one piece."""
    face.item(console, f"{key.name()}. IN TXT")
    for string in keys.strings(key.record()):
        face.item(console, f'  "{string}"')


def _plain(key: Key) -> dict[str, Any]:
    return {
        "selector": key.selector, "kind": key.kind, "bits": key.bits, "file": str(key.file), "name": key.name(),
        "value": key.record(), "strings": keys.strings(key.record()),
    }  # fmt: skip
