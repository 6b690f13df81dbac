"""`relance journey ramp`: the steps of a launch, what is known of the last one, and the release of the next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from relance.cli import face
from relance.cli.clock import local
from relance.cli.tables import Grid
from relance.core.errors import NotFoundError
from relance.eligibility.ramp import ramping, standing
from relance.journeys import launches

HEADERS = {
    "en": ("step", "band", "people", "released", "by"),
    "fr": ("palier", "silence", "personnes", "libéré", "par"),
}
PROOF = {"en": "proof", "fr": "la preuve"}
NEXT = {
    "en": "Next, step {number}: {people:,} people ({band}); {left:,} wait in all.",
    "fr": "Ensuite, palier {number} : {people:,} personnes ({band}) ; {left:,} attendent en tout.",
}
OVER = {"en": "Everybody of the segment may enter.", "fr": "Tout le segment peut entrer."}


def ramp(
    name: Annotated[str, typer.Argument(help="The journey.")],
    release: Annotated[bool, typer.Option("--release", help="Let the next step in now, without proof.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who releases it.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the audit log.")] = "",
    language: face.Language = "en",
    json: face.Json = False,
) -> None:
    """Show the steps of a journey's ramp and what is not known yet; with --release, let the next one in."""
    now = datetime.now(UTC)
    journey = launches.journey(name)
    if release:
        ramping.release(journey, by=by, reason=reason, now=now)
    found = standing.standing(journey, now)
    if found is None:
        raise NotFoundError(f"{name} has no ramp: it is no reactivation, or no launch of it was approved.")
    face.answer(found, json=json, text=lambda console: _print(console, found, language))


def _print(console: Console, found: dict[str, Any], language: str) -> None:
    rows = [
        (
            str(step["number"]), step["band"][language], f"{step['people']:,}", f"{local(step['released_at']):%Y-%m-%d %H:%M}",
            step["released_by"] or PROOF[language],
        )
        for step in found["steps"]
    ]  # fmt: skip
    console.print(Grid(HEADERS[language], rows))
    following = found["next"]
    if following is None:
        console.print(OVER[language])
        for sentence in found["opening"]["sentences"][language] if found["opening"] else ():
            face.item(console, sentence)
        return
    console.print(NEXT[language].format(**following | {"band": following["band"][language]}), markup=False)
    for sentence in following["sentences"][language]:
        face.item(console, sentence)
