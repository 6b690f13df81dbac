"""relance import: bring a shop's files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from relance.cli import face
from relance.cli.tables import Grid
from relance.core.errors import InputError
from relance.intake import consents as consents_intake
from relance.intake import contacts as contacts_intake
from relance.intake import coverage, runs
from relance.intake import events as events_intake
from relance.intake import suppressions as suppressions_intake
from relance.intake.models import ImportRun
from relance.intake.options import Options, Progress

app = typer.Typer(no_args_is_help=True, help="Bring contacts, events, consents and suppressions from files.")

File = Annotated[Path, typer.Argument(help="CSV, TSV, fixed width or Parquet; gzip is unpacked.", show_default=False)]
SourceName = Annotated[
    str, typer.Option("--source", help="Name of where the data comes from; default: the tool recognised, else files.")
]
Map = Annotated[
    list[str],
    typer.Option("--map", metavar="COLUMN=FIELD", help="What a column is; repeatable. 13-20=FIELD: by position."),
]
Mode = Annotated[
    Literal["merge", "skip", "overwrite"],
    typer.Option("--mode", help="Contacts already known: merge, skip or overwrite."),
]
Type = Annotated[str, typer.Option("--type", help="Event type of every line, where no column says it.")]
Unknown = Annotated[
    Literal["create", "reject"], typer.Option("--unknown", help="People nobody knows: create or reject.")
]
Dates = Annotated[
    Literal["", "day-first", "month-first"],
    typer.Option("--dates", show_default=False, help="day-first or month-first, where the file leaves it open."),
]
DecimalMark = Annotated[
    Literal["", "comma", "point"],
    typer.Option("--decimal", show_default=False, help="comma or point, where the file leaves it open."),
]
Zone = Annotated[str, typer.Option("--zone", help="Time zone of dates that name none; default: the setting.")]
Since = Annotated[
    str, typer.Option("--covered-since", help="Day from which the source tells of these events; default: its earliest.")
]
Until = Annotated[
    str,
    typer.Option(
        "--covered-until",
        help="Last day the source tells of these events for; default: that of the latest in the file.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count everything, write nothing.")]

Load = Callable[[Path, Options, datetime, Progress], ImportRun]

WORDS = {
    "read": "rows read", "taken": "taken, with the events below", "loaded": "loaded", "known": "known already",
    "merged": "merged into another row's",
    "stock_adjustment": "stock adjustments", "anonymous": "naming nobody", "machine": "done by machines",
    "suppressed": "suppressed", "rejected": "rejected",
}  # fmt: skip


@app.command()
def contacts(  # noqa: PLR0913
    file: File, source: SourceName = "", columns: Map = [], mode: Mode = "merge", dates: Dates = "", zone: Zone = "",  # noqa: B006
    dry_run: DryRun = False, json: face.Json = False,
) -> None:  # fmt: skip
    """Bring contacts with their addresses, consents and opt-outs."""
    options = Options(source=source, columns=pairs(columns), mode=mode, dates=dates, zone=zone, dry_run=dry_run)
    bring(contacts_intake.load, file, options, json=json)


@app.command()
def events(  # noqa: PLR0913
    file: File, source: SourceName = "", columns: Map = [], type_: Type = "", unknown: Unknown = "create",  # noqa: B006
    dates: Dates = "", decimal: DecimalMark = "", zone: Zone = "", covered_since: Since = "", covered_until: Until = "",
    dry_run: DryRun = False, json: face.Json = False,
) -> None:  # fmt: skip
    """Bring orders, refunds, visits, mails of a former tool, or any declared event."""
    options = Options(
        source=source, columns=pairs(columns), type=type_, unknown=unknown, dates=dates, decimal=decimal, zone=zone, dry_run=dry_run,
    )  # fmt: skip
    if covered_since:
        options = replace(options, covered_since=day(covered_since, options.time_zone))
    if covered_until:
        until = coverage.whole_day(day(covered_until, options.time_zone, said="--covered-until"))
        options = replace(options, covered_until=until)
    bring(events_intake.load, file, options, json=json)


@app.command()
def consents(  # noqa: PLR0913
    file: File, source: SourceName = "", columns: Map = [], unknown: Unknown = "create", dates: Dates = "", zone: Zone = "",  # noqa: B006
    dry_run: DryRun = False, json: face.Json = False,
) -> None:  # fmt: skip
    """Bring entries of the ledger of consents."""
    options = Options(source=source, columns=pairs(columns), unknown=unknown, dates=dates, zone=zone, dry_run=dry_run)
    bring(consents_intake.load, file, options, json=json)


@app.command()
def suppressions(
    file: File, source: SourceName = "", columns: Map = [], dates: Dates = "", zone: Zone = "",  # noqa: B006
    dry_run: DryRun = False, json: face.Json = False,
) -> None:  # fmt: skip
    """Bring addresses nobody may write to: opt-outs, bounces, complaints."""
    options = Options(source=source, columns=pairs(columns), dates=dates, zone=zone, dry_run=dry_run)
    bring(suppressions_intake.load, file, options, json=json)


def pairs(columns: list[str]) -> dict[str, str]:
    """Return COLUMN=FIELD arguments as a mapping; a column's name may hold an equals sign, a field's never does."""
    found: dict[str, str] = {}
    for text in columns:
        column, sign, name = text.rpartition("=")
        if not sign or not column or not name:
            raise InputError(f'--map {text}: write it as "COLUMN=FIELD", such as --map "Adresse e-mail=email".')
        if column in found:
            raise InputError(f"--map {text}: this column is mapped twice. Keep one of the two.")
        found[column.strip()] = name.strip()
    return found


def day(text: str, zone: str, *, said: str = "--covered-since") -> datetime:
    """Return the start of a day written 2024-01-31 as an instant."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except ValueError as error:
        raise InputError(f"{said} {text}: write the day as 2024-01-31.") from error


