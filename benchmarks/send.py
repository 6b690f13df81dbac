"""Mails a second from the queue to an SMTP server: judged, rendered, assembled, signed, sent and written down, by two workers.

    .venv/bin/pip install -e '.[bench]'; apt-get install postfix   (smtp-sink, smtp-source)
    .venv/bin/python -m benchmarks.send --messages 5000 --runs 3

Prints JSON. Each run measures in turn, against a `smtp-sink` of its own: `smtp-source` with as many mails of the same size (the
floor: no content made, nothing written down), ours without and with DKIM (RSA of 2,048 bits), the same mails through Django's
mail classes signed by dkimpy, and django-post-office's queue: found written, rendered, and rendered and signed. The page is 22 KB of HTML with the person's name and signed links.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 7, 27, 8, 0, tzinfo=UTC)
WORKERS = 2
PARAGRAPH = "<mj-text>{{ contact.first_name }}, the workshop has mended forty chairs this month and there is one that would suit you well. </mj-text>"


def template() -> str:
    """Return a template whose HTML is of some 22 KB."""
    from tests.delivery.sending import TEMPLATE

    return TEMPLATE.replace("<mj-text>{{ shop.name }}", PARAGRAPH * 33 + "<mj-text>{{ shop.name }}")


@contextmanager
def sink() -> Iterator[int]:
    """A server that takes every mail and forgets it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with subprocess.Popen(
        ["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "200"], stderr=subprocess.DEVNULL
    ) as server:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        try:
            yield port
        finally:
            server.terminate()


def source(messages: int, size: int) -> float:
    """Return the mails a second of smtp-source, with as many connections as ours have together."""
    with sink() as port:
        begun = time.perf_counter()
        command = [
            "smtp-source",
            "-s",
            "8",
            "-l",
            str(size),
            "-m",
            str(messages),
            "-f",
            "a@example.org",
            "-t",
            "b@example.org",
        ]
        subprocess.run([*command, f"127.0.0.1:{port}"], check=True)
        return messages / (time.perf_counter() - begun)


def forked(work: Any, workers: int = WORKERS) -> tuple[float, int]:
    """Run `work(number)` in processes at once; return the seconds and the most memory one took, in bytes."""
    begun, most = time.perf_counter(), 0
    pids = []
    for number in range(workers):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                work(number)
                code = 0
            finally:
                sys.stdout.flush()
                os._exit(code)
        pids.append(pid)
    for pid in pids:
        _, status, used = os.wait4(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0, "a worker failed"
        most = max(most, used.ru_maxrss * 1024)
    return time.perf_counter() - begun, most


def ours(messages: int, **settings_changed: str) -> dict[str, Any]:
    """Queue the mails, let two workers send them, and return how fast they were."""
    from django.conf import settings
    from django.db import connections
    from tests.delivery.sending import crowd, published

    from relance.core import database
    from relance.delivery import dispatch
    from relance.outbox.models import Message
    from relance.settings import Settings

    published(NOW, template())
    Message.objects.all().delete()
    ready = crowd_of(messages, crowd)
    database.execute("ANALYZE")
    connections.close_all()
    with sink() as port:
        given = settings.RELANCE.model_dump() | {"smtp_url": f"smtp://127.0.0.1:{port}"} | settings_changed
        settings.RELANCE = Settings(**given)

        def work(_number: int) -> None:
            while dispatch.run(NOW):
                pass

        seconds, memory = forked(work)
    sent = Message.objects.filter(state="sent").count()
    connections.close_all()
    assert sent == ready, f"{sent} of {ready} were sent"
    return {"per_second": round(sent / seconds), "memory_mb": round(memory / 1e6)}


def crowd_of(messages: int, crowd: Any) -> int:
    """Put that many people into an emptied base, with a message each."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE contact, message, event RESTART IDENTITY CASCADE")
    crowd(messages, NOW, template())
    return messages


def sample() -> bytes:
    """Return one of the mails, as it leaves."""
    from relance.delivery import ledger, rendering

    (due,) = ledger.claim("sample", 1, now=NOW, lease_until=NOW)
    mail = rendering.prepare([due], {due.id: "anna@example.org"}, NOW).mail(due)
    assert isinstance(mail, bytes), mail
    return mail


def readable(mail: bytes) -> str:
    """Return the HTML of a mail."""
    from email import message_from_bytes, policy

    part = message_from_bytes(mail, policy=policy.default).get_body(("html",))
    assert part is not None
    return str(part.get_content())


def peer(kind: str, messages: int, page: Path) -> dict[str, Any]:
    """Return how fast a peer sends as many mails, in a Django of its own."""
    from django.db import connection

    entry = connection.settings_dict
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'peers'")
        if cursor.fetchone() is None:
            cursor.execute("CREATE DATABASE peers")
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    with sink() as port:
        command = [sys.executable, "-m", "benchmarks.send_peers", kind, str(port), str(messages), str(page)]
        done = subprocess.run(
            [*command, f"{entry['HOST']} {entry['USER']} peers"],
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return {"per_second": round(messages / float(done.stdout.split()[-1]))}


@contextmanager
def installation() -> Iterator[Path]:
    """Start an installation of its own in a folder, which is gone at the end."""
    folder = tempfile.mkdtemp(prefix="relance-send-")
    os.environ.update(
        RELANCE_DATA=folder, DJANGO_SETTINGS_MODULE="relance.settings", RELANCE_LOG_LEVEL="ERROR", RELANCE_LANGUAGE="en"
    )
    import django
    import structlog

    django.setup()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    from relance.core import database

    database.start()
    database.migrate()
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    asked = parser.parse_args()
    found: dict[str, list[Any]] = {
        name: []
        for name in (
            "smtp-source",
            "ours",
            "ours, DKIM",
            "django, dkimpy",
            "post-office",
            "post-office, whole",
            "post-office, DKIM",
        )
    }
    with installation() as folder:
        from tests.delivery.sending import crowd

        from relance.delivery import keys as signers

        crowd_of(1, crowd)
        mail = sample()
        size, page = len(mail), folder / "page.html"
        page.write_text(readable(mail))
        keys = f"s={signers.make('s', 'rsa').file}"
        ours(asked.messages // 5, dkim_keys="")  # not counted: its tables have no statistics yet
        for _ in range(asked.runs):
            found["smtp-source"].append({"per_second": round(source(asked.messages, size))})
            found["ours"].append(ours(asked.messages, dkim_keys=""))
            found["ours, DKIM"].append(ours(asked.messages, dkim_keys=keys))
            if not asked.ours:
                found["django, dkimpy"].append(peer("django", asked.messages // 5, page))
                found["post-office"].append(peer("post_office", asked.messages // 5, page))
                found["post-office, whole"].append(peer("post_office_whole", asked.messages // 5, page))
                found["post-office, DKIM"].append(peer("post_office_signed", asked.messages // 5, page))
    print(
        json.dumps(
            {
                "machine": platform.machine(),
                "cores": os.cpu_count(),
                "size": size,
                "runs": found,
                "medians": {k: statistics.median(one["per_second"] for one in v) for k, v in found.items() if v},
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
