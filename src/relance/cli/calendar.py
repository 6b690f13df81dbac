"""`relance calendar`: commercial periods, and when reactivations wait."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from rich.console import Console
from rich.table import Table

from relance.cli import face
from relance.eligibility import calendar_file, commercial_calendar
from relance.eligibility.commercial_calendar import Blackout
from relance.eligibility.french_periods import LABELS, Period, midnight

app = typer.Typer(help="Commercial periods, and when reactivations wait.", no_args_is_help=True)
Year = Annotated[int | None, typer.Option("--year", min=1970, max=9000, help="The year; this one if not given.")]
Country = Annotated[str | None, typer.Option("--country", help="Two letters; the setting `country` if not given.")]


@app.command("show")
def show(year: Year = None, country: Country = None, json: face.Json = False) -> None:
    """Show the periods of a year and the days on which reactivations wait."""
    data = _year(country.upper() if country else settings.RELANCE.country, year or datetime.now(UTC).year)
    face.answer(data, json=json, text=lambda console: _print(console, data))


@app.command("apply")
def apply(file: Annotated[Path, typer.Argument(help="A YAML file `calendar: …`.")], json: face.Json = False) -> None:
    """Move, cancel or add periods as the file says; the same file again changes nothing."""
    done = calendar_file.apply(file, datetime.now(UTC))
    face.answer(
        done,
        json=json,
        text=lambda console: console.print(
            f"Calendar {done['calendar']} ({done['country']}): {done['periods']} periods kept, "
            f"in the place of {done['replaced']}."
        ),
    )


def _year(country: str, year: int) -> dict[str, Any]:
    zone = commercial_calendar.zone_of(country)
    start, end = midnight(date(year, 1, 1), zone), midnight(date(year + 1, 1, 1), zone)
    return {
        "country": country,
        "year": year,
        "time_zone": str(zone),
        "lead_days": settings.RELANCE.blackout_lead_days,
        "tail_days": settings.RELANCE.blackout_tail_days,
        "blocked_days": commercial_calendar.blocked_days(country, year),
        "not_announced": commercial_calendar.missing(country, year),
        "periods": [_period(period) for period in commercial_calendar.periods(country, year)],
        "blackouts": [_blackout(found) for found in commercial_calendar.blackouts(country, start, end)],
    }


def _period(period: Period) -> dict[str, Any]:
    return {
        "name": period.name,
        "label": period.label("en"),
        "label_fr": period.label("fr"),
        "day": period.day,
        "starts_at": period.starts_at,
        "ends_at": period.ends_at,
        "source": period.source,
    }


def _blackout(blackout: Blackout) -> dict[str, Any]:
    return {
        "starts_at": blackout.starts_at, "ends_at": blackout.ends_at, "periods": [period.name for period in blackout.periods],
        "labels": [period.label("en") for period in blackout.periods],
    }  # fmt: skip


def _print(console: Console, data: dict[str, Any]) -> None:
    title = f"Commercial periods of {data['year']}, {data['country']}"
    table = Table("period", "day", "from", "until", "source", title=title)
    for row in data["periods"]:
        bounds = (f"{row[name]:%Y-%m-%d %H:%M}" for name in ("starts_at", "ends_at"))
        table.add_row(row["label"], str(row["day"]), *bounds, row["source"])
    console.print(table)
    waits = Table("reactivations wait from", "until", "because of")
    for row in data["blackouts"]:
        waits.add_row(f"{row['starts_at']:%Y-%m-%d}", f"{row['ends_at']:%Y-%m-%d}", ", ".join(row["labels"]))
    console.print(waits)
    console.print(
        f"{data['blocked_days']} days of {data['year']} are blocked, with {data['lead_days']} days before and "
        f"{data['tail_days']} after each period."
    )
    if data["not_announced"]:
        console.print(
            f"No dates are known here for: {', '.join(LABELS[name][0] for name in data['not_announced'])}. "
            "Once they are announced, bring them with `relance calendar apply FILE`."
        )
