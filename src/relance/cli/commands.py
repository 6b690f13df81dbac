"""The tree of commands; each is a file beside this one, and only the files of the command that was asked for are loaded."""

from importlib import import_module
from typing import Any

import typer

import relance
from relance.cli import face

# Each command: where its function, or its group of commands, is. All of them take seconds to load, one takes a fraction.
_COMMANDS = {
    "up": "server.up", "worker": "server.worker", "check": "checks.check", "score": "dormancy.score", "demo": "rehearsal.demo",
    "clean": "hygiene.run", "future": "future.future", "doctor": "doctor.doctor", "kinds": "kinds.kinds", "targets": "kinds.targets",
    "queue": "queue.queue", "silences": "silences.silences", "bill": "silences.bill", "suppress": "suppress.suppress",
}  # fmt: skip
GROUPS = {
    "import": "imports.app", "policies": "dormancy.policies_app", "segments": "dormancy.segments_app", "sources": "sources.app",
    "templates": "templates.app", "reactivity": "reactivity.app", "lifetime": "lifetime.app", "journey": "journeys.app",
    "account": "accounts.app", "bounces": "bounces.app", "breaker": "breaker.app", "sender": "sender.app", "seeds": "seeds.app",
    "calendar": "calendar.app", "declare": "declare.app", "dkim": "dkim.app", "doubts": "doubts.app", "events": "events.app",
    "gate": "gate.app", "held": "held.app", "restored": "restored.app", "warehouse": "warehouse.app",
}  # fmt: skip
_OF_JOURNEYS = {
    "rehearse": "rehearsal.rehearse_journey", "compare-starts": "starts.compare_starts", "result": "results.result",
    "approve": "launches.approve", "preflight": "preflight.preflight", "ramp": "ramp.ramp",
}  # fmt: skip
NAMES = frozenset({"version", *_COMMANDS, *GROUPS})


def tree(asked: str | None = None, among: str | None = None) -> typer.Typer:
    """Return the command that was asked for, or all of them where none is; `among` names one of a group."""
    app = typer.Typer(
        name="relance",
        help="Wakes dormant customers without harming the sender.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_relance)  # so that one command alone is still called by its name
    app.command("version")(version)
    for name, place in _COMMANDS.items():
        if asked in (None, name):
            app.command(name)(_found(place))
    for name, place in GROUPS.items():
        if asked in (None, name):
            app.add_typer(_group(name, place, among), name=name)
    return app


def version(json: face.Json = False) -> None:
    """Print the version."""
    face.answer({"version": relance.__version__}, json=json, text=lambda console: console.print(relance.__version__))


def _relance() -> None:
    """Wakes dormant customers without harming the sender."""


def _group(name: str, place: str, asked: str | None) -> typer.Typer:
    group: typer.Typer = _found(place)
    known = {command.name or command.callback.__name__ for command in group.registered_commands if command.callback}
    if name == "journey" and asked not in known:
        for more in [asked] if asked in _OF_JOURNEYS else sorted(_OF_JOURNEYS.keys() - known):
            group.command(more)(_found(_OF_JOURNEYS[more]))
    return group


def _found(place: str) -> Any:
    module, _, name = place.partition(".")
    return getattr(import_module(f"relance.cli.{module}"), name)
