"""`relance silences` and `relance bill`: when somebody is dormant, and what the dormant cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import transaction
from rich.console import Console

from relance.cli import face, sources
from relance.cli.clock import AsOf, instant, local
from relance.cli.tables import Grid
from relance.core.errors import NotFoundError, RefusedError
from relance.dormancy import returning, threshold
from relance.dormancy import silences as counted
from relance.dormancy.models import Estimate
from relance.measurement import bill as bills
from relance.measurement import relaunch, telling
from relance.measurement.formats import money, number, percent
from relance.measurement.health import last_scoring
from relance.measurement.silence_words import DID, sentence

LANGUAGE = "en"  # the command line speaks English
EVERYBODY = "everybody"


def silences(
    policy: Annotated[str, typer.Option(help="Only this policy's people; `everybody` for all.")] = "",
    days: Annotated[
        list[int] | None, typer.Option(help="What a threshold of so many days means; may be repeated.")
    ] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Count anew instead of reading what is kept.")] = False,
    as_of: AsOf = None,
    json: face.Json = False,
) -> None:
    """Say when somebody counts as dormant: the chance of coming back by days of silence, a threshold, whom it would move."""
    if not counted.scored():
        raise RefusedError(threshold.REFUSALS["not_scored"])
    now = instant(as_of)
    with transaction.atomic():
        only_shown = _looks_back(returning.KIND, now)
        if refresh or as_of or returning.latest() is None:
            relaunch.refresh(now)
        summary = threshold.summary()
        rows = [_told(row, days or []) for row in summary if policy in {"", row["policy"] or EVERYBODY}]
        transaction.set_rollback(only_shown)
    if not rows:
        raise NotFoundError(f"No policy `{policy}` has anybody. There are: {', '.join(map(_name, summary))}.")

    def text(console: Console) -> None:
        for names, row in _apart(rows):
            _show(console, names, row)

    face.answer({"populations": rows}, json=json, text=text)


def _looks_back(kind: str, now: datetime) -> bool:
    """Tell whether something later, or of the present, is kept: what is found is then shown and not written."""
    return now > datetime.now(UTC) or Estimate.objects.filter(kind=kind, as_of__gt=now).exists()


def _name(row: Mapping[str, Any]) -> str:
    return str(row["policy"] or EVERYBODY)


def _told(row: dict[str, Any], days: list[int]) -> dict[str, Any]:
    """Return a population's row with its sentences, its curve, and what the thresholds asked for mean."""
    told = row | {"sentence": sentence(row, "en"), "sentence_fr": sentence(row, "fr")}
    if not row["accepted"]:
        return told
    figures = threshold.kept(row["policy"]).figures
    asked = [threshold.at(row["policy"], day) for day in days]
    return told | {"asked": asked, "curve": figures["chance"][str(row["horizon"])], "intervals": figures["silence"]}


