"""`relance journey rehearse` and `relance demo`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from rich.console import Console
from rich.table import Table

from relance.cli import face
from relance.cli.clock import AsOf, instant, local
from relance.core import place
from relance.rehearsal import demonstration, rates, rehearse, reporting
from relance.rehearsal.rehearse import Options, Rehearsal


def rehearse_journey(
    name: Annotated[str, typer.Argument(help="The published journey.")],
    start: AsOf = None,
    days: Annotated[int, typer.Option(min=2, max=730, help="Virtual days.")] = 75,
    rates_file: Annotated[Path | None, typer.Option("--rates", help="YAML of the simulated people's rates.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws other people.")] = 1,
    json: face.Json = False,
) -> None:
    """Run a journey on a scratch copy with simulated people: days in seconds, and nothing leaves the machine."""
    began = time.monotonic()
    with face.progress() as report:
        options = Options(name, rehearse.good_start(name, instant(start)), days, rates.load(rates_file), seed)
        done = rehearse.rehearse(options, report)
    files = reporting.write(done, place.folder("rehearsals"))
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
        shown = demonstration.run(report)
    files = reporting.write(shown.rehearsal, place.folder("rehearsals"))
    seconds = round(time.monotonic() - began, 1)
    data: dict[str, Any] = {
        "files": str(shown.folder), "imports": shown.imports, "hygiene": shown.hygiene, **rehearse.summary(shown.rehearsal),
        "seconds": seconds, "reports": [str(file) for file in files],
    }  # fmt: skip

    def text(console: Console) -> None:
        console.print(f"\n[bold]A sample shop[/] of invented people, as its CSV files: {shown.folder}")
        for kind, totals in shown.imports.items():
            console.print(
                f"  {kind}: "
                + ", ".join(f"{count:,} {name}" for name, count in totals.items() if isinstance(count, int) and count)
            )
        show(console, shown.rehearsal, files)
        console.print(
            f"Done in {seconds} s. Next: `.venv/bin/relance doctor EMAIL`, `.venv/bin/relance up`, docs/en/index.md."
        )

    face.answer(data, json=json, text=text)


def show(console: Console, done: Rehearsal, files: list[Path]) -> None:
    """Print a rehearsal for people."""
    table = Table("state", "people before", "people after", title="The health of the base (simulated after)")
    for state in sorted({*done.before.states, *done.after.states}):
        table.add_row(state, f"{done.before.states.get(state, 0):,}", f"{done.after.states.get(state, 0):,}")
    console.print(table)
    result = done.result
    console.print(f"[bold]Rehearsal of {result.journey}, simulated[/]: {done.options.days} days from {local(done.options.start):%Y-%m-%d}, "
                  f"{result.treated:,} people in the journey, {result.control:,} in the control group.")  # fmt: skip
    effects = Table(
        "outcome",
        "in the journey",
        "control group",
        "difference",
        "95 % interval",
        title="By intention to treat (simulated)",
    )
    for effect in result.effects:
        if effect.treated and effect.control and effect.difference is not None:
            interval = f"{effect.interval.low:+.2%} to {effect.interval.high:+.2%}" if effect.interval else ""
            effects.add_row(
                effect.outcome,
                f"{effect.treated.share:.2%}",
                f"{effect.control.share:.2%}",
                f"{effect.difference:+.2%}",
                interval,
            )
        else:
            effects.add_row(effect.outcome, "unknown", "unknown", "", f"not covered: {', '.join(effect.uncovered)}")
    console.print(effects)
    if result.revenue.incremental is not None:
        limits = result.revenue.incremental_interval
        bounds = f" (95 %: {limits.low:,.0f} to {limits.high:,.0f})" if limits else ""
        console.print(
            f"Incremental revenue, simulated: {result.revenue.incremental:,.0f} {settings.RELANCE.currency}{bounds}."
        )
    console.print(result.conclusion.get("en", ""))
    for file in files:
        console.print(f"Report: {file}", soft_wrap=True)
