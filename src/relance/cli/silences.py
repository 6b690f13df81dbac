"""`relance silences` and `relance bill`: when somebody is dormant, and what the dormant cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import transaction
from rich.console import Console
from rich.table import Table

from relance.cli import face
from relance.cli.clock import AsOf, instant, local
from relance.core.errors import NotFoundError, RefusedError
from relance.dormancy import returning, threshold
from relance.dormancy import silences as counted
from relance.dormancy.models import Estimate
from relance.measurement import bill as bills
from relance.measurement import relaunch
from relance.measurement.formats import money, number, percent
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
        for row in rows:
            _show(console, row)

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


def _show(console: Console, row: Mapping[str, Any]) -> None:
    console.print(f"[bold]{_name(row)}[/]", soft_wrap=True)
    console.print(row["sentence"], markup=False, soft_wrap=True)
    if not row["accepted"]:
        return
    does = DID[row["basis"]][0]
    table = Table("silent for", f"{does} within {row['horizon']} days", "silent so long", "would become", "no longer")
    thresholds = {one["days"]: one for one in [*row["thresholds"], *row["asked"]]}
    for days, one in sorted(thresholds.items()):
        marks = {row["dormant_from"]["days"]: " (recommended)", row["in_force"]: " (in force)"}
        counts = [number(one[name], LANGUAGE) for name in ("silent", "becomes_dormant", "no_longer_dormant")]
        table.add_row(f"{days} days{marks.get(days, '')}", _chance(one["chance"]), *counts)
    console.print(table)


def _chance(chance: Mapping[str, float] | None) -> str:
    if chance is None:
        return "too few to tell"
    return f"{percent(chance['share'], LANGUAGE)} ({percent(chance['low'], LANGUAGE)} to {percent(chance['high'], LANGUAGE)})"


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
        found = bills.latest()
        transaction.set_rollback(only_shown)
    face.answer(found, json=json, text=lambda console: _show_bill(console, found))


def _refuse_before_scoring(now: datetime) -> None:
    """Raise a sentence where the bill would be as of before the last scoring: it counts today's states."""
    last = bills.last_scoring()
    if last is not None and now < last:
        at, scored = local(now), local(last)
        raise RefusedError(
            f"No bill can be made as of {at:%Y-%m-%d %H:%M}: people were last scored as of {scored:%Y-%m-%d %H:%M}, and a bill "
            f"counts the states of that scoring. `relance score --as-of {at:%Y-%m-%dT%H:%M} --dry-run` shows the states of then."
        )


def _show_bill(console: Console, found: Mapping[str, Any]) -> None:
    say, asleep, decay = console.print, found["asleep"], found["decay"]
    share = _share(found["share_silent"])
    say(
        f"{number(found['silent'], LANGUAGE)} of {number(found['people'], LANGUAGE)} people are silent: {share} (usual: 20 to 50%)."
    )
    say(
        f"Their messages of 12 months cost {_money(found['routing_cost_silent'])}; {_money(asleep['yearly'])} a year sleep with them."
    )
    say(
        f"Of the {number(decay['awake_then'], LANGUAGE)} awake 12 months ago, {_share(decay['share'])} are silent now (usual: 30%; "
        f"{decay['source']})."
    )
    if decay["addresses"]:
        say(
            f"Of the {number(decay['addresses']['then'], LANGUAGE)} addresses of then, {_share(decay['addresses']['share'], 2)} are dead."
        )
    say(f"Risk to deliverability: {found['risk']['level']}.")
    say(_rates(found["rates"]))
    say(_flows(found["flows"]))


def _rates(rates: Mapping[str, Any]) -> Table:
    table = Table("of mails, 90 days", "all", "without the silent", "to the silent")
    for name in ("delivered", "hard_bounced", "clicked", "unsubscribed", "complained"):
        table.add_row(name.replace("_", " "), *(_rate(rates[side], name) for side in ("all", "without", "silent")))
    return table


def _rate(side: Mapping[str, Any], name: str) -> str:
    """Return a rate, or why there is none."""
    cell = side[name]
    if cell is None:
        return "no source tells"
    if cell["share"] is not None:
        return percent(cell["share"], LANGUAGE, 2)
    return "no provider tells" if side["mails"] else "no mail"


def _flows(flows: Mapping[str, Any]) -> Table:
    table = Table("from", "to", "people", title=f"Since {flows['since'][:10]} ({flows['source']})")
    for one in flows["flows"]:
        table.add_row(one["start"], one["end"], number(one["people"], LANGUAGE))
    return table


def _share(value: float | None, digits: int = 1) -> str:
    return "unknown" if value is None else percent(value, LANGUAGE, digits)


def _money(amount: float) -> str:
    return money(amount, LANGUAGE, settings.RELANCE.currency)
