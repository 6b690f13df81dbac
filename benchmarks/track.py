"""Clicks a second of the tracking server, beside a bare ASGI hello on the same server in the same run.

    .venv/bin/python -m benchmarks.track --rounds 7 --seconds 5

Prints JSON. Both are served by granian, two workers each, with the same flags; wrk (Debian's package) asks both for the same
paths with the headers of a browser, in turn: hello, tracking, tracking, hello. Each click is another message's link: its
token is checked, its message and link are looked up, it is written and committed (fsync on) before the answer leaves.
Server, generator and PostgreSQL share the machine's processors. At half load requests come at half the median rate of
tracking, at even distances, and latency counts from when each was due. In the end every hit is counted in the database.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

WORKERS = 2  # as `relance up` starts them
HALF_LOAD_CONNECTIONS = 512  # one request at a time each: with few, the next waits for the one before it
NOW = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)
HELLO, TRACKING = "benchmarks.track_hello:application", "relance.tracking.asgi:application"


def mails(count: int) -> list[str]:
    """Write that many sent messages; return the path of a link of each."""
    from tests.delivery.sending import published

    from relance.content.models import Link
    from relance.core import database
    from relance.delivery import tokens

    version = published(NOW)
    link = Link.objects.get(template_version=version, language="fr", position=1)
    database.execute(
        """
        INSERT INTO message (contact_id, channel, purpose, template_version_id, step, variant, send_key, not_before,
                             expires_at, created_at, sent_at, state)
        SELECT i, 'email', 'promotion', %(version)s, 'hello', 'a', '1/hello/1', %(now)s, %(now)s, %(now)s, %(now)s, 'sent'
        FROM generate_series(1, %(count)s) i
        """,
        {"version": version.pk, "now": NOW, "count": count},
    )
    database.execute("VACUUM ANALYZE message")
    found = database.rows("SELECT id, uuid FROM message ORDER BY md5(id::text)")
    return [f"/c/{tokens.click(number, uuid, link.pk)}" for number, uuid in found]


def rounds(
    ports: dict[str, int], file: Path, *, count: int, seconds: int, connections: int
) -> dict[str, list[dict[str, float]]]:
    """Ask both in turn, that many times; each round goes on in the list of paths where the last one ended."""
    from benchmarks.track_load import flood

    found: dict[str, list[dict[str, float]]] = {name: [] for name in ports}
    asked = 0
    for number in range(count):
        for name in list(ports)[:: 1 if number % 2 == 0 else -1]:
            told = flood(ports[name], file, seconds=seconds, connections=connections, first=asked)
            asked += int(told["requests"]) if name == "tracking" else 0
            found[name].append(told)
            print(name, {key: round(value, 1) for key, value in told.items()}, file=sys.stderr)
    return found


def run(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure both and count what was kept."""
    import django

    django.setup()
    from tests.tracking.serving import serving

    from benchmarks.track_load import steady
    from relance.core import database

    database.start()
    database.migrate()
    paths = mails(arguments.messages)
    file = folder / "paths"
    file.write_text("\n".join(paths))
    with serving(HELLO, workers=WORKERS) as hello, serving(TRACKING, workers=WORKERS) as tracking:
        ports = {"hello": hello.port, "tracking": tracking.port}
        asyncio.run(
            steady(tracking.port, paths[-200:], per_second=200, connections=4)
        )  # warm: its statements are prepared
        found = rounds(
            ports, file, count=arguments.rounds, seconds=arguments.seconds, connections=arguments.connections
        )
        median = {name: statistics.median(one["per_second"] for one in told) for name, told in found.items()}
        half = [
            asyncio.run(
                steady(
                    ports["tracking"],
                    paths[: int(median["tracking"] / 2 * arguments.seconds)],
                    per_second=median["tracking"] / 2,
                    connections=HALF_LOAD_CONNECTIONS,
                )
            )
            for _ in range(3)
        ]
    pairs = [
        one["per_second"] / other["per_second"] for one, other in zip(found["tracking"], found["hello"], strict=True)
    ]
    return {
        "per_second": {
            name: {"median": round(median[name]), "runs": [round(one["per_second"]) for one in told]}
            for name, told in found.items()
        },
        "share_of_hello": {
            "of_medians": round(median["tracking"] / median["hello"], 3),
            "runs": [round(pair, 3) for pair in pairs],
        },
        "wrong_or_failed": sum(
            one["failed"] + (one["wrong"] if name == "tracking" else 0) for name, told in found.items() for one in told
        ),
        "half_load": [{name: round(value, 1) for name, value in one.items()} for one in half],
        "hits_in_the_database": database.rows("SELECT sum(json_array_length(hits::json)) FROM hit_batch")[0][0],
        "clicks_answered": sum(int(one["requests"]) for one in found["tracking"])
        + 200
        + sum(int(one["requests"]) for one in half),
    }


def main() -> None:
    """Make the mails in a folder of its own, measure, print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=256)
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("The benchmark needs wrk: apt-get install wrk.")
    with tempfile.TemporaryDirectory(prefix="relance-bench-", ignore_cleanup_errors=True) as folder:
        os.environ |= {
            "RELANCE_DATA": f"{folder}/data", "RELANCE_LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "relance.settings",
            "RELANCE_SECRET_KEY": "a key for the benchmark alone",
        }  # fmt: skip
        report = run(arguments, Path(folder))
        machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
        print(json.dumps({"machine": machine, "load": os.getloadavg(), **report}, indent=2))


if __name__ == "__main__":
    main()