def _apart(rows: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Return the populations to print, named. Where one policy holds all who are counted, everybody's figures are its own:
    they are printed once, as the policy's, which also tells what is in force."""
    whole = [row for row in rows if _name(row) == EVERYBODY]
    twin = next((row for row in rows for every in whole if row is not every and _same(row, every)), None)
    named = {
        _name(row): f"{_name(row)}, which is everybody counted here" if row is twin else _name(row) for row in rows
    }
    return [(named[_name(row)], row) for row in rows if twin is None or row not in whole]


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two populations have the same figures on every day that both show."""
    if not (one["accepted"] and other["accepted"]):
        return False
    left, right = ({row["days"]: (row["silent"], row["chance"]) for row in _sorted(each)} for each in (one, other))
    return one["sentence"] == other["sentence"] and all(left[day] == right[day] for day in left.keys() & right.keys())


def _sorted(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = {one["days"]: one for one in [*row["thresholds"], *row["asked"]]}
    return [found[days] for days in sorted(found)]


def _show(console: Console, name: str, row: Mapping[str, Any]) -> None:
    console.print(f"[bold]{name}[/]")
    console.print(row["sentence"], markup=False)
    console.print()
    if not row["accepted"]:
        return
    if until := row["known_until"]:
        console.print(
            f"People and silences as of {local(datetime.fromisoformat(until)):%Y-%m-%d}: nothing is told of after it."
        )
        console.print()
    headers = (
        "silent for",
        f"{DID[row['basis']][0]} within {row['horizon']} days",
        "",
        "silent so long",
        "would become",
        "no longer",
        "",
    )
    marks = {row["in_force"]: "in force", row["dormant_from"]["days"]: "recommended"}
    cells = [
        (
            f"{one['days']:,} days",
            *_chance(one["chance"]),
            *(number(one[name], LANGUAGE) for name in ("silent", "becomes_dormant", "no_longer_dormant")),
            marks.get(one["days"], ""),
        )
        for one in _sorted(row)
    ]
    console.print(Grid(headers, cells))
    console.print()


def _chance(chance: Mapping[str, float] | None) -> tuple[str, str]:
    """Return a chance, and its interval."""
    if chance is None:
        return "unknown", "too few to tell"
    share, low, high = (percent(chance[name], LANGUAGE) for name in ("share", "low", "high"))
    return share, f"{low} to {high}"


def bill(
    refresh: Annotated[bool, typer.Option("--refresh", help="Make it anew instead of reading what is kept.")] = False,
    as_of: AsOf = None,
    json: face.Json = False,
) -> None:
    """Say what silence costs: share, routing, rates with and without the silent, money asleep, decay, risk, trend, flows."""
    now = instant(as_of)
    with transaction.atomic():
        only_shown = _looks_back(bills.KIND, now)
        if refresh or as_of or not bills.made():
            _refuse_before_scoring(now)
            bills.keep(now, months=bills.MONTHS, anew=refresh)
        found = {**bills.latest(), "warning": telling.warning(now)}
        transaction.set_rollback(only_shown)
    face.answer(found, json=json, text=lambda console: _show_bill(console, found))


def _refuse_before_scoring(now: datetime) -> None:
    """Raise a sentence where the bill would be as of before the last scoring: it counts today's states."""
    last = last_scoring()
    if last is not None and now < last:
        at, scored = local(now), local(last)
        raise RefusedError(
            f"No bill can be made as of {at:%Y-%m-%d %H:%M}: people were last scored as of {scored:%Y-%m-%d %H:%M}, and a bill "
            f"counts the states of that scoring. `relance score --as-of {at:%Y-%m-%dT%H:%M} --dry-run` shows the states of then."
        )


def _show_bill(console: Console, found: Mapping[str, Any]) -> None:
    say, asleep, decay = console.print, found["asleep"], found["decay"]
    share = _share(found["share_silent"])
    sources.show(console, found["warning"])
    if found["silent"] is None:
        say(
            f"How many of {number(found['people'], LANGUAGE)} people are silent is unknown, and so is what they cost and what sleeps "
            f"with them: of {number(found['untold'], LANGUAGE)} nobody can tell."
        )
    else:
        say(
            f"{number(found['silent'], LANGUAGE)} of {number(found['people'], LANGUAGE)} people are silent: {share} (usual: 20 to 50%)."
        )
        say(
            f"Their messages of 12 months cost {_money(found['routing_cost_silent'])}; {_money(asleep['yearly'])} a year sleep with them"
            f"{_range(asleep.get('interval'), _money)}."
        )
    gone = (
        f"{_share(decay['share'])} are silent now"
        if decay["share"] is not None
        else "how many are silent now is unknown"
    )
    say(
        f"Of the {number(decay['awake_then'], LANGUAGE)} awake 12 months ago, {gone}"
        f"{_range(decay.get('interval'), _share)} (usual: 30%; {decay['source']})."
    )
    if pace := decay.get("pace"):
        say(
            f"At the pace of {pace['months']} month{'s' if pace['months'] > 1 else ''}, {_share(pace['share'])} of the awake fall "
            f"silent in a year{_range(pace['interval'], _share)}."
        )
    if decay["addresses"]:
        say(
            f"Of the {number(decay['addresses']['then'], LANGUAGE)} addresses of then, {_share(decay['addresses']['share'], 2)} are dead."
        )
    say(f"Risk to deliverability: {found['risk']['level']}.")
    say()
    say(_rates(found["rates"]))
    say()
    say(_flows(found["flows"]))


def _rates(rates: Mapping[str, Any]) -> Grid:
    sides = ("all", "without", "silent")
    names = ("delivered", "hard_bounced", "clicked", "unsubscribed", "complained")
    rows = [
        (name.replace("_", " "), *(_rate(rates[side], name) for side in sides), _change(rates, name)) for name in names
    ]
    return Grid(("of mails, 90 days", "all", "without the silent", "to the silent", "the silent change"), rows)


def _change(rates: Mapping[str, Any], name: str) -> str:
    """Return what the silent change in a rate, in points of percentage, with its interval."""
    found = rates.get("spoiled", {}).get(name)
    if not found:
        return "-"
    value, low, high = (f"{100 * one:+.2f}" for one in (found["difference"], *found["interval"]))
    return f"{value} pts ({low} to {high})"


def _range(interval: Sequence[float] | None, form: Callable[[float], str]) -> str:
    """Return where a figure is in 95 cases of 100."""
    return f" ({form(interval[0])} to {form(interval[1])})" if interval else ""


def _rate(side: Mapping[str, Any], name: str) -> str:
    """Return a rate, or why there is none."""
    cell = side[name]
    if side["mails"] is None:
        return "unknown"
    if cell is None:
        return "no source tells"
    if cell["share"] is not None:
        interval = cell.get("interval")
        return percent(cell["share"], LANGUAGE, 2) + _range(interval, lambda end: _share(end, 2))
    return "no provider tells" if side["mails"] else "no mail"


def _flows(flows: Mapping[str, Any]) -> Grid:
    """Return who went from which state to which, as a square: a row per state of then, a column per state of now."""
    people = {(one["start"], one["end"]): one["people"] for one in flows["flows"]}
    starts = list(dict.fromkeys(one["start"] for one in flows["flows"]))
    ends = list(dict.fromkeys(one["end"] for one in flows["flows"]))
    rows = [(_state(start), *(number(people.get((start, end), 0), LANGUAGE) for end in ends)) for start in starts]
    title = f"Since {flows['since'][:10]} ({flows['source']}): rows then, columns now"
    return Grid(("", *map(_state, ends)), rows, title=title)


def _state(name: str) -> str:
    return "not here yet" if name == "not_yet" else name.replace("_", " ")


def _share(value: float | None, digits: int = 1) -> str:
    return "unknown" if value is None else percent(value, LANGUAGE, digits)


def _money(amount: float) -> str:
    return money(amount, LANGUAGE, settings.RELANCE.currency)
