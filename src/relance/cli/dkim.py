"""`relance dkim`: the keys that sign mails, and the DNS records that let anybody check them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console

from relance.cli import face
from relance.delivery import keys
from relance.delivery.keys import Key
from relance.senders import keeping
from relance.senders.sender import DEFAULT

app = typer.Typer(help="The keys that sign mails (DKIM) and their DNS records.", no_args_is_help=True)


@app.command("new")
def new(
    selector: Annotated[str, typer.Argument(help="Name of the key in the DNS, such as s2026; a new one for each key.")],
    ed25519: Annotated[
        bool, typer.Option("--ed25519/--rsa", help="The kind of key; every mailbox provider reads RSA, few Ed25519.")
    ] = False,
    sender: Annotated[
        str, typer.Option("--sender", help="For whose domain; the default is the sender of the settings.")
    ] = DEFAULT,
    json: face.Json = False,
) -> None:
    """Make a key in the data folder and print its DNS record; it signs once RELANCE_DKIM_KEYS, or its sender's file, names it."""
    domain = keeping.find(sender).domain
    key = keys.make(selector, "ed25519" if ed25519 else "rsa")
    pair = f"{selector}=dkim/{key.file.name}"

    def text(console: Console) -> None:
        console.print(f"{key.file} holds the key; only you can read it.", markup=False)
        console.print("1. Publish this record:")
        _record(console, key, domain)
        if sender == DEFAULT:
            console.print(
                "2. Once `relance sender examine` finds it, add to RELANCE_DKIM_KEYS and start the workers anew:"
            )
            face.item(console, pair)
        else:
            console.print(
                f"2. Once `relance sender examine` finds it, add to `dkim_keys` of {sender} and apply its file:"
            )
            face.item(console, f"{selector}: dkim/{key.file.name}")

    face.answer(_plain(key, domain) | {"setting": pair}, json=json, text=text)


@app.command("show")
def show(
    sender: Annotated[
        str, typer.Option("--sender", help="Whose keys; the default is the sender of the settings.")
    ] = DEFAULT,
    json: face.Json = False,
) -> None:
    """Print the DNS records of the keys that sign."""
    found = keeping.find(sender)
    known, domain = keys.in_force(found), found.domain

    def text(console: Console) -> None:
        if not known:
            console.print("No key signs. `relance dkim new SELECTOR` makes one.")
        for key in known:
            console.print(f"{key.file}, {key.kind}, {key.bits} bits:", markup=False)
            _record(console, key, domain)

    face.answer({"keys": [_plain(key, domain) for key in known]}, json=json, text=text)


def _record(console: Console, key: Key, domain: str) -> None:
    """Print a record as a zone file has it; a form at the registrar's usually takes the strings in one piece."""
    face.item(console, f"{key.name(domain)}. IN TXT")
    for string in keys.strings(key.record()):
        face.item(console, f'  "{string}"')


def _plain(key: Key, domain: str) -> dict[str, Any]:
    return {
        "selector": key.selector, "kind": key.kind, "bits": key.bits, "file": str(key.file), "name": key.name(domain),
        "value": key.record(), "strings": keys.strings(key.record()),
    }  # fmt: skip
