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

from relance.cli import face
from relance.cli.clock import AsOf, instant, local
from relance.cli.tables import Grid
from relance.core.durations import Duration
from relance.dormancy import kinds, markers, profiles
from relance.eligibility.story import story
from relance.measurement.formats import money


def doctor(
    email: Annotated[str, typer.Argument(help="An e-mail address of the person.")],
    as_of: AsOf = None,
    json: face.Json = False,
) -> None:
    """Tell a person's whole story: who, what they permit, where they stand, what they got or did not get, and why."""
    now = instant(as_of)
    data = story(email, now)
    if data["contact"] is not None and data["profile"] is not None and profiles.exist():
        data["kinds"] = kinds.person(data["contact"]["id"], now)
    face.answer(data, json=json, text=lambda console: _print(console, data))


def _print(console: Console, data: dict[str, Any]) -> None:
    if data["contact"] is None:
        console.print(f"{escape(data['email'])} is nobody's address here, but it is on the suppression list.")
        _table(console, "suppressions", data["suppressions"])
        return
    _print_person(console, data["contact"])
    console.print()
    _print_standing(console, data)
    console.print()
    for name in ("addresses", "consents", "suppressions", "segments", "enrolments"):
        _table(console, name, data[name])
    for message in data["messages"]:
        _print_message(console, message)
    if data["messages"]:
        console.print()
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
    if who["paused_until"]:
        console.print(f"Asked for a pause until {_shown(who['paused_until'])}.")
    if who["fewer_since"]:
        console.print(f"Asked for fewer messages on {_shown(who['fewer_since'])}.")


def _print_standing(console: Console, data: dict[str, Any]) -> None:
    profile, clock = data["profile"], data["legal_clock"]
    if profile is None:
        console.print("Not scored yet: run `relance score`.")
    else:
        points, policy = profile["points"], escape(profile["policy"] or "no policy")
        console.print(
            f"State: [bold]{profile['state']}[/] since {_shown(profile['state_since'])} ({points} points, {policy})."
        )
    told = data["explanation"]
    if told is not None:
        _print_reason(console, profile, told)
        _print_criteria(console, told)
        _print_explanation(console, told, data.get("kinds"))
    console.print(_legal_clock(clock))


def _print_reason(console: Console, profile: dict[str, Any] | None, told: dict[str, Any]) -> None:
    """Print which criterion moved the person, or why nobody can tell, and where this instant's scoring would put them if elsewhere."""
    reason, moved = told["reason"], profile is not None and profile["state"] != told["state"]
    why = MOVED.get(reason, f"{markers.label(reason, 'en')} ({reason})") if reason and not told["untold"] else ""
    if moved:
        console.print(f"Scored at this instant, it would be {told['state']}{f': {why}' if why else ''}.", markup=False)
    elif why:
        console.print(f"Moved there by: {why}.", markup=False)
    if told["untold"]:
        console.print(told["untold"]["sentence"], markup=False)


def _print_criteria(console: Console, told: dict[str, Any]) -> None:
    for line in told["criteria"]:
        given = f"{line['points']} of {line['of']}" if line["verdict"] != "?" else "?"
        face.item(console, f"{given:>6}  {line['criterion']}: {line['sentence']}")


def _print_explanation(console: Console, told: dict[str, Any], sorted_as: dict[str, Any] | None) -> None:
    """Print what the page prints: what would change the state, why the silence, the rhythm, the model, kinds and clocks."""
    clocks = [told["clocks"][name] for name in ("purchase", "engagement")]
    silence = [one for one in told["beside"] if one["count"]]
    if sorted_as and sorted_as["reason"]["code"] not in UNTOLD:
        silence.insert(0, sorted_as["reason"])
    parts = {
        "": [told["note"]], "What would change this state": told["changes"], "Why this silence": silence,
        "Rhythm, and what the model says": [told["cadence"], told["model"]], "Clocks": clocks,
    }  # fmt: skip
    for title, facts in parts.items():
        _print_part(console, title, [fact["sentence"] for fact in facts if fact is not None])
    if sorted_as:
        named = [one["title"]["en"] for one in (*sorted_as["kinds"], *filter(None, [sorted_as["funnel"]]))]
        _print_part(console, "Kinds", [", ".join(named)] if named else [])


def _print_part(console: Console, title: str, sentences: list[str]) -> None:
    if sentences and title:
        console.print(f"{title}:")
    for sentence in sentences:
        face.item(console, sentence)


COUNTED_FROM = {
    "last contact": "Last contact from the person: {since}.",
    "first seen": "Last contact from the person: unknown; first seen on {since}, which counts in its place.",
}


def _legal_clock(clock: dict[str, Any]) -> str:
    """Return when the person's data is due for deletion, and what that is counted from."""
    counted = COUNTED_FROM[clock["counted_from"]].format(since=_shown(clock["counted_since"]))
    if clock["consented_at"]:
        counted += (
            f" The permission they gave on {_shown(clock['consented_at'])} does not move it: bring in what they did."
        )
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
    cells = [[_shown(row[name], name) for name in names] for row in found]
    console.print(Grid([name.replace("_", " ") for name in names], cells, title=title.capitalize()))
    console.print()


SAID_OTHERWISE = frozenset({"given"})  # `means` says it
UNTOLD = frozenset(
    {"not_silent", "not_scored", "objected"}
)  # no reason of a silence to tell; an objection is told already
MOVED = {"cadence": "a silence long for this person's own rhythm", "objection": "their objection to profiling"}


def _shown(value: object, name: str = "") -> str:
    """Return a value as people read it."""
    if isinstance(value, Decimal) and name == "amount":
        return money(value, "en", settings.RELANCE.currency)
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%d %H:%M}"
    return {None: "", True: "yes", False: "no"}[value] if value is None or isinstance(value, bool) else str(value)
