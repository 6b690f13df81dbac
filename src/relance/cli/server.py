"""`relance up` and `relance worker`: an installation in one terminal."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from django.conf import settings
from rich.console import Console

from relance.accounts import invitations
from relance.accounts.models import User
from relance.core import database, place
from relance.core.errors import RefusedError
from relance.events import lake
from relance.intake import sources
from relance.rehearsal import scratch

STOP_SECONDS = 20


def up() -> None:
    """Start everything here: database, tables, web, workers. Ctrl-C stops all of it.

    One worker runs the stages, another does what pages ask for: an import of an hour keeps no mail waiting.
    """
    console = Console(stderr=True)
    _ports_are_free()
    database.start()
    database.migrate()
    sources.own_id(datetime.now(UTC))
    lake.table()
    scratch.sweep()
    relance = settings.RELANCE
    worker = [sys.executable, "-m", "relance.cli.main", "worker"]
    workers = [[*worker, "--only-stages"], [*worker, "--only-works"]]
    processes = [subprocess.Popen(command, start_new_session=True) for command in (*_servers(), *workers)]
    console.print(
        f"Relance runs: http://{relance.host}:{relance.port}/ Data in {place.current().data}. Ctrl-C stops it."
    )
    if not User.objects.exists():
        console.print(
            f"Nobody has an account yet. Make the first administrator: {invitations.welcome_address()}", soft_wrap=True
        )
    _wait(processes, console)


def _servers() -> list[list[str]]:
    """Return the commands of the web server and, where it has a port, of the tracking server."""
    relance = settings.RELANCE
    threads = str(min(8, 2 * (os.cpu_count() or 1) + 1))  # above that granian warns at each start
    granian = [
        sys.executable, "-m", "granian", "--host", relance.host, "--no-ws", "--log-level", "warning",
    ]  # fmt: skip
    web = [
        "--interface", "wsgi", "--port", str(relance.port), "--workers", "1", "--blocking-threads", threads,
        "relance.wsgi:application",
    ]  # fmt: skip
    tracking = [  # several threads of the server's own: answers that wait for a commit cost a third less with them
        "--interface", "asgi", "--port", str(relance.tracking_port), "--workers", "2", "--runtime-mode", "mt",
        "relance.tracking.asgi:application",
    ]  # fmt: skip
    return [[*granian, *web], *([[*granian, *tracking]] if relance.tracking_port else [])]


def _ports_are_free() -> None:
    """Refuse ports that are taken: two servers would share one, and answer each other's links."""
    relance = settings.RELANCE
    _is_free(relance.port, "web", "RELANCE_PORT")
    if relance.tracking_port:
        _is_free(relance.tracking_port, "tracking", "RELANCE_TRACKING_PORT")


def _is_free(port: int, server: str, setting: str) -> None:
    relance = settings.RELANCE
    family = socket.AF_INET6 if ":" in relance.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((relance.host, port))
        except OSError as error:
            raise RefusedError(
                f"The {server} server cannot listen on {relance.host}, port {port} ({error.strerror}). Another program, or "
                f"another Relance, has it: stop that one, or set {setting}."
            ) from None


def _wait(processes: list[subprocess.Popen[bytes]], console: Console) -> None:
    """Wait for a signal or for a process that ends by itself, then stop the others in order."""
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: asked.append(received))
    while not asked and all(process.poll() is None for process in processes):
        time.sleep(0.2)
    failed = [process for process in processes if process.poll() not in {None, 0}] if not asked else []
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if failed:
        raise RefusedError("A part of Relance stopped by itself; its last words are above. Run `relance check`.")
    console.print("Everything is stopped.")


def worker(
    only_sends: Annotated[
        bool, typer.Option("--only-sends", help="Send what is due and nothing else: a light process, for more speed.")
    ] = False,
    only_stages: Annotated[
        bool,
        typer.Option("--only-stages", help="Do what is due each minute and each night, and nothing pages ask for."),
    ] = False,
    only_works: Annotated[
        bool, typer.Option("--only-works", help="Do what pages ask for (imports, rehearsals, plans) and nothing else.")
    ] = False,
) -> None:
    """Run the stages when they are due and do what pages ask for, until stopped.

    Any number of workers may run, on any number of machines.
    """
    if only_sends + only_stages + only_works > 1:
        raise RefusedError(
            "A worker can be kept to one thing only: choose one of --only-sends, --only-stages, --only-works."
        )
    if only_sends:
        from relance.workers import sending

        sending.work()
        return
    from relance.workers import all_tasks, background

    all_tasks.work(only=background.QUEUE if only_works else "default" if only_stages else "")
