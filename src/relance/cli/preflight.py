"""`relance journey preflight`: the written judgement of a start, before anything leaves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from django.conf import settings
from rich.console import Console

from relance.cli import face
from relance.cli.clock import instant, local
from relance.cli.tables import Grid
from relance.core.dates import day
from relance.journeys import publishing
from relance.measurement import launching
from relance.measurement.formats import money, number, percent
from relance.measurement.preflight import judging, overriding, plain, results_words, words
from relance.measurement.preflight.judging import Judgement

COLOURS = {"note": "cyan", "warning": "yellow", "blocking": "red"}
HEADERS = {"en": ("day", "band", "people", "release"), "fr": ("jour", "silence", "personnes", "libération")}
RESULTS = {
    "en": ("expected", "about", "at least", "at most", "by"),
    "fr": ("à attendre", "environ", "au moins", "au plus", "d’après"),
}
NEXT_START = ("Next good start:", "Prochaine bonne date :")
HELD_START = ("A start that holds the whole ramp:", "Un départ qui contient toute la montée :")
RELEASES = {
    "canary": ("canary", "vague pilote"), "proved": ("by itself, if the answers are good", "d’elle-même, si les réponses sont bonnes"),
    "trust": ("by a person", "par une personne"),
}  # fmt: skip


def preflight(
    name: Annotated[str, typer.Argument(help="The published journey.")],
    at: Annotated[
        str | None, typer.Option("--at", help="The start, such as 2026-09-08T10:00; else the next good Tuesday.")
    ] = None,
    canary: Annotated[
        int | None,
        typer.Option(
            min=1, help="People of the first step of each band of silence; else about a tenth of the segment."
        ),
    ] = None,
    by: Annotated[str, typer.Option("--override-by", help="Who starts in spite of what blocks.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    language: face.Language = "en",
    json: face.Json = False,
) -> None:
    """Judge a start: strengths, weaknesses, opportunities, threats, ramp, cost; exit code 1 where something blocks."""
    now = datetime.now(UTC)
    version = publishing.latest(name)
    canary = canary or launching.proposed_for(version, launching.latest_plan(version))
    start = instant(at) if at else launching.good_start(version, now, canary)
    found = judging.judge(version, start, now, canary=canary)
    if by or reason:
        overriding.override(found, by=by, reason=reason, now=now)
    entry = overriding.overridden(found) if found.blocking else None
    data = plain.data(found) | {"overridden_by": entry.actor if entry else None}
    face.answer(data, json=json, text=lambda console: _print(console, found, language))
    if found.blocking and entry is None:
        raise typer.Exit(1)


def _print(console: Console, found: Judgement, language: str) -> None:
    french = language == "fr"
    advice, risk = words.word(words.ADVICE, found.advice, language), words.word(words.RISKS, found.risk, language)
    start = f"{local(found.start):%Y-%m-%d %H:%M}"
    console.print(f"[bold]{advice}[/] ({'risque' if french else 'risk'} {risk}) : {found.journey}, {start}" if french
                  else f"[bold]{advice}[/] (risk {risk}): {found.journey}, {start}")  # fmt: skip
    for side in words.SIDES:
        for one in [finding for finding in found.findings if finding.side == side]:
            label = words.word(words.SIDES, side, language)
            console.print(f"[{COLOURS[one.level]}]{label}[/] {words.sentence(one, language)}")
    if found.next_start:
        told = day(local(found.next_start).date(), language)
        cut_off = any(one.code == "ramp_after_window" for one in found.findings)
        said = HELD_START if cut_off else NEXT_START
        console.print(f"{said[french]} {told}.")
    _print_ramp(console, found, language)
    _print_messages(console, found, language)
    bounces = percent(found.bounces.high, language) if found.bounces else None
    if bounces:
        console.print(
            f"NPAI attendus : {bounces} au plus, d’après vos derniers envois." if french
            else f"Hard bounces to expect: {bounces} at most, by your last sends."
        )  # fmt: skip
    _print_results(console, found, language)


def _print_messages(console: Console, found: Judgement, language: str) -> None:
    french, cost = language == "fr", money(found.cost, language, settings.RELANCE.currency)
    if not found.messages:
        console.print("Aucun message ne partirait." if french else "No message would leave.")
        return
    messages = f"{number(found.messages, language)} message" + ("s" if found.messages > 1 else "")
    console.print(f"Au plus {messages}, {cost}." if french else f"At most {messages}, {cost}.")
    if found.audience.ways:
        listed = ", ".join(f"{channel} ({number(count, language)})" for channel, count in found.volumes.items())
        console.print(
            f"Si chacun part par le canal qui serait choisi au départ : {listed}." if french
            else f"If each leaves by the channel that would be chosen at the start: {listed}."
        )  # fmt: skip


def _print_results(console: Console, found: Judgement, language: str) -> None:
    rows = [
        (
            results_words.label(one.code, found.results.outcome, language),
            *(results_words.amount(value, one.unit, language) for value in (one.value, one.low, one.high)),
            results_words.source(one.source, language),
        )
        for one in found.results.figures
    ]
    if rows:
        console.print(Grid(RESULTS[language], rows))
    for sentence in results_words.sentences(found.results, found.effect, language):
        face.item(console, sentence)


def _print_ramp(console: Console, found: Judgement, language: str) -> None:
    rows = []
    for step in found.ramp.steps:
        kind = "canary" if step.approved else "proved" if step.proved else "trust"
        release = words.word(RELEASES, kind, language)
        rows.append((f"{step.day:%Y-%m-%d}", step.silence(language), number(step.people, language), release))
    if rows:
        console.print(Grid(HEADERS[language], rows))
