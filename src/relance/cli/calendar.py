"""`relance calendar`: commercial periods, when reactivations wait, the next window of a journey, lawful hours."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from phonenumbers import SUPPORTED_REGIONS
from rich.console import Console

from relance.cli import face
from relance.cli.clock import AsOf, instant
from relance.cli.tables import Grid
from relance.core.errors import InputError
from relance.eligibility import commercial_calendar, proposals
from relance.eligibility.calendar import keeping, places
from relance.eligibility.calendar.days import midnight
from relance.eligibility.calendar.labels import LABELS
from relance.eligibility.calendar.places import Place
from relance.eligibility.commercial_calendar import Blackout, Period, Window
from relance.eligibility.moment import lawful, moments
from relance.journeys import publishing

app = typer.Typer(help="Commercial periods, and when reactivations wait.", no_args_is_help=True)
Year = Annotated[int | None, typer.Option("--year", min=1970, max=9000, help="The year; this one if not given.")]
Country = Annotated[str | None, typer.Option("--country", help="Two letters; the setting `country` if not given.")]
Department = Annotated[str, typer.Option("--department", help="A French department such as 57, 2A or 974.")]


@app.command("show")
def show(year: Year = None, country: Country = None, department: Department = "", json: face.Json = False) -> None:
    """Show the periods of a year, the days on which reactivations wait, and how full inboxes are each day."""
    place = _place(country, department)
    data = _year(place.country, year or datetime.now(UTC).year, place.department)
    face.answer(data, json=json, text=lambda console: _print(console, data))


@app.command("apply")
def apply(file: Annotated[Path, typer.Argument(help="A YAML file `calendar: …`.")], json: face.Json = False) -> None:
    """Move, cancel or add periods as the file says; the same file again changes nothing."""
    done = keeping.apply(file, datetime.now(UTC))
    face.answer(
        done,
        json=json,
        text=lambda console: console.print(
            f"Calendar {done['calendar']} ({done['country']}): {done['periods']} periods kept, "
            f"in the place of {done['replaced']}."
        ),
    )


@app.command("export")
def export(country: Country = None, json: face.Json = False) -> None:
    """Print the periods of one's own, those of the pages included, as a file that `apply` takes back."""
    written = keeping.export(_code(country))
    if json:
        face.answer({"country": _code(country), "yaml": written}, json=True, text=lambda console: None)
    else:
        sys.stdout.write(written)


@app.command("window")
def window(
    journey: Annotated[str | None, typer.Argument(help="A published journey.")] = None,
    days: Annotated[
        float | None, typer.Option("--days", min=0, max=730, help="Days from the first send to the last.")
    ] = None,
    country: Country = None,
    as_of: AsOf = None,
    json: face.Json = False,
) -> None:
    """Show the next windows that hold every send of a journey, of all whom its ramp lets in where one is long enough."""
    if (journey is None) == (days is None):
        raise InputError("Name a journey, or give --days from its first send to its last.")
    code, now = _code(country), instant(as_of)
    span, ramp = days or 0.0, 0
    if journey is not None:
        found = proposals.of(publishing.latest(journey), now, country=code)
        span, ramp = found.days, found.ramp
    data = _windows(journey, span, code, now, ramp)
    face.answer(data, json=json, text=lambda console: _print_windows(console, data))


@app.command("hours")
def hours(country: Country = None, json: face.Json = False) -> None:
    """Show when each channel may be used in a country, and where that is written."""
    data = _hours(_code(country))
    rows = [(row["channel"], row["days"], row["hours"], row["more"], row["source"]) for row in data["hours"]]
    grid = Grid(
        ("channel", "days", "hours", "besides", "source"), rows, title=f"Hours in {data['country']}, local time"
    )
    face.answer(data, json=json, text=lambda console: console.print(grid))


def _code(country: str | None) -> str:
    """Return the country asked for: France for its territories overseas; a name that is no code is refused."""
    return _place(country).country


def _place(country: str | None, department: str = "") -> Place:
    """Return the country and the department asked for: RE is department 974 of France. What there is not is refused."""
    code = (country or str(settings.RELANCE.country)).upper()
    if code not in SUPPORTED_REGIONS and not commercial_calendar.has_periods(code):
        raise InputError(f"`{code}` is no country. Write its two letters, such as FR.")
    found, wanted = places.place(code), department.upper()
    if not wanted:
        return found
    places.check(found.country, wanted)
    if country and found.department not in {"", wanted}:
        raise InputError(f"{code} is department {found.department}, not {wanted}. Leave one of the two out.")
    return Place(found.country, wanted)


def _year(country: str, year: int, department: str) -> dict[str, Any]:
    zone = commercial_calendar.zone_of(country)
    start, end = midnight(date(year, 1, 1), zone), midnight(date(year + 1, 1, 1), zone)
    levels = commercial_calendar.saturated(country, date(year, 1, 1), date(year, 12, 31), department)
    return {
        "country": country,
        "department": department,
        "year": year,
        "time_zone": str(zone),
        "lead_days": settings.RELANCE.blackout_lead_days,
        "tail_days": settings.RELANCE.blackout_tail_days,
        "blocked_days": commercial_calendar.blocked_days(country, year, department),
        "known": commercial_calendar.has_periods(country),
        "not_announced": commercial_calendar.missing(country, year),
        "periods": [_period(period) for period in commercial_calendar.periods(country, year, department)],
        "blackouts": [_blackout(found) for found in commercial_calendar.blackouts(country, start, end, department)],
        "saturation": {day.isoformat(): level for day, level in levels.items()},
    }


