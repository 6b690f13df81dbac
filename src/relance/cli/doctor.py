"""`relance doctor EMAIL`: a person's whole story."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import typer
from django.conf import settings
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from relance.cli import face
from relance.cli.clock import AsOf, instant, local
from relance.core.durations import Duration
from relance.eligibility.story import story
from relance.measurement.formats import money


def doctor(
    email: Annotated[str, typer.Argument(help="An e-mail address of the person.")],
    as_of: AsOf = None,
    json: face.Json = False,
) -> None:
    """Tell a person's whole story: who, what they permit, where they stand, what they got or did not get, and why."""
    data = story(email, instant(as_of))
    face.answer(data, json=json, text=lambda console: _print(console, data))


def _print(console: Console, data: dict[str, Any]) -> None:
    if data["contact"] is None:
        console.print(f"{escape(data['email'])} is nobody's address here, but it is on the suppression list.")
        _table(console, "suppressions", data["suppressions"])
        return
    _print_person(console, data["contact"])
    _print_standing(console, data)
    for name in ("addresses", "consents", "suppressions", "segments", "enrolments"):
        _table(console, name, data[name])
    for message in data["messages"]:
        _print_message(console, message)
    _table(console, "latest events", data["events"])


def _print_person(console: Console, who: dict[str, Any]) -> None:
    name = f"{who['first_name']} {who['last_name']}".strip() or f"contact {who['id']}"
    console.print(f"[bold]{escape(name)}[/bold] (contact {who['id']}, {who['kind']}, {who['language']})")
    source = escape(who["source"] or "a source that is not known")
    console.print(f"First seen {_shown(who['first_seen_at'])}, from {source}.")
    if who["merged"]:
        console.print(f"Merged with this person: {', '.join(map(str, who['merged']))}.")
    if who["erased_at"]:
        console.print(f"Erased on {_shown(who['erased_at'])}.")
    if who["objected_at"]:
        console.print(f"Objected to profiling on {_shown(who['objected_at'])}.")


def _print_standing(console: Console, data: dict[str, Any]) -> None:
    profile, clock = data["profile"], data["legal_clock"]
    if profile is None:
        console.print("Not scored yet: run `relance score`.")
    else:
        points, policy = profile["points"], escape(profile["policy"] or "no policy")
        console.print(f"State: {profile['state']} since {_shown(profile['state_since'])} ({points} points, {policy}).")
        if profile["state"] == "undetermined":
            console.print(f"  undetermined because {_why_undetermined(profile, data['points'])}.")
    for line in data["points"]:
        console.print(f"  {line['points']} {escape(line['criterion'])}: {escape(line['sentence'])}")
    _print_explanation(console, data["explanation"])
    console.print(_legal_clock(clock))


def _print_explanation(console: Console, told: dict[str, Any] | None) -> None:
    """Print the clocks, the rhythm, what the model says, what would change the state, and what stands beside."""
    if told is None:
        return
    clocks = [told["clocks"][name] for name in ("purchase", "engagement")]
    facts = [told["note"], *clocks, told["cadence"], told["model"], *told["changes"], *told["beside"]]
    for fact in facts:
        if fact is not None:
            console.print(f"  {escape(fact['sentence'])}")


def _why_undetermined(profile: dict[str, Any], lines: list[dict[str, Any]]) -> str:
    """Return why nobody can say in which state the person is."""
    if not profile["policy"]:
        return "no policy is for people like this one"
    unknown = [line["criterion"] for line in lines if line["verdict"] == "?"]
    return f"{' and '.join(unknown)} cannot be told, as said below" if unknown else "nothing the person did is known"


COUNTED_FROM = {
    "last contact": "Last contact from the person: {since}.",
    "consent": "Last contact from the person: none known; they gave a permission on {since}, which counts.",
    "first seen": "Last contact from the person: unknown; first seen on {since}, which counts in its place.",
}


def _legal_clock(clock: dict[str, Any]) -> str:
    """Return when the person's data is due for deletion, and what that is counted from."""
    counted = COUNTED_FROM[clock["counted_from"]].format(since=_shown(clock["counted_since"]))
    years = Duration(settings.RELANCE.legal_years, "year")
    due = "due for deletion since" if clock["due"] else "may be kept until"
    return f"{counted} With {years} from then, {due} {_shown(clock['due_at'])}."


def _print_message(console: Console, message: dict[str, Any]) -> None:
    step = f", step {message['step']}" if message["step"] else ""
    what = f"{message['purpose']} by {message['channel']}{step}"
    console.print(escape(f"Message {message['id']}: {what}: {message['state']}"))
    for given in message["verdicts"]:
        console.print(escape(f"  {_shown(given['at'])} {given['decision']} ({given['code']}): {given['sentence']}"))


def _table(console: Console, title: str, rows: Iterable[dict[str, Any]]) -> None:
    """Print the rows under their names, without the columns that are empty in all of them."""
    found = list(rows)
    if not found:
        console.print(f"No {title}.")
        return
    names = [
        name for name in found[0] if name not in SAID_OTHERWISE and any(row[name] not in (None, "") for row in found)
    ]
    table = Table(title=title, title_justify="left")
    for name in names:  # a name or a date is never cut; the rest folds where the terminal is narrow
        table.add_column(name, no_wrap=name in WHOLE or name.endswith(("at", "since")), overflow="fold")
    for row in found:
        table.add_row(*(escape(_shown(row[name], name)) for name in names))
    console.print(table)


SAID_OTHERWISE = frozenset({"given"})  # `means` says it
WHOLE = frozenset({"type", "state", "channel", "journey", "segment", "reason", "topic", "basis", "means"})


def _shown(value: object, name: str = "") -> str:
    """Return a value as people read it."""
    if isinstance(value, Decimal) and name == "amount":
        return money(value, "en", settings.RELANCE.currency)
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%d %H:%M}"
    return {None: "", True: "yes", False: "no"}[value] if value is None or isinstance(value, bool) else str(value)
