"""`relance kinds` and `relance targets`: who the quiet people are, and whom to write to first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import transaction
from rich.console import Console

from relance.cli import face, sources
from relance.cli.tables import Grid
from relance.core.errors import RefusedError
from relance.dormancy import kinds as sorted_kinds
from relance.dormancy import silences
from relance.dormancy.future.outlook import last_scoring
from relance.dormancy.kinds.sorting import NOT_SCORED
from relance.measurement import telling
from relance.measurement.formats import money, number
from relance.segments import definitions
from relance.segments.models import Segment

LANGUAGE = "en"  # the command line speaks English
Refresh = Annotated[bool, typer.Option("--refresh", help="Count anew instead of reading what is kept.")]


def kinds(
    refresh: Refresh = False,
    keep: Annotated[
        bool,
        typer.Option("--keep-segments", help="Also keep a segment for each kind, position and reason that has none."),
    ] = False,
    json: face.Json = False,
) -> None:
    """Say what kinds of quiet people there are, where they stand in the funnel and why they went quiet, where that is known."""
    found = _found(refresh, "overview")
    if keep:
        found["kept_segments"] = _keep_segments(datetime.now(UTC))
    face.answer(found, json=json, text=lambda console: _show_kinds(console, found))


def targets(refresh: Refresh = False, json: face.Json = False) -> None:
    """Rank micro-targets (kind, value band, months of silence) by what their people are expected to spend in 90 days."""
    found = _found(refresh, "targets")
    face.answer(found, json=json, text=lambda console: _show_targets(console, found))


def _found(refresh: bool, part: str) -> dict[str, Any]:
    """Return what is kept, or what is counted as of the last scoring, whose states the kinds rest on; and what no longer is told."""
    warning = {"warning": telling.warning(datetime.now(UTC))}
    if sorted_kinds.kept() and not refresh:
        return {**sorted_kinds.latest()[part], **warning}
    if not silences.scored():
        raise RefusedError(NOT_SCORED)
    return {**sorted_kinds.refresh(last_scoring())[part], **warning}


def _keep_segments(now: datetime) -> list[str]:
    """Keep the shipped segments that this installation lacks; return their names."""
    known = set(Segment.objects.values_list("name", flat=True))
    every = (*sorted_kinds.KINDS, *sorted_kinds.FUNNEL, *sorted_kinds.REASONS)
    with transaction.atomic():
        return [definitions.apply(one.document, now).name for one in every if one.segment not in known]


def _show_kinds(console: Console, found: Mapping[str, Any]) -> None:
    counts = ("people", "reachable", "unknown")
    rows = [
        (row["title"][LANGUAGE], *(_n(row[name]) for name in counts), ", ".join(row["recipes"]) or "-")
        for row in found["kinds"]
    ]
    sources.show(console, found["warning"])
    dormant = "dormant: unknown" if found["quiet"] is None else f"{_n(found['quiet'])} dormant"
    title = f"{_n(found['people'])} people, {dormant}"
    console.print(Grid(("kind", *counts, "recipe"), rows, title=title))
    for name, title in (("funnel", "Where they stand"), ("reasons", "Why they went quiet")):
        small = [(row["title"][LANGUAGE], _n(row["people"]), _n(row["unknown"])) for row in found[name]]
        console.print()
        console.print(Grid(("", "people", "unknown"), small, title=title))
    console.print()
    console.print("One person may be of several kinds. Unknown: no source covers what would tell.")
    if found["objected"]:
        console.print(f"Objected to profiling: {_n(found['objected'])}, who are in no kind that rests on a score.")
    if "kept_segments" in found:
        console.print(f"Segments kept: {', '.join(found['kept_segments']) or 'none, all were there'}.")


def _show_targets(console: Console, found: Mapping[str, Any]) -> None:
    sources.show(console, found["warning"])
    if found.get("untold"):
        console.print("Nobody can be said dormant, so nobody knows who needs waking.")
    headers = ("", "kind", "value", "months silent", "people", "reachable", "in 90 days", "recipe")
    console.print(Grid(headers, [_target(row) for row in found["targets"]]))
    console.print()
    small, beyond = found["too_small"], found["beyond"]
    console.print(
        f"Left out: {_n(small['people'])} people in {small['targets']} groups of fewer than {found['least']} reachable people, "
        f"{_n(beyond['people'])} in {beyond['targets']} groups beyond the first {found['most']}, "
        f"{_n(found['objected'])} who objected to profiling."
    )
    console.print(
        "In 90 days: what they are expected to spend, whether or not you write. It ranks; it is not what a message earns."
    )


def _target(row: Mapping[str, Any]) -> tuple[str, ...]:
    begin, end = row["silent_months"]
    trade = sorted_kinds.TRADES.get(row.get("trade", ""))
    kind = row["title"][LANGUAGE] + (f" ({trade[LANGUAGE].lower()})" if trade else "")
    silent = f"{begin}–{end}" if end else f"{begin}+"
    counts = (_n(row["people"]), _n(row["reachable"]))
    return (str(row["rank"]), kind, row["value_band"], silent, *counts, _worth(row), row["recipe"])


def _worth(row: Mapping[str, Any]) -> str:
    """Return what a target is expected to spend, in whole units: it only ranks."""
    value = row["expected_value"]
    return "unknown" if value is None else money(value, LANGUAGE, settings.RELANCE.currency, digits=0)


def _n(count: int | None) -> str:
    return "unknown" if count is None else number(count, LANGUAGE)