def _period(period: Period) -> dict[str, Any]:
    return {
        "name": period.name,
        "label": period.label("en"),
        "label_fr": period.label("fr"),
        "day": period.day,
        "starts_at": period.starts_at,
        "ends_at": period.ends_at,
        "weight": period.weight,
        "blackout": period.blocks,
        "likely": period.likely,
        "own": period.own is not None or bool(period.calendar),
        "source": period.source,
    }


def _blackout(blackout: Blackout) -> dict[str, Any]:
    return {
        "starts_at": blackout.starts_at, "ends_at": blackout.ends_at, "periods": [period.name for period in blackout.periods],
        "labels": [period.label("en") for period in blackout.periods],
    }  # fmt: skip


def _windows(journey: str | None, days: float, country: str, now: datetime, ramp: int) -> dict[str, Any]:
    found = commercial_calendar.open_windows(country, now, days + ramp)
    if not found:
        commercial_calendar.next_window(country, now, days)  # refuses, and says why
    return {
        "journey": journey, "country": country, "now": now, "days": days, "ramp_days": ramp, "fits_now": found[0].starts_at <= now,
        "windows": [_window(one) for one in found[:6]],
    }  # fmt: skip


def _window(one: Window) -> dict[str, Any]:
    return {
        "starts_at": one.starts_at, "latest_start": one.latest_start, "ends_at": one.ends_at, "spare_days": one.spare,
        "before": one.period.label("en") if one.period else None,
        "before_fr": one.period.label("fr") if one.period else None,
    }  # fmt: skip


def _hours(country: str) -> dict[str, Any]:
    ours = settings.RELANCE
    lines = [(one, lawful.line(moments.lines(), country, one)) for one in ("sms", "phone", "email", "push")]
    quiet = "always" if ours.quiet_from == ours.quiet_until else f"not {ours.quiet_from}:00 to {ours.quiet_until}:00"
    return {"country": country, "hours": [_line(channel, line, quiet) for channel, line in lines]}


def _line(channel: str, line: lawful.Line | None, quiet: str) -> dict[str, Any]:
    if line is None:
        source = "settings quiet_from, quiet_until"
        return {
            "channel": channel,
            "days": "every day",
            "hours": quiet,
            "more": "",
            "kind": "practice",
            "source": source,
        }
    more = [] if line.holidays else ["no public holidays"]
    if line.most:
        more.append(f"{line.most.calls} calls in {line.most.days} days at most")
    if line.pause_after_refusal:
        more.append(f"{line.pause_after_refusal} days' pause after a refusal")
    return {
        "channel": channel, "days": ", ".join(day[:3].capitalize() for day in line.days), "hours": ", ".join(line.hours),
        "more": "; ".join(more), "kind": line.kind, "source": line.source,
    }  # fmt: skip


def _print(console: Console, data: dict[str, Any]) -> None:
    place = f"{data['country']} {data['department']}".strip()
    bounds = ("starts_at", "ends_at")
    periods = [
        (row["label"], *(f"{row[name]:%m-%d %H:%M}" for name in bounds), str(row["weight"]), row["source"])
        for row in data["periods"]
    ]
    title = f"Commercial periods of {data['year']}, {place}"
    console.print(Grid(("period", "from", "until", "weight", "source"), periods, title=title))
    waits = [(*(f"{row[name]:%Y-%m-%d}" for name in bounds), ", ".join(row["labels"])) for row in data["blackouts"]]
    console.print()
    console.print(Grid(("wait from", "until", "because of"), waits, title="Reactivations wait"))
    console.print()
    console.print(
        f"{data['blocked_days']} days of {data['year']} are blocked, with {data['lead_days']} days before and "
        f"{data['tail_days']} after each period."
    )
    if not data["known"]:
        console.print(
            f"No periods of {data['country']} are known, so nothing waits there. Bring yours with `relance calendar apply FILE`."
        )
    if data["not_announced"]:
        console.print(
            f"No dates are announced here for: {', '.join(LABELS[name][0] for name in data['not_announced'])}. "
            "Where likely dates are listed, reactivations wait for those. Once they are announced, bring them with "
            "`relance calendar apply FILE`."
        )


def _print_windows(console: Console, data: dict[str, Any]) -> None:
    rows = [
        (
            f"{row['starts_at']:%Y-%m-%d %H:%M}",
            f"{row['latest_start']:%Y-%m-%d %H:%M}",
            str(row["spare_days"]),
            row["before"] or "-",
        )
        for row in data["windows"]
    ]
    ramp = f" and {data['ramp_days']} more of a ramp" if data["ramp_days"] else ""
    title = f"Windows that hold {data['days']:g} days of sends{ramp}, {data['country']}"
    console.print(Grid(("start from", "until", "days to spare", "then comes"), rows, title=title))
    console.print()
    console.print(
        "It may start now." if data["fits_now"] else "It may not start now: its sends would meet a commercial period."
    )
