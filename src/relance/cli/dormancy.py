"""`relance score`, `relance policies`, `relance segments`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.db import transaction
from django.db.models import Max
from rich.console import Console

from relance.cli import face
from relance.cli import sources as telling_face
from relance.cli.clock import AsOf, instant, local
from relance.cli.tables import Grid
from relance.core import audit
from relance.core.definitions import read
from relance.core.errors import RefusedError
from relance.dormancy import arrangement, comparison, models, policies, scoring
from relance.dormancy.presets import preset, presets
from relance.events import engine
from relance.journeys import policy_uses
from relance.measurement import telling
from relance.segments import definitions, refresh
from relance.segments.models import Membership, Segment

policies_app = typer.Typer(help="Policies: who counts as dormant.", no_args_is_help=True)
segments_app = typer.Typer(help="Segments: named groups of contacts.", no_args_is_help=True)
Files = Annotated[list[Path], typer.Argument(help="YAML files.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show, write nothing.")]


def score(
    as_of: AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show, write nothing.")] = False,
    json: face.Json = False,
) -> None:
    """Say who is dormant, since when and why; write what changed."""
    now, present = instant(as_of), datetime.now(UTC)
    found = scoring.score(now, write=not dry_run and now <= present)
    warning = telling.warning(now)
    why = (
        "--dry-run"
        if dry_run
        else "the date is to come"
        if now > present
        else "people were scored at a later date already"
    )

    def text(console: Console) -> None:
        states = sorted(found.states.items(), key=lambda item: -item[1])
        rows = [(state, f"{count:,}", f"{count / max(found.people, 1):.1%}") for state, count in states]
        title = f"{found.people:,} people on {local(found.as_of):%Y-%m-%d}"
        console.print(Grid(("state", "people", "share"), rows, title=title))
        console.print(
            f"{found.changed:,} standings written, {found.moved:,} people changed state."
            if found.written
            else f"Nothing was written ({why}): this is a look, not a scoring."
        )
        telling_face.show(console, warning)

    face.answer({**asdict(found), "warning": warning}, json=json, text=text)


@policies_app.command("apply")
def apply_policies(files: Files, json: face.Json = False) -> None:
    """Keep the policies of these files; a file with an error keeps everything as it is."""
    now = datetime.now(UTC)
    documents = [read(path) for path in files]
    for document in documents:
        policies.check(document)
    names = [policies.apply(document, now).name for document in documents]
    face.answer(
        {"policies": names}, json=json, text=lambda console: console.print(f"Policies kept: {', '.join(names)}.")
    )


@policies_app.command("list")
def list_policies(json: face.Json = False) -> None:
    """Show the policies in the order in which they are tried."""
    found = [
        {"policy": p.name, "applied_at": p.applied_at, "description": p.definition.get("description", {})}
        for p in _in_order()
    ]

    def text(console: Console) -> None:
        for position, policy in enumerate(found, start=1):
            console.print(f"{position}. {policy['policy']}: {policy['description'].get('en', '')}", markup=False)
        if not found:
            console.print(
                "No policy is in force: nobody is told silent. `relance policies presets` shows those shipped."
            )

    face.answer({"policies": found}, json=json, text=text)


def _in_order() -> list[models.Policy]:
    """Return the policies as they are tried: those for everybody last."""
    kept = {policy.name: policy for policy in models.Policy.objects.all()}
    return [kept[policy.policy] for policy in policies.in_force()]


@policies_app.command("remove")
def remove_policy(name: str, dry_run: DryRun = False, json: face.Json = False) -> None:
    """Take a policy away: its people fall to the next one they belong to, at the next scoring."""
    new = arrangement.without(policies.in_force(), name)
    policy_uses.insist_on_none(name)
    now = datetime.now(UTC)
    moves = arrangement.moved(now, new)
    if not dry_run:
        with transaction.atomic():
            policy_uses.insist_on_none(name)  # again: moving people took time
            arrangement.remove(name)
            audit.record("policy removed", name, now=now, details={"moved": moves.moved, "people": moves.people})
    done = f"{name} would be removed (--dry-run)." if dry_run else f"{name} is removed."
    face.answer(
        {"removed": name, "written": not dry_run, **asdict(moves)},
        json=json,
        text=lambda console: _print_passages(console, moves, done),
    )


@policies_app.command("order")
def order_policies(
    names: Annotated[list[str], typer.Argument(help="The policies to try first, in this order; the others follow.")],
    dry_run: DryRun = False,
    json: face.Json = False,
) -> None:
    """Say which policies are tried first: the first whose population a person belongs to counts for her."""
    new, now = arrangement.ordered(policies.in_force(), names), datetime.now(UTC)
    moves, order = arrangement.moved(now, new), [policy.policy for policy in new]
    if not dry_run:
        with transaction.atomic():
            arrangement.arrange(names)
            audit.record("policies ordered", ", ".join(order), now=now, details={"moved": moves.moved})
    done = f"{'Would be tried' if dry_run else 'Tried'} in this order: {', '.join(order)}."
    face.answer(
        {"order": order, "written": not dry_run, **asdict(moves)},
        json=json,
        text=lambda console: _print_passages(console, moves, done),
    )


def _print_passages(console: Console, moves: comparison.Moves, done: str) -> None:
    """Say what was done, and who falls under another policy."""
    console.print(done, markup=False)
    for one in moves.passages:
        console.print(f"{one.people:,} people go from {one.before or 'no policy'} to {one.after or 'no policy'}.")
    console.print(f"{moves.moved:,} of {moves.people:,} people change state at the next scoring.")


@policies_app.command("presets")
def list_presets(
    show: Annotated[str, typer.Option(help="Print the file of this one.")] = "", json: face.Json = False
) -> None:
    """Show the policies that are shipped, whom each is for and why it is as it is."""
    if show:
        chosen = preset(show)
        text_of = chosen.path.read_text("utf-8")
        face.answer(
            {"policy": chosen.name, "yaml": text_of},
            json=json,
            text=lambda console: console.print(text_of, markup=False, highlight=False, end="", soft_wrap=True),
        )
        return
    applied = set(models.Policy.objects.values_list("name", flat=True))
    found: list[dict[str, Any]] = [
        {"policy": p.name, "file": str(p.path), "given": p.given, "applied": p.name in applied,
         "description": p.definition.description, "reason": p.definition.reason}
        for p in presets()
    ]  # fmt: skip

    def text(console: Console) -> None:
        for row in found:
            console.print(
                f"[bold]{row['policy']}[/bold]{' (in force)' if row['applied'] else ''}: {row['description']['en']}"
            )
            console.print(f"  {row['reason']['en']}")

    face.answer({"presets": found}, json=json, text=text)


@policies_app.command("compare")
def compare_policies(files: Files, as_of: AsOf = None, json: face.Json = False) -> None:
    """Say how many people the policies of these files would move, put in the place of those in force. Writes nothing."""
    now, old = instant(as_of), policies.in_force()
    written = [policies.check(read(path)) for path in files]
    new = comparison.replaced(old, written)
    with engine.reading() as con:
        moves = comparison.compare(con, now, old, new)
    with engine.reading() as con:
        opens = comparison.opens(con, now, new)
    data = {**asdict(moves), "opens": asdict(opens) if opens else None}

    def text(console: Console) -> None:
        rows = [(move.before, move.after, f"{move.people:,}") for move in moves.matrix if move.before != move.after]
        said = f"{moves.moved:,} of {moves.people:,} people would change state"
        console.print(Grid(("now", "then", "people"), rows, title=said) if rows else f"{said}.")
        console.print(f"{moves.reassigned:,} people would fall under another policy.")
        console.print(
            f"Of the {opens.known:,} people whose opens are known, {opens.moves.moved:,} would stand elsewhere if opens counted too."
            if opens
            else "Opens are known of nobody who consented to that, so clicks stand for them without moving anybody."
        )

    face.answer(data, json=json, text=text)


@segments_app.command("apply")
def apply_segments(files: Files, json: face.Json = False) -> None:
    """Keep the segments of these files; their members come with the next refresh."""
    now = datetime.now(UTC)
    documents = [read(path) for path in files]
    with transaction.atomic():  # all of them or none; each may build on those before it
        names = [definitions.apply(document, now).name for document in documents]
    face.answer(
        {"segments": names}, json=json, text=lambda console: console.print(f"Segments kept: {', '.join(names)}.")
    )


@segments_app.command("refresh")
def refresh_segments(as_of: AsOf = None, json: face.Json = False) -> None:
    """Bring the members of every segment up to date."""
    now = instant(as_of)
    _refuse_another_time(now)
    moved = refresh.run(now)
    face.answer({"moved": moved, **_sizes()}, json=json, text=lambda console: _print_sizes(console, moved))


def _refuse_another_time(now: datetime) -> None:
    """Refuse members of an instant that is to come, or earlier than those that are kept: journeys read them as of now."""
    last = Segment.objects.aggregate(last=Max("refreshed_at"))["last"]
    if now > datetime.now(UTC):
        raise RefusedError(
            f"Segments cannot be refreshed as of {local(now):%Y-%m-%d %H:%M}, which is to come. Leave --as-of out."
        )
    if last is not None and now < last:
        raise RefusedError(
            f"Segments were refreshed as of {local(last):%Y-%m-%d %H:%M}, later than {local(now):%Y-%m-%d %H:%M}: their members would "
            "go back in time. Leave --as-of out, or name a later instant."
        )


@segments_app.command("list")
def list_segments(json: face.Json = False) -> None:
    """Show the segments and their sizes."""
    face.answer(_sizes(), json=json, text=lambda console: _print_sizes(console, None))


def _sizes() -> dict[str, list[dict[str, Any]]]:
    return {
        "segments": [
            {"segment": s.name, "people": Membership.objects.filter(segment=s).count(), "refreshed_at": s.refreshed_at}
            for s in Segment.objects.order_by("name")
        ]
    }


def _refreshed(at: datetime | None) -> str:
    return f"{local(at):%Y-%m-%d %H:%M}" if at else "never"


def _print_sizes(console: Console, moved: int | None) -> None:
    rows = [
        (str(row["segment"]), f"{row['people']:,}", _refreshed(row["refreshed_at"])) for row in _sizes()["segments"]
    ]
    console.print(Grid(("segment", "people", "refreshed"), rows) if rows else "No segment is kept yet.")
    if moved is not None:
        console.print(f"{moved:,} people entered or left.")
