"""Verdicts a second of one worker, and whether they cost the same after years of history.

    .venv/bin/python -m benchmarks.gate --messages 1000000 --history 10000 100000 1000000 5000000

Prints JSON. One worker judges batches of 1,000, with everything the gate does: facts, rules, caps, places, stored and counted
verdicts, committed to disk. `wall` is the clock's time with PostgreSQL's included; `processor` is this process and its
PostgreSQL backend together. History is messages that were sent, each with its verdict, place and (for 90 days) event.
Messages come in the order in which a step of a journey writes them, that of the people; once, for comparison, scattered.
At each size of the history `--each` messages are judged, in the end, over the longest history, all of them; some before them warm
up. Statements and plan are those of one batch at the end.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)  # a Monday morning outside every commercial period
BATCH = 1000
WARM = 10 * BATCH
SAYS = re.compile(r"(Scan|Time:)")  # the lines of a plan that tell how a table is read


def measure(ids: Sequence[int], now: datetime) -> dict[str, Any]:
    """Judge the messages and return how fast, by the clock and by the processor."""
    from relance.eligibility import gate

    codes: Counter[str] = Counter()
    load, backend = os.getloadavg()[0], _backend()
    wall, ours, theirs = time.perf_counter(), time.process_time(), _used(backend)
    slices = []
    for start in range(0, len(ids), BATCH):
        begun = time.perf_counter()
        codes.update(verdict.code for verdict in gate.check(list(ids[start : start + BATCH]), now))
        slices.append(time.perf_counter() - begun)
    wall, ours, theirs = time.perf_counter() - wall, time.process_time() - ours, _used(backend) - theirs
    return {
        "messages": len(ids),
        "per_second_wall": round(len(ids) / wall),
        "per_second_processor": round(len(ids) / (ours + theirs)),
        "per_second_median_batch": round(BATCH / sorted(slices)[len(slices) // 2]),
        "seconds": {"wall": round(wall, 1), "python": round(ours, 1), "postgresql": round(theirs, 1)},
        "load": {"before": round(load, 1), "after": round(os.getloadavg()[0], 1)},
        "codes": dict(codes.most_common()),
    }


def _backend() -> int:
    from relance.core import database

    return int(database.rows("SELECT pg_backend_pid()")[0][0])


def _used(pid: int) -> float:
    """Return the processor time a process has used, in seconds; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def statements(ids: Sequence[int], now: datetime) -> list[str]:
    """Return the first words of every statement one batch takes."""
    from unittest.mock import patch

    import psycopg

    from relance.eligibility import gate

    seen: list[str] = []

    def noting(method: Callable[..., Any]) -> Callable[..., Any]:
        def noted(cursor: Any, query: Any, *rest: Any, **named: Any) -> Any:
            seen.append(" ".join(str(query).split())[:70])
            return method(cursor, query, *rest, **named)

        return noted

    with (
        patch.object(psycopg.Cursor, "execute", noting(psycopg.Cursor.execute)),
        patch.object(psycopg.Cursor, "copy", noting(psycopg.Cursor.copy)),
    ):
        gate.check(ids, now)
    return seen


def plan(ids: Sequence[int], now: datetime) -> list[str]:
    """Return PostgreSQL's plan of the statement that gathers the facts of a batch, with what it read."""
    from relance.core import database
    from relance.eligibility import facts

    query = facts.filled(facts.GATHER, channel="m.channel", topic="m.topic", contact="m.contact_id", asked="asked_")
    given = {"ids": list(ids), "now": now, "zone": "Europe/Paris"}
    return [
        line[:120]
        for (line,) in database.rows(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {query}", given)
        if SAYS.search(line)
    ]


def run(messages: int, each: int, histories: Sequence[int], people: int) -> dict[str, Any]:
    """Grow the history step by step and judge after each; then judge all the messages."""
    import django

    django.setup()
    from benchmarks import gate_base
    from relance.core import database

    database.start()
    database.migrate()
    gc.freeze()  # as `relance worker` does
    gate_base.people(people, NOW)
    gate_base.journey(people, NOW)
    report: dict[str, Any] = {"messages_per_second": {}}
    next_id, had = 1, 0
    for size in sorted(histories):
        gate_base.history(had + 1, size, people, NOW)
        had, next_id = size, next_id + each + WARM
        report["messages_per_second"][f"{size} rows of history"] = judged(next_id - each - WARM, each, people)
    report["scattered_over_the_base"] = judged(next_id, each, people, scattered=True)
    next_id += each + WARM
    found = judged(next_id, messages, people)
    spare = list(range(next_id, next_id + BATCH))
    last = {"statements_of_a_batch": statements(spare, NOW), "plan_of_the_facts": plan(spare, NOW)}
    return report | {"all_messages": found} | last


def judged(first: int, count: int, people: int, *, scattered: bool = False) -> dict[str, Any]:
    """Make so many messages from an id on, judge some to warm up, and measure the others."""
    from benchmarks import gate_base
    from relance.core import database

    gate_base.waiting(first, first + count + WARM - 1, people, NOW, scattered=scattered)
    measure(range(first, first + WARM), NOW)
    found = measure(range(first + WARM, first + WARM + count), NOW)
    print(found, file=sys.stderr)
    database.execute("UPDATE message SET state = 'sent', sent_at = %s WHERE state = 'claimed'", [NOW])
    return found


def main() -> None:
    """Make the base in a folder of its own, judge, print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--each", type=int, default=100_000, help="messages judged at each size of the history")
    parser.add_argument("--history", type=int, nargs="+", default=[10_000, 100_000, 1_000_000, 5_000_000])
    parser.add_argument("--people", type=int, help="contacts in the base; as many as messages if not given")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="relance-bench-", ignore_cleanup_errors=True) as folder:
        os.environ |= {
            "RELANCE_DATA": f"{folder}/data",
            "RELANCE_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "relance.settings",
        }
        report = run(arguments.messages, arguments.each, arguments.history, arguments.people or arguments.messages)
        machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
        print(json.dumps({"machine": machine, **report}, indent=2))


if __name__ == "__main__":
    main()
