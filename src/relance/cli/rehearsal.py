"""`relance journey rehearse` and `relance demo`."""

from __future__ import annotations

import os
import shlex
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from rich.console import Console

from relance.cli import face
from relance.cli.clock import AsOf, instant, local
from relance.cli.imports import WORDS
from relance.cli.tables import Grid
from relance.core import place
from relance.measurement.formats import money, percent, points
from relance.measurement.health import TOLD_BY_MAILS
from relance.rehearsal import demonstration, keeping, rates, rehearse, reporting
from relance.rehearsal.rehearse import Options, Rehearsal

BY = "relance journey rehearse"  # who made a rehearsal that nobody asked for on the page


def rehearse_journey(
    name: Annotated[str, typer.Argument(help="The published journey.")],
    start: AsOf = None,
    days: Annotated[int, typer.Option(min=2, max=730, help="Virtual days.")] = 75,
    rates_file: Annotated[Path | None, typer.Option("--rates", help="YAML of the simulated people's rates.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws other people.")] = 1,
    forced: Annotated[
        bool, typer.Option("--forced", help="Start on that very day: the copy's calendar holds nothing back.")
    ] = False,
    json: face.Json = False,
) -> None:
    """Run a journey on a scratch copy with simulated people: days in seconds, and nothing leaves the machine."""
    began = time.monotonic()
    with face.progress() as report:
        begins = instant(start) if forced else rehearse.good_start(name, instant(start))
        options = Options(name, begins, days, rates.load(rates_file), seed, forced=forced)
        done = rehearse.rehearse(options, report)
    files = _kept(done)
    data = {
        **rehearse.summary(done),
        "seconds": round(time.monotonic() - began, 1),
        "reports": [str(file) for file in files],
    }
    face.answer(data, json=json, text=lambda console: show(console, done, files))


def demo(json: face.Json = False) -> None:
    """Load a sample shop, clean, score, segment, and rehearse a reactivation; nothing leaves the machine."""
    began = time.monotonic()
    with face.progress() as report:
        shown = demonstration.run(report, today=instant(None).date())
    files = _kept(shown.rehearsal)
    seconds = round(time.monotonic() - began, 1)
    data: dict[str, Any] = {
        "files": str(shown.folder), "imports": shown.imports, "hygiene": shown.hygiene, **rehearse.summary(shown.rehearsal),
        "seconds": seconds, "reports": [str(file) for file in files],
    }  # fmt: skip

    def text(console: Console) -> None:
        console.print(f"\n[bold]A sample shop[/] of invented people, as its CSV files: {shown.folder}")
        for kind, totals in shown.imports.items():
            console.print(f"  {kind}: {_totals(totals)}")
        show(console, shown.rehearsal, files)
        command = f"{_here()}.venv/bin/relance"
        console.print(f"Done in {seconds} s. Next: docs/en/index.md, and in the demonstration's own data folder")
        console.print(f"  {command} doctor {demonstration.somebody()}   # one person's whole story", soft_wrap=True)
        console.print(f"  {command} up   # its pages", soft_wrap=True)

    face.answer(data, json=json, text=text)


def _kept(done: Rehearsal) -> list[Path]:
    """Write the report of a rehearsal, and keep the rehearsal for the launch page."""
    files = reporting.write(done, place.folder("rehearsals"))
    now = instant(None)
    keeping.keep(done, files, by=BY, asked_at=now, now=now)
    return files


def _here() -> str:
    """Return what stands before a command so that it works in the data folder in force; nothing where that is the usual one."""
    given = os.environ.get("RELANCE_DATA", "")
    return f"RELANCE_DATA={shlex.quote(given)} " if given else ""


def _totals(totals: dict[str, Any]) -> str:
    """Return what became of a file's rows, in words."""
    counts = {name: count for name, count in totals.items() if isinstance(count, int) and count}
    return ", ".join(f"{count:,} {WORDS.get(name, name.replace('_', ' '))}" for name, count in counts.items())


def show(console: Console, done: Rehearsal, files: list[Path]) -> None:
    """Print a rehearsal for people."""
    both = (done.before.states, done.after.states)
    rows: list[tuple[str, ...]] = [
        (state, f"{both[0].get(state, 0):,}", "" if state in TOLD_BY_MAILS else f"{both[1].get(state, 0):,}")
        for state in sorted({*both[0], *both[1]})
    ]
    rows.append((" + ".join(TOLD_BY_MAILS), *(f"{side.silent_or_unknown:,}" for side in (done.before, done.after))))
    headers = ("state", "people before", "people after")
    console.print()
    console.print(Grid(headers, rows, title="The health of the base (simulated after)"))
    console.print(
        "States joined by + are told apart by reactions to mails; simulated people get none but this journey's."
    )
    console.print()
    result = done.result
    console.print(f"[bold]Rehearsal of {result.journey}, simulated[/]: {done.options.days} days from {local(done.options.start):%Y-%m-%d}, "
                  f"{result.treated:,} people in the journey, {result.control:,} in the control group.")  # fmt: skip
    console.print()
    console.print(_effects(done))
    console.print()
    console.print(_revenue(done))
    for sentence in (result.conclusion.get("en", ""), *reporting.remarks(done, "en")):
        console.print(sentence, markup=False)
    for file in files:
        console.print(f"Report: {file}", soft_wrap=True)


def _effects(done: Rehearsal) -> Grid:
    """Return what both groups did, and by how many points they differ."""
    headers = ("outcome", "in the journey", "control group", "difference", "95% interval")
    rows: list[tuple[str, ...]] = []
    for effect in done.result.effects:
        if effect.treated and effect.control and effect.difference is not None:
            shares = (percent(rate.share, "en", 2) for rate in (effect.treated, effect.control))
            limits = effect.interval
            interval = f"{points(limits.low, 'en')} to {points(limits.high, 'en')}" if limits else ""
            rows.append((effect.outcome, *shares, points(effect.difference, "en"), interval))
        else:
            rows.append((effect.outcome, "unknown", "unknown", "", f"not covered: {', '.join(effect.uncovered)}"))
    return Grid(headers, rows, title="By intention to treat (simulated)")


def _revenue(done: Rehearsal) -> str:
    """Return what the journey brought in money, with its interval."""
    gained, limits, currency = (
        done.result.revenue.incremental,
        done.result.revenue.incremental_interval,
        settings.RELANCE.currency,
    )
    if done.result.revenue.scarce:
        return "Incremental revenue, simulated: too few purchases to tell."
    if gained is None or limits is None:
        return "Revenue cannot be compared."
    low, high = (money(edge, "en", currency, digits=0) for edge in (limits.low, limits.high))
    return f"Incremental revenue, simulated: {money(gained, 'en', currency, digits=0)} (95%: {low} to {high})."
