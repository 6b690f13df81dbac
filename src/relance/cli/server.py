"""`relance up`, `relance worker`, `relance check`: an installation in one terminal, and what stands in its way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import typer
from django.conf import settings
from rich.console import Console

from relance.cli import face
from relance.core import database, place
from relance.core.errors import RefusedError, RelanceError
from relance.events import lake
from relance.intake import sources

STOP_SECONDS = 20


def up() -> None:
    """Start everything here: database, tables, web, a worker. Ctrl-C stops all of it."""
    console = Console(stderr=True)
    database.start()
    database.migrate()
    sources.own_id(datetime.now(UTC))
    lake.table()
    relance = settings.RELANCE
    web = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", relance.host, "--port", str(relance.port),
        "--workers", "1", "--blocking-threads", "8", "--no-ws", "--log-level", "warning", "relance.wsgi:application",
    ]  # fmt: skip
    worker = [sys.executable, "-m", "relance.cli.main", "worker"]
    processes = [subprocess.Popen(command, start_new_session=True) for command in (web, worker)]
    console.print(
        f"Relance runs: http://{relance.host}:{relance.port}/health. Data in {place.current().data}. Ctrl-C stops it."
    )
    _wait(processes, console)


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


def worker() -> None:
    """Run the stages when they are due, until stopped; any number of workers may run, on any number of machines."""
    from django.core.management import call_command

    call_command("procrastinate", "worker", "--concurrency", "1")


@dataclass(frozen=True)
class Finding:
    """Something looked at: `level` is ok, warning or error."""

    level: str
    subject: str
    sentence: str


def check(json: face.Json = False) -> None:
    """Say what is misconfigured; exit code 1 if anything stands in the way."""
    found = [*_folders(), *_database(), *_sending()]

    def text(console: Console) -> None:
        colours = {"ok": "green", "warning": "yellow", "error": "red"}
        for finding in found:
            console.print(f"[{colours[finding.level]}]{finding.level:8}[/] {finding.subject}: {finding.sentence}")

    face.answer({"findings": [vars(finding) for finding in found]}, json=json, text=text)
    if any(finding.level == "error" for finding in found):
        raise typer.Exit(1)


def _folders() -> list[Finding]:
    try:
        folder = place.folder(".")
        writable = os.access(folder, os.W_OK)
    except RelanceError as error:
        return [Finding("error", "data folder", str(error))]
    free = os.statvfs(folder)
    gigabytes = free.f_bavail * free.f_frsize / 1e9
    if not writable:
        return [Finding("error", "data folder", f"{folder} cannot be written. Set RELANCE_DATA to a folder of yours.")]
    if gigabytes < 2:
        return [Finding("warning", "data folder", f"only {gigabytes:.1f} GB are free in {folder}.")]
    return [Finding("ok", "data folder", f"{folder}, {gigabytes:.0f} GB free.")]


def _database() -> list[Finding]:
    try:
        database.start()
        ((version,),) = database.rows("SHOW server_version")
        number = int(version.split(".")[0])
    except RelanceError as error:
        return [Finding("error", "database", str(error))]
    if number < 15:
        return [Finding("error", "database", f"PostgreSQL {version} is too old; 15 or later is needed.")]
    which = "embedded" if database.is_embedded() else "yours"
    database.migrate()
    return [Finding("ok", "database", f"PostgreSQL {version} ({which})."), _lake()]


def _lake() -> Finding:
    try:
        snapshot = lake.snapshot()
    except RelanceError as error:
        return Finding("error", "lake", str(error))
    return Finding("ok", "lake", f"{len(snapshot.of())} files in {place.current().lake}, version {snapshot.version}.")


def _sending() -> list[Finding]:
    """Look at what recipients and mailbox providers will see."""
    relance, found = settings.RELANCE, []
    if not relance.smtp_url:
        maildir = Path(place.current().data) / "maildir"
        found.append(
            Finding(
                "warning", "sending", f"RELANCE_SMTP_URL is empty: mails are written to {maildir} and leave nowhere."
            )
        )
    if relance.mail_from.endswith("@example.org"):
        found.append(
            Finding("warning", "sender", "RELANCE_MAIL_FROM is still the example; set an address of your domain.")
        )
    if not relance.postal_address:
        found.append(
            Finding("warning", "sender", "RELANCE_POSTAL_ADDRESS is empty; commercial mails must say where you are.")
        )
    if relance.shop_url == type(relance).model_fields["shop_url"].default:
        found.append(
            Finding("warning", "shop", "RELANCE_SHOP_URL is not set; the links of the shipped templates lead there.")
        )
    if not relance.base_url.startswith("https://"):
        found.append(
            Finding(
                "warning",
                "links",
                "RELANCE_BASE_URL is not https; mailbox providers ask for it to unsubscribe with one click.",
            )
        )
    if urlsplit(relance.base_url).hostname in {"localhost", "127.0.0.1"}:
        found.append(
            Finding(
                "warning", "links", "RELANCE_BASE_URL points at this machine: recipients cannot click or unsubscribe."
            )
        )
    return found or [Finding("ok", "sending", "SMTP, sender and links are set.")]
