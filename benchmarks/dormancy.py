"""Scoring at scale: Parquet to Parquet in one process, beside hand-written DuckDB SQL; in groups of buckets; the next night.

    .venv/bin/python -m benchmarks.dormancy --sizes 1000000 --events-each 20 --runs 3
    .venv/bin/python -m benchmarks.dormancy --sizes 10000000 --events-each 20 --runs 1 --parts generate groups

Prints JSON. Every size works in a data folder of its own (`--folder`, default: a temporary one); every part runs in a
process of its own, so that its peak memory is its own. `score` and `groups` read contacts from PostgreSQL (through Arrow)
and events from the lake, and write `profiles.parquet`; so does the floor (`dormancy_floor`), which has every column of ours;
`people_differing` counts, by column, whom the two tell otherwise (numbers with fractions: by more than 1e-9). Processor seconds are
of this process alone and are what to compare where other work shares the machine; the first run also compiles the program.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import dormancy_floor
from benchmarks.spine import NOW, memory, summarised, timed

PARTS = ("generate", "score", "groups", "night")
KINDS = "['message_delivered', 'message_delivered', 'message_delivered', 'message_delivered', 'site_visited', 'site_visited', 'order_placed', 'message_clicked', 'logged_in', 'store_purchase']"
MODEL = {"r": 0.243, "alpha": 30.9, "a": 0.793, "b": 2.426}
SPEND = {"p": 6.25, "q": 3.74, "gamma": 15.44, "mean_spend": 35.0}


def generate(size: int, each: int, folder: Path, runs: int) -> dict[str, Any]:
    """Fill a base: contacts in PostgreSQL, events in the lake's buckets, the shop's policy, a lifetime model in force."""
    import relance
    from relance.core import database
    from relance.core.definitions import read
    from relance.dormancy import policies
    from relance.dormancy.models import Estimate
    from relance.events import engine, lake
    from relance.intake import sources

    policies.apply(read(Path(relance.__file__).parent / "recipes" / "policies" / "ecommerce.yaml"), NOW)
    names = ("order_placed", "store_purchase", "message_delivered", "message_clicked", "logged_in", "site_visited")
    sources.cover(sources.source_id("shop", NOW), {name: NOW - timedelta(days=731) for name in names})
    Estimate.objects.create(
        kind="lifetime", as_of=NOW, accepted=True, figures={"in_force": {"model": "bg_nbd", "values": MODEL} | SPEND}
    )
    database.execute(
        "INSERT INTO contact (id, external_id, first_seen_at, country) "
        "SELECT i, 'C' || i, timestamptz '2022-01-01Z' + make_interval(days => i %% 1200), 'FR' FROM generate_series(1, %s) i",
        [size],
    )
    database.execute("ANALYZE contact")
    with engine.connected() as con:
        actions = []
        for bucket in range(lake.BUCKETS):
            actions += lake.write_file(con, f"SELECT * FROM ({_events(size, each, bucket)})", bucket)
        lake.commit(lake.Draft(actions, lake.Appended(size * each, 0)), name="benchmark", flushed_below=0)
    return {"events": size * each}


def _events(size: int, each: int, bucket: int) -> str:
    """Return the query of one bucket's events."""
    people = size // 32
    return f"""
        SELECT (1 + hash(i) % {people})::BIGINT * 32 - 32 + {bucket or 32} AS contact_id, 1 AS source_id,
               {KINDS}[1 + (hash(i * 7) % 10)::INT] AS type,
               TIMESTAMPTZ '2024-07-27 00:00:00+00' + to_microseconds((hash(i * 13) % 63072000000000)::BIGINT) AS occurred_at,
               CASE WHEN hash(i * 7) % 10 IN (6, 9) THEN ((hash(i * 31) % 20000) / 100)::DECIMAL(18, 4) END AS amount,
               'email' AS channel, 'E' || i AS reference, NULL::VARCHAR AS import_file, NULL::BIGINT AS import_line,
               '{{}}' AS properties, TIMESTAMPTZ '{NOW.isoformat()}' AS recorded_at
        FROM range({bucket} * {people * each}, {bucket + 1} * {people * each}) t(i)"""


def score(size: int, each: int, folder: Path, runs: int) -> dict[str, Any]:
    """Score everybody in one piece, then run the floor on the same files."""
    from relance.dormancy import scoring

    _settings(contacts_at_once=10**9)
    ours = [_fresh(lambda target: scoring.everybody(NOW, target), folder / "ours") for _ in range(runs)]
    peak = memory()
    _in_one_file(folder / "ours")
    floor = [_fresh(_floor, folder / "floor") for _ in range(runs)]
    return {
        "seconds": [one.seconds for one in ours], "floor_seconds": [one.seconds for one in floor], "memory_mb": peak,
        **_processor(ours=ours, floor=floor), "people_differing": dormancy_floor.differing(folder / "ours" / "profiles.parquet", folder / "floor" / "profiles.parquet"),
    }  # fmt: skip


