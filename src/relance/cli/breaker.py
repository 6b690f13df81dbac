"""`relance breaker`: what is watched and stopped, on which evidence, and a person's decisions about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from relance.cli import face
from relance.cli.tables import Grid
from relance.core.errors import NotFoundError
from relance.eligibility.breaker import curves, openings, providers, quarantine, reports, stage, told, traps
from relance.journeys.models import Journey
from relance.senders import keeping
from relance.senders.sender import DEFAULT

app = typer.Typer(help="What is watched and stopped for the sender's sake, and why.", no_args_is_help=True)
By = Annotated[str, typer.Option("--by", help="Who decides.")]
Stop = Annotated[int, typer.Argument(help="The stop's number, as `relance breaker list` shows it.")]
LATELY = timedelta(days=365)


@app.command("list")
def list_scopes(
    journey: Annotated[str, typer.Option("--journey", help="Only what concerns this journey.")] = "",
    closed: Annotated[
        bool, typer.Option("--closed", help="The stops of the last year too, with who closed them.")
    ] = False,
    json: face.Json = False,
) -> None:
    """Show every signal watched, its evidence against what opens the breaker, what is stopped, and what to do."""
    now = datetime.now(UTC)
    stage.run(now)
    found = curves.scopes(_journey(journey) if journey else None)
    data: dict[str, Any] = {"scopes": found} | ({"history": curves.history(now - LATELY)} if closed else {})
    face.answer(data, json=json, text=lambda console: _print(console, data))


def _journey(name: str) -> int:
    found = Journey.objects.filter(name=name).values_list("pk", flat=True).first()
    if found is None:
        raise NotFoundError(f"There is no journey {name}. `relance journey list` names them.")
    return int(found)


def _print(console: Console, data: dict[str, Any]) -> None:
    if not data["scopes"]:
        console.print("Nothing was sent yet, so nothing is watched.")
    else:
        console.print(Grid(_HEADERS, [_row(one) for one in data["scopes"]]))
    for one in data["scopes"]:
        for stop in one["stops"]:
            _print_stop(console, one, stop)
    for stop in data.get("history", []):
        if stop["closed_at"]:
            where = f"{stop['signal']}, {providers.name(stop['provider'], 'en')}"
            console.print(
                f"Stop {stop['stop']} ({where}) of {stop['opened_at']:%Y-%m-%d %H:%M}: closed "
                f"{stop['closed_at']:%Y-%m-%d %H:%M} by {stop['closed_by']}: {stop['reason']}"
            )


_HEADERS = ("number", "of", "provider", "signal", "state", "bad of sends", "rate", "limit", "evidence")


def _row(one: dict[str, Any]) -> list[str]:
    rate = told.percent(one["rate"], "en") if one["rate"] is not None else "unknown"
    return [
        str(one["scope"]), one["journey"] or one["sender"], providers.name(one["provider"], "en"),
        told.SIGNALS[one["signal"]][0], one["state"], f"{one['bad']:,} of {one['sends']:,}", rate,
        told.percent(one["allowed"], "en"), f"{one['nearness'] * 100:.0f}%",
    ]  # fmt: skip


def _print_stop(console: Console, one: dict[str, Any], stop: dict[str, Any]) -> None:
    whose = told.whose(
        0 if one["journey"] is None else 1,
        stop["level"],
        journey=one["journey"] or "",
        sender=one["sender"],
        language="en",
    )
    console.print(
        f"Stop {stop['stop']}, since {stop['opened_at']:%Y-%m-%d %H:%M}: {whose} at "
        f"{providers.name(one['provider'], 'en')}; {told.SIGNALS[one['signal']][0]}, {stop['bad']:,} of {stop['sends']:,}. "
        f"{told.ADVICE[one['signal']][0]} Then: relance breaker close {stop['stop']} --by NAME --reason WHY"
    )
    if stop["quarantine"]["held"]:
        console.print(
            f"  {stop['quarantine']['held']:,} bounces wait in quarantine: "
            f"relance breaker bounces {stop['stop']} restored|confirmed --by NAME"
        )


@app.command("show")
def show(
    number: Annotated[int, typer.Argument(help="The number of what is watched, as listed.")], json: face.Json = False
) -> None:
    """Show the evidence of one signal over time, its stops and its journey's canary steps."""
    data = curves.curve(number)

    def text(console: Console) -> None:
        headers, where = ("at", "sends", "bad", "evidence", "opens at"), providers.name(data["provider"], "en")
        rows = [
            [f"{one['at']:%Y-%m-%d %H:%M}", f"{one['sends']:,}", f"{one['bad']:,}", f"{one['evidence']:.2f}", f"{one['threshold']:.2f}"]
            for one in data["points"]
        ]  # fmt: skip
        console.print(Grid(headers, rows, title=" · ".join((data["signal"], where, data["journey"] or data["sender"]))))

    face.answer(data, json=json, text=text)


