"""`relance journey`: check, publish, start, pause and look at journeys."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.tree import Tree

from relance.cli import face
from relance.cli.tables import Grid
from relance.core import audit, definitions
from relance.core.definitions import Document
from relance.core.errors import RefusedError
from relance.eligibility import house_rules, permission
from relance.intake import sources
from relance.journeys import counts, definition, publishing
from relance.journeys.findings import Finding
from relance.journeys.models import Journey
from relance.journeys.steps import Branch, Send, Steps, Wait
from relance.measurement import before
from relance.outbox.models import OWED

app = typer.Typer(help="Check, publish, start, pause and look at journeys.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The journey's YAML file.")]
Name = Annotated[str, typer.Argument(help="The journey's name.")]


@app.command()
def lint(file: File, json: face.Json = False) -> None:
    """Say what is wrong or unwise in a journey; refuse it where something is wrong."""
    document = definitions.read(file)
    found = publishing.findings(definition.read(document), datetime.now(UTC))
    rows = [_finding(document, finding) for finding in found]
    face.answer({"file": str(file), "findings": rows}, json=json, text=lambda console: _print_findings(console, rows))
    errors = sum(finding.level == "error" for finding in found)
    if errors and json:
        raise typer.Exit(1)  # the findings say it all, and stdout holds one JSON document
    if errors:
        raise RefusedError(
            f"{file}: {errors} error{'s' if errors > 1 else ''} to correct before this journey can be published."
        )


@app.command()
def publish(file: File, json: face.Json = False) -> None:
    """Publish a journey as a version that never changes; an unchanged journey makes no new one."""
    now = datetime.now(UTC)
    version = publishing.publish(definitions.read(file), now)
    new = version.published_at == now
    if new:
        audit.record("publish journey", f"{version.journey.name} {version.number}", now=now)
    data = {"journey": version.journey.name, "version": version.number, "new": new, "running": version.journey.running}
    state = "published" if new else "unchanged; published before"
    _answer(data, f"{version.journey.name}, version {version.number}: {state}.", now, json=json)


@app.command()
def start(name: Name, json: face.Json = False) -> None:
    """Let people enter a journey and go through it; say what its groups will be able to show."""
    now = datetime.now(UTC)
    purpose = definition.of(publishing.latest(name)).purpose
    if purpose not in OWED and not permission.opt_outs_known():
        raise RefusedError(
            f"{name} cannot start: the opt-outs of the former tool are not in, so nobody's permission is sure. Import them "
            "(`relance import suppressions FILE`), or declare that there are none (`relance declare no-opt-outs --by NAME`)."
        )
    data, words = _switched(publishing.start(name), now)
    if sources.invented():
        data["mails_go_to"] = "maildir"
        words += " The sample shop's invented people are in: mails only go to the Maildir of the data folder."
    _answer(data, words, now, json=json)


@app.command()
def pause(name: Name, json: face.Json = False) -> None:
    """Stop entries and steps of a journey."""
    data, words = _switched(publishing.pause(name), datetime.now(UTC))
    face.answer(data, json=json, text=lambda console: console.print(words))


@app.command("list")
def list_(json: face.Json = False) -> None:
    """Show every journey: its version, whether it runs, how many people are in it."""
    rows = counts.journeys()
    face.answer({"journeys": rows}, json=json, text=lambda console: console.print(_table(rows) if rows else NONE))


@app.command()
def show(name: Name, json: face.Json = False) -> None:
    """Show a journey as a tree, with how many people stand at each step."""
    version = publishing.latest(name)
    journey = definition.of(version)
    at = counts.positions(version)
    data = {
        "journey": name, "version": version.number, "running": version.journey.running, "holdout": journey.holdout,
        "steps": [
            {"position": node.position, "kind": node.step.kind, "id": node.step.name, "people": at["open"].get(node.position, 0)}
            for node in journey.nodes.values()
        ],
        "control": at["control"], "other_versions": at["elsewhere"], "ended": at["ended"],
    }  # fmt: skip
    face.answer(data, json=json, text=lambda console: _print_journey(console, data, journey.steps))


def _switched(journey: Journey, now: datetime) -> tuple[dict[str, Any], str]:
    """Note who started or paused the journey, and return what to answer."""
    word = "running" if journey.running else "paused"
    audit.record("start journey" if journey.running else "pause journey", journey.name, now=now)
    return {"journey": journey.name, "running": journey.running}, f"{journey.name} is {word}."


def _answer(data: dict[str, Any], words: str, now: datetime, *, json: bool) -> None:
    """Answer with what is to be known before launch: who would enter now, and what their groups can show."""
    found = before.expected(data["journey"], now)

    def text(console: Console) -> None:
        console.print(words, markup=False)
        console.print(found.sentences["en"], markup=False)

    face.answer({**data, "expected": found.as_dict()}, json=json, text=text)


def _finding(document: Document, finding: Finding) -> dict[str, Any]:
    """Return a finding as a program reads it."""
    return {
        "level": finding.level, "code": finding.code, "step": finding.step, "line": document.line(finding.location),
        "sentence": finding.english, "sentence_fr": finding.french,
    }  # fmt: skip


def _print_findings(console: Console, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        place = f"line {row['line']}" + (f", step {row['step']}" if row["step"] else "")
        console.print(f"{row['level']}: {place}: {row['sentence']} ({row['code']})", markup=False)
    if not rows:
        console.print("Nothing to say against this journey.")


NONE = "No journey is published yet. `relance journey publish FILE` does it."
COUNTED = ("open", "control", "ended")


def _table(rows: list[dict[str, Any]]) -> Grid:
    cells = [
        (row["journey"], str(row["version"]), "yes" if row["running"] else "no", *(f"{row[key]:,}" for key in COUNTED))
        for row in rows
    ]
    return Grid(("journey", "version", "running", "in it", "control", "ended"), cells)


def _print_journey(console: Console, data: dict[str, Any], steps: Steps) -> None:
    running = "running" if data["running"] else "paused"
    tree = Tree(f"{data['journey']}, version {data['version']}, {running}, holdout {data['holdout']:.1%}")
    people = {step["position"]: step["people"] for step in data["steps"]}
    _grow(tree, steps, "", people)
    console.print(tree)
    ended = ", ".join(f"{reason} {count:,}" for reason, count in data["ended"].items()) or "nobody"
    console.print(
        f"control group {data['control']:,}; on other versions {data['other_versions']:,}; ended: {ended}", markup=False
    )


def _send(step: Send) -> str:
    """Return a message in words: its template, by channel where there are several of either."""
    if len(step.channel) == 1:
        return f"{step.kind} {step.id} ({step.template_for(step.channel[0])})"
    ways = [f"{channel} {step.template_for(channel)}" for channel in step.channel]
    if (step.choose or house_rules.in_force().choose) == "cheapest":
        return f"{step.kind} {step.id} (the cheapest of {', '.join(ways)})"
    return f"{step.kind} {step.id} ({', else '.join(ways)})"


def _grow(tree: Tree, steps: Steps, prefix: str, people: dict[str, int]) -> None:
    """Add the steps, and those inside them, below a branch of the printed tree."""
    for index, step in enumerate(steps):
        position = f"{prefix}{index}"
        words = _send(step) if isinstance(step, Send) else step.kind
        if isinstance(step, Wait):
            words = f"wait {step.time}" if step.time else f"wait until {step.until}"
        leaf = tree.add(f"{words}: {people[position]:,}")
        if isinstance(step, Branch):
            for arm, (case, (_, inside)) in enumerate(zip(step.cases, step.arms, strict=True)):
                _grow(
                    leaf.add("otherwise" if case.when is None else f"when, arm {arm + 1}"),
                    inside,
                    f"{position}.{arm}.",
                    people,
                )
