"""`relance sender`: whom mails come from, and how the world sees them: blocklists, SPF, DKIM, DMARC."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from relance.cli import face
from relance.cli.clock import local
from relance.cli.tables import Grid
from relance.core.definitions import as_text, read
from relance.core.errors import NotFoundError
from relance.delivery import keys
from relance.journeys import sender_uses
from relance.measurement.sender import examination, words
from relance.senders import keeping, register
from relance.senders.sender import DEFAULT

app = typer.Typer(
    help="Whom mails come from, and how the world sees them: blocklists, SPF, DKIM, DMARC.", no_args_is_help=True
)
COLOURS = {"ok": "green", "unknown": "cyan", "advice": "yellow", "fault": "red"}


@app.command("list")
def list_senders(json: face.Json = False) -> None:
    """Show whom mails may come from: the default sender, then the others."""
    rows = [
        {
            "sender": one.name, "from": one.address, "name": dict(one.titles), "relays": one.relays,
            "keys": keys.selectors([one]),
        }
        for one in register.in_force().values()
    ]  # fmt: skip

    def text(console: Console) -> None:
        cells = [
            (str(row["sender"]), str(row["from"]), ", ".join(row["keys"]) or "-", str(row["relays"]) or "-")
            for row in rows
        ]
        console.print(Grid(("sender", "from", "keys", "relays of its own"), cells))

    face.answer({"senders": rows}, json=json, text=text)


@app.command("apply")
def apply_senders(
    files: Annotated[list[Path], typer.Argument(help="YAML files, each a sender.")],
    by: Annotated[str, typer.Option("--by", help="Who decides; kept in the audit log.")] = "command line",
    json: face.Json = False,
) -> None:
    """Keep the senders of these files; a file with an error keeps everything as it is."""
    names = keeping.apply([read(path) for path in files], datetime.now(UTC), by=by)
    face.answer({"senders": names}, json=json, text=lambda console: console.print(f"Senders kept: {', '.join(names)}."))


@app.command("show")
def show(name: str, json: face.Json = False) -> None:
    """Print a sender as a file that `apply` takes back."""
    written = keeping.written(name)
    if json:
        face.answer({"sender": name, "definition": written}, json=True, text=lambda console: None)
    else:
        sys.stdout.write(as_text(written))


@app.command("remove")
def remove(
    name: str,
    by: Annotated[str, typer.Option("--by", help="Who decides; kept in the audit log.")] = "command line",
    json: face.Json = False,
) -> None:
    """Take a sender away that no journey names and no message waits for; answers to what it sent still count for it."""
    sender_uses.remove(name, datetime.now(UTC), by=by)
    face.answer({"removed": name}, json=json, text=lambda console: console.print(f"{name} is removed.", markup=False))


@app.command("examine")
def examine(
    sender: Annotated[
        str, typer.Option("--sender", help="Whom to look at; the default sender if not given.")
    ] = DEFAULT,
    last: Annotated[bool, typer.Option("--last", help="Show what the last night found, and ask nobody.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show what is good too.")] = False,
    language: face.Language = "en",
    json: face.Json = False,
) -> None:
    """Look the sending hosts and domain up, say what is wrong and what to do; exit code 1 where something is to mend."""
    domain = keeping.find(sender).domain
    found = _last(domain) if last else examination.examine(datetime.now(UTC), domain=domain)
    if not last:
        examination.keep(found)
    shown = [*found.to_mend(), *([one for one in found.findings if one.level == "ok"] if every else [])]

    def text(console: Console) -> None:
        good = sum(one.level == "ok" for one in found.findings)
        summary = (
            f"{found.domain}, {local(found.at):%Y-%m-%d %H:%M} : {good} vérifications bonnes sur {len(found.findings)}."
            if language == "fr"
            else f"{found.domain}, {local(found.at):%Y-%m-%d %H:%M}: {good} checks of {len(found.findings)} are good."
        )
        console.print(summary)
        for one in shown:
            label = words.level(one, language)
            console.print(
                f"[{COLOURS[one.level]}]{label}[/] {words.sentence(one, language)} {words.advice(one, language)}"
            )

    face.answer(_plain(found), json=json, text=text)
    if found.level == "fault":
        raise typer.Exit(1)


def _last(domain: str) -> examination.Examination:
    found = examination.latest(domain)
    if found is None:
        raise NotFoundError(f"{domain} was never examined. Run `relance sender examine`.")
    return found


def _plain(found: examination.Examination) -> dict[str, Any]:
    rows = [
        one.as_dict()
        | {"sentence": words.sentence(one, "en"), "advice": words.advice(one, "en")}
        | {"sentence_fr": words.sentence(one, "fr"), "advice_fr": words.advice(one, "fr")}
        for one in found.findings
    ]
    return {"domain": found.domain, "at": found.at, "level": found.level, "findings": rows}