def groups(size: int, each: int, folder: Path, runs: int) -> dict[str, Any]:
    """Score everybody where a fifth may be scored at once: in ten groups."""
    from relance.dormancy import scoring

    _settings(contacts_at_once=max(size // 5, 1), memory_limit="2GB")
    ours = [_fresh(lambda target: scoring.everybody(NOW, target), folder / "groups") for _ in range(runs)]
    return {"seconds": [one.seconds for one in ours], "memory_mb": memory(), **_processor(ours=ours)}


def night(size: int, each: int, folder: Path, runs: int) -> dict[str, Any]:
    """Score, add 0.5 % of new events, and score the next day: whom it concerns alone, and everybody in full."""
    from relance.core import database
    from relance.dormancy import kept, nights, profiles, scoring
    from relance.events import engine

    _settings(contacts_at_once=10**9)
    later = NOW + timedelta(days=1)
    shutil.rmtree(kept.folder(), ignore_errors=True)
    database.execute("TRUNCATE event")  # of an earlier run
    nights.LEAST = 0
    _fresh(lambda target: scoring.everybody(NOW, target), folder / "before")
    profiles.adopt(folder / "before")
    database.execute(
        """INSERT INTO event (contact_id, source_id, type, occurred_at, amount, reference, properties, recorded_at)
        SELECT 1 + (i * 7919) %% %s, 1, (ARRAY['order_placed', 'logged_in', 'message_delivered', 'message_delivered'])[1 + i %% 4],
               %s + make_interval(secs => i %% 86000) - CASE WHEN i %% 100 = 0 THEN interval '3 days' ELSE interval '0' END,
               CASE WHEN i %% 4 = 0 THEN i %% 200 END, 'N' || i, '{}', %s FROM generate_series(1, %s) i""",
        [size, NOW, later, size * each // 200],
    )
    warm, *timed_nights = [
        _timed_kept(lambda target: scoring.everybody(later, target), folder / "night") for _ in range(runs + 1)
    ]
    ours = folder / "night"
    with engine.connected() as con:
        query = (
            f"COPY (FROM {profiles.relation(risks=True, folder=ours)}) TO '{ours}/profiles.parquet' (FORMAT parquet)"
        )
        shown = timed(lambda: con.execute(query))
        (judged,) = con.execute(f"SELECT count(*) FROM '{ours}/judged-*.parquet'").fetchone() or (0,)
    nights.LEAST = sys.maxsize
    full = [_fresh(lambda target: scoring.everybody(later, target), folder / "full") for _ in range(2)]
    _in_one_file(folder / "full")
    return {
        "seconds": [one.seconds for one in timed_nights], "full_seconds": full[-1].seconds,
        **_processor(night=timed_nights, full=full[-1:], first_night=[warm]), "judged": judged, "every_column_shown_seconds": shown,
        "memory_mb": memory(), "people_differing": dormancy_floor.differing(ours / "profiles.parquet", folder / "full" / "profiles.parquet"),
    }  # fmt: skip


def _in_one_file(folder: Path) -> None:
    """Put the profiles that a run wrote, in as many files as it wanted, into `profiles.parquet`."""
    from relance.dormancy import profiles
    from relance.events import engine

    with engine.connected() as con:
        if not (folder / "profiles.parquet").exists():
            con.execute(
                f"COPY (FROM {profiles.relation(folder=folder)}) TO '{folder}/profiles.parquet' (FORMAT parquet)"
            )


@dataclass(frozen=True)
class Run:
    """What one run took."""

    seconds: float
    processor: float


def _processor(**runs: list[Run]) -> dict[str, float]:
    """Return the median processor seconds of each kind of run."""
    return {
        f"{name}_processor_seconds": round(statistics.median(r.processor for r in of), 2) for name, of in runs.items()
    }


def _fresh(work: Any, target: Path) -> Run:
    """Time a run that finds nothing kept."""
    from relance.dormancy import kept

    (kept.folder() / "features.json").unlink(missing_ok=True)
    return _timed_kept(work, target)


def _timed_kept(work: Any, target: Path) -> Run:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    used = time.process_time()
    seconds = timed(lambda: work(target))
    return Run(seconds, time.process_time() - used)


def _settings(**changes: Any) -> None:
    from django.conf import settings

    settings.RELANCE = settings.RELANCE.model_copy(update=changes)


def _floor(target: Path) -> None:
    """Run the hand-written SQL."""
    from relance.dormancy import policies, scoring
    from relance.events import engine, lake

    with engine.connected() as con:
        engine.load(con, "contact", scoring.contacts_sql(policies.in_force(), NOW))
        query = dormancy_floor.sql(lake.snapshot().of(), MODEL, SPEND, NOW - timedelta(days=731))
        con.execute(f"COPY ({query}) TO '{target}/profiles.parquet' (FORMAT parquet)")


def part(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run one part in this process."""
    import django

    django.setup()
    from relance.core import database

    database.start()
    database.migrate()
    found: dict[str, Any] = globals()[name](arguments.sizes[0], arguments.events_each, arguments.folder, arguments.runs)
    return {"memory_mb": memory()} | found


def main() -> None:
    """Run every part at every size and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000])
    parser.add_argument("--events-each", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--parts", nargs="+", default=list(PARTS))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--part", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        print(json.dumps(part(arguments.part, arguments), default=str))
        return
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    report: dict[str, Any] = {"machine": machine}
    for size in arguments.sizes:
        folder = (arguments.folder or Path(tempfile.mkdtemp(prefix="relance-bench-"))) / str(size)
        folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "RELANCE_DATA": str(folder / "data"),
            "DJANGO_SETTINGS_MODULE": "relance.settings",
            "RELANCE_LOG_LEVEL": "ERROR",
        }
        found = report[f"{size} contacts, {arguments.events_each} events each"] = {"load": os.getloadavg()}
        for name in arguments.parts:
            command = [
                sys.executable,
                "-m",
                "benchmarks.dormancy",
                "--part",
                name,
                "--sizes",
                str(size),
                "--folder",
                str(folder),
            ]
            command += ["--events-each", str(arguments.events_each), "--runs", str(arguments.runs)]
            began = time.perf_counter()
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            found[name] = (
                summarised(json.loads(done.stdout.splitlines()[-1]))
                if not done.returncode
                else {"failed": done.stderr[-1500:]}
            )
            print(f"{size:>9} {name} ({time.perf_counter() - began:.0f} s): {found[name]}", file=sys.stderr)
        if arguments.folder is None:
            shutil.rmtree(folder.parent, ignore_errors=True)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
