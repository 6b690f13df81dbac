"""The tree of commands; each is a file beside this one."""

import typer

import relance
from relance.cli import (
    accounts,
    bounces,
    breaker,
    calendar,
    checks,
    declare,
    dkim,
    doctor,
    dormancy,
    doubts,
    events,
    face,
    future,
    gate,
    held,
    hygiene,
    imports,
    journeys,
    kinds,
    launches,
    lifetime,
    preflight,
    queue,
    ramp,
    reactivity,
    rehearsal,
    restored,
    results,
    seeds,
    sender,
    server,
    silences,
    sources,
    starts,
    suppress,
    templates,
    warehouse,
)

app = typer.Typer(
    name="relance",
    help="Wakes dormant customers without harming the sender.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.command()
def version(json: face.Json = False) -> None:
    """Print the version."""
    face.answer({"version": relance.__version__}, json=json, text=lambda console: console.print(relance.__version__))


for command in (server.up, server.worker, checks.check, dormancy.score, rehearsal.demo):
    app.command()(command)
app.command("clean")(hygiene.run)
app.command("future")(future.future)
app.command("doctor")(doctor.doctor)
app.command("kinds")(kinds.kinds)
app.command("targets")(kinds.targets)
app.command("queue")(queue.queue)
app.command("silences")(silences.silences)
app.command("bill")(silences.bill)
app.command("suppress")(suppress.suppress)
app.add_typer(imports.app, name="import")
app.add_typer(dormancy.policies_app, name="policies")
app.add_typer(dormancy.segments_app, name="segments")
app.add_typer(sources.app, name="sources")
app.add_typer(templates.app, name="templates")
app.add_typer(reactivity.app, name="reactivity")
app.add_typer(lifetime.app, name="lifetime")
journeys.app.command("rehearse")(rehearsal.rehearse_journey)
journeys.app.command("compare-starts")(starts.compare_starts)
journeys.app.command("result")(results.result)
journeys.app.command("approve")(launches.approve)
journeys.app.command("preflight")(preflight.preflight)
journeys.app.command("ramp")(ramp.ramp)
app.add_typer(journeys.app, name="journey")
app.add_typer(accounts.app, name="account")
app.add_typer(bounces.app, name="bounces")
app.add_typer(breaker.app, name="breaker")
app.add_typer(sender.app, name="sender")
app.add_typer(seeds.app, name="seeds")
app.add_typer(calendar.app, name="calendar")
app.add_typer(declare.app, name="declare")
app.add_typer(dkim.app, name="dkim")
app.add_typer(doubts.app, name="doubts")
app.add_typer(events.app, name="events")
app.add_typer(gate.app, name="gate")
app.add_typer(held.app, name="held")
app.add_typer(restored.app, name="restored")
app.add_typer(warehouse.app, name="warehouse")