@app.command("close")
def close(
    stop: Stop,
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why it may go on.")],
    json: face.Json = False,
) -> None:
    """Let a stopped scope go on; who and why are kept in the audit log."""
    openings.close(stop, by=by, reason=reason, now=datetime.now(UTC))
    face.answer(
        {"closed": stop, "by": by, "reason": reason}, json=json,
        text=lambda console: console.print(f"Stop {stop} is closed; what waited for it leaves again. Watched anew from here."),
    )  # fmt: skip


@app.command("bounces")
def bounces(
    stop: Stop,
    decision: Annotated[Literal["restored", "confirmed"], typer.Argument(help="restored: alive; confirmed: dead.")],
    by: By,
    json: face.Json = False,
) -> None:
    """Decide on the bounces a stop put in quarantine: addresses restored, or confirmed dead."""
    done = quarantine.decide(stop, decision, by=by, now=datetime.now(UTC))
    face.answer(
        {"stop": stop, "decision": decision, "addresses": done}, json=json,
        text=lambda console: console.print(f"{done:,} addresses {decision}."),
    )  # fmt: skip


@app.command("import")
def bring(
    file: Annotated[
        Path, typer.Argument(help="Postmaster Tools (JSON or CSV), SNDS (CSV), or a table date, spam rate.")
    ],
    by: By,
    provider: Annotated[
        str, typer.Option("--provider", help="Of a table without a column that says it; else gmail.")
    ] = "",
    sender: Annotated[
        str, typer.Option("--sender", help="Whose figures they are; the sender of the settings if not given.")
    ] = DEFAULT,
    json: face.Json = False,
) -> None:
    """Bring the daily figures a mailbox provider published, where no feedback loop tells of complaints."""
    done = reports.bring(file, by=by, now=datetime.now(UTC), provider=provider, domain=keeping.find(sender).domain)
    data = {"form": done.form, "provider": done.provider, "kept": done.kept, "without_sends": done.without_sends}
    said = f"{done.kept} days kept of {done.provider} ({done.form})."
    if done.without_sends:
        said += f" {done.without_sends} days without a message of ours say nothing and were left out."
    face.answer(data, json=json, text=lambda console: console.print(said))


@app.command("traps")
def declare_traps(
    file: Annotated[Path, typer.Argument(help="One address a line.")], by: By, json: face.Json = False
) -> None:
    """Declare spam traps: never written to from now on, and hits of late count against what sent them."""
    done = traps.declare(file, by=by, now=datetime.now(UTC))
    said = f"{done['new']} traps new; {done['hits']} messages of late went to them."
    face.answer(done, json=json, text=lambda console: console.print(said))


@app.command("limits")
def show_limits(json: face.Json = False) -> None:
    """Show what is allowed, warned of and risked, by signal and mailbox provider."""
    rows = curves.table()

    def text(console: Console) -> None:
        lines = [
            [told.SIGNALS[one["signal"]][0], providers.name(one["provider"], "en"), told.percent(one["allowed"], "en"),
             told.percent(one["warned"], "en"), told.percent(one["alpha"], "en")]
            for one in rows
        ]  # fmt: skip
        console.print(Grid(("signal", "provider", "stops at", "warns at", "chance of a false stop"), lines))

    face.answer({"limits": rows}, json=json, text=text)