def bring(load: Load, file: Path, options: Options, *, json: bool) -> None:
    """Import the file with progress on stderr and answer with the run."""
    with face.progress() as report:
        run = load(file, options, datetime.now(UTC), report)
    if not options.dry_run:
        runs.renew_statistics()
    data = {
        "id": run.id, "kind": run.kind, "state": run.state, "file": run.file_name, "sha256": run.sha256, "source": run.source.name,
        "mapping": run.mapping, "totals": run.totals,
    }  # fmt: skip
    face.answer(data, json=json, text=lambda console: narrate(console, run))


def narrate(console: Console, run: ImportRun) -> None:
    """Tell a person what became of the file."""
    tool = f", an export of {run.mapping['tool']}" if run.mapping["tool"] else ""
    done = "Nothing written (dry run)" if run.state == "dry run" else "Imported"
    console.print(f"{done}: {run.file_name}{tool}, as {run.kind} from source {run.source.name}.")
    _show_totals(console, run.totals)
    for reason, count in run.totals["reasons"].items():
        console.print(
            f"  {_rejection(reason, count, run.totals['lines'].get(reason, []))}",
            markup=False,
        )
    if run.totals["rejects_file"]:
        console.print(f"Rejected rows, with line and reason: {run.totals['rejects_file']}", soft_wrap=True)
    if run.mapping["unused"]:
        console.print(f"Columns not used: {', '.join(run.mapping['unused'])}. Use one with --map.")
    if run.totals["imported_before"]:
        console.print(
            f"The same content was imported on {run.totals['imported_before'][:10]}; what was known then was not added again."
        )


def _rejection(reason: str, count: int, lines: list[int]) -> str:
    """Return one reason with how many lines it rejected, and the first of them."""
    reason = re.sub(r"\b1 fields", "1 field", reason)
    found = f"{reason}: {count:,} line{'s' if count > 1 else ''}"
    if not lines:
        return found
    first = ", ".join(map(str, lines))
    if count == 1:
        return f"{found} (line {first})"
    return f"{found} ({'first lines:' if count > len(lines) else 'lines'} {first})"


def _show_totals(console: Console, totals: dict[str, Any]) -> None:
    """Print rows by what became of them, then the money of each class, then what the rows brought besides."""
    shown = [name for name in WORDS if totals.get(name) or (name in {"read", "loaded", "taken"} and name in totals)]
    console.print(Grid(("", "rows"), [(WORDS[name], f"{totals[name]:,}") for name in shown]))
    if "taken" in totals:
        console.print(Grid(("event", "count"), [(name, f"{count:,}") for name, count in totals["events"].items()]))
    if classes := totals.get("classes"):
        money = [(name, f"{figures['rows']:,}", figures["money"]) for name, figures in classes.items()]
        money.append(("all", f"{sum(figures['rows'] for figures in classes.values()):,}", totals["money"]))
        console.print(Grid(("class", "rows", "money"), money))
    for name, value in totals.items():
        if isinstance(value, int) and value and name not in WORDS:
            console.print(f"  {name.replace('_', ' ')}: {value:,}")
