"""`relance sender`: how the world sees the sender: blocklists, SPF, DKIM, DMARC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from django.conf import settings
from rich.console import Console

from relance.cli import face
from relance.cli.clock import local
from relance.core.errors import NotFoundError
from relance.measurement.sender import examination, words

app = typer.Typer(help="The sender as the world sees it: blocklists, SPF, DKIM, DMARC.", no_args_is_help=True)
COLOURS = {"ok": "green", "unknown": "cyan", "advice": "yellow", "fault": "red"}


@app.command("examine")
def examine(
    last: Annotated[bool, typer.Option("--last", help="Show what the last night found, and ask nobody.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show what is good too.")] = False,
    json: face.Json = False,
) -> None:
    """Look the sending hosts and domain up, say what is wrong and what to do; exit code 1 where something is to mend."""
    found = _last() if last else examination.examine(datetime.now(UTC))
    if not last:
        examination.keep(found)
    language = settings.RELANCE.language
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

    face.answer(_plain(found, language), json=json, text=text)
    if found.level == "fault":
        raise typer.Exit(1)


def _last() -> examination.Examination:
    found = examination.latest()
    if found is None:
        raise NotFoundError("The sender was never examined. Run `relance sender examine`.")
    return found


def _plain(found: examination.Examination, language: str) -> dict[str, Any]:
    rows = [
        one.as_dict() | {"sentence": words.sentence(one, language), "advice": words.advice(one, language)}
        for one in found.findings
    ]
    return {"domain": found.domain, "at": found.at, "level": found.level, "findings": rows}
