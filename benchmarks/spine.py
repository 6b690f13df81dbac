"""Import, scoring, segments, advance and rehearsal at several sizes, each beside its floor measured in the same run.

    .venv/bin/python -m benchmarks.spine --sizes 10000 100000 1000000 --runs 3

Prints JSON. Every size works in a data folder of its own (`--folder`, default: a temporary one), deleted afterwards;
every part runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NOW = datetime(2026, 7, 27, 6, 0, tzinfo=UTC)
EVENTS_EACH = 20
PARTS = ("generate", "import_contacts", "import_events", "score", "segments", "advance", "rehearsal")


def timed(work: Callable[[], Any]) -> float:
    """Return the seconds the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def memory() -> float:
    """Return the peak memory of this process, in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0)


# -- the parts; each returns {"seconds": [...], "floor_seconds": [...], ...} ------------------------------------------


def generate(size: int, folder: Path, runs: int) -> dict[str, Any]:
    """Write contacts.csv and events.csv of invented people."""
    import duckdb

    con = duckdb.connect()
    con.execute("SELECT setseed(0.42)")
    con.execute(
        f"""
        COPY (SELECT 'C' || i AS customer_id, 'Prénom' || i % 997 AS first_name, 'Nom' || i % 9973 AS last_name,
                     'person' || i || '@shop' || i % 50 || '.example' AS email, CASE WHEN i % 5 = 0 THEN 'en' ELSE 'fr' END AS language,
                     lpad((i % 95000 + 1000)::VARCHAR, 5, '0') AS postcode, 'FR' AS country,
                     strftime(DATE '2022-01-01' + (i % 1200)::INT, '%Y-%m-%d') AS signup_date
              FROM range(1, {size + 1}) t(i)) TO '{folder}/contacts.csv' (HEADER)
        """
    )
    con.execute(
        f"""
        COPY (
          SELECT 'C' || (1 + (hash(i) % {size})) AS customer_id,
                 ['message_delivered', 'message_delivered', 'message_delivered', 'message_delivered', 'site_visited', 'site_visited',
                  'order_placed', 'message_clicked', 'logged_in', 'store_purchase'][1 + (hash(i * 7) % 10)::INT] AS type,
                 strftime(TIMESTAMP '2024-07-27 00:00:00' + to_seconds((hash(i * 13) % 63072000)::BIGINT), '%Y-%m-%d %H:%M:%S') AS occurred_at,
                 CASE WHEN hash(i * 7) % 10 IN (6, 9) THEN ((hash(i * 31) % 20000) / 100)::DECIMAL(10,2) END AS amount,
                 'E' || i AS reference
          FROM range(1, {size * EVENTS_EACH + 1}) t(i)
        ) TO '{folder}/events.csv' (HEADER)
        """
    )
    return {"events": size * EVENTS_EACH}


def import_contacts(size: int, folder: Path, runs: int) -> dict[str, Any]:
    """Import the contacts; floor: COPY of the very rows it wrote into the same indexed tables."""
    from django.db import connection, transaction

    from relance.core import database
    from relance.intake import contacts
    from relance.intake.options import Options

    seconds, floor = [], []
    for _ in range(runs):
        database.execute("TRUNCATE contact, contact_point, consent, import_run CASCADE")
        seconds.append(timed(lambda: contacts.load(folder / "contacts.csv", Options(source="shop"), NOW)))
        ((rows,),) = database.rows("SELECT count(*) FROM contact")
        assert rows == size, rows
    tables = [
        name
        for name in ("contact", "contact_point", "consent")
        if database.rows(f"SELECT EXISTS (SELECT 1 FROM {name})") == [(True,)]
    ]
    files = {name: folder / f"floor-{name}.csv" for name in tables}
    for name, path in files.items():
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {name} TO STDOUT (FORMAT csv)") as copy,
            path.open("wb") as file,
        ):
            for block in copy:
                file.write(bytes(block))

    def plain() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for name, path in files.items():
                with path.open("rb") as file, cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv)") as copy:
                    while block := file.read(1 << 20):
                        copy.write(block)
                cursor.execute(
                    f"ANALYZE {name}"
                )  # else the checks of foreign keys at the end may walk the table for each row

    for _ in range(runs):
        database.execute("TRUNCATE contact, contact_point, consent CASCADE")
        floor.append(timed(plain))
    return {"seconds": seconds, "floor_seconds": floor}


def import_events(size: int, folder: Path, runs: int) -> dict[str, Any]:
    """Import the events; floor: plain DuckDB from the same CSV to Parquet by bucket, plus COPY of the recent rows."""
    from django.db import connection

    from relance.core import database, place
    from relance.events import engine, lake
    from relance.intake import events
    from relance.intake.options import Options

    start, used = time.perf_counter(), time.process_time()
    events.load(folder / "events.csv", Options(source="shop", covered_since=NOW - timedelta(days=731)), NOW)
    seconds, own = [time.perf_counter() - start], [time.process_time() - used]
    ((hot,),) = database.rows("SELECT count(*) FROM event")
    recent = folder / "recent.csv"
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY event TO STDOUT (FORMAT csv)") as copy,
        recent.open("wb") as file,
    ):
        for block in copy:
            file.write(bytes(block))
    peak, target, floor, own_floor = memory(), place.folder("spill") / "floor", [], []
    for _ in range(runs):
        database.execute("CREATE TABLE event_floor (LIKE event INCLUDING ALL)")
        begin, used = time.perf_counter(), time.process_time()
        con = engine.connect()
        con.execute(
            f"""COPY (SELECT c.id AS contact_id, 1 AS source_id, type, occurred_at::TIMESTAMPTZ AS occurred_at, amount::DECIMAL(18,4) AS amount,
                'web' AS channel, reference, NULL::VARCHAR AS import_file, NULL::BIGINT AS import_line, '{{}}' AS properties,
                now() AS recorded_at, c.id % {lake.BUCKETS} AS bucket
                FROM read_csv('{folder}/events.csv', header = true) e JOIN (SELECT row_number() OVER () AS id, customer_id FROM read_csv('{folder}/contacts.csv')) c
                USING (customer_id) ORDER BY bucket, occurred_at) TO '{target}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (bucket))"""
        )
        con.close()
        with (
            recent.open("rb") as file,
            connection.cursor() as cursor,
            cursor.copy("COPY event_floor FROM STDIN (FORMAT csv)") as copy,
        ):
            while block := file.read(1 << 20):
                copy.write(block)
        floor.append(time.perf_counter() - begin)
        own_floor.append(time.process_time() - used)
        shutil.rmtree(target)
        database.execute("DROP TABLE event_floor")
    processor = {"processor_seconds": own, "floor_processor_seconds": own_floor}  # of this process, PostgreSQL's apart
    return {"seconds": seconds, "floor_seconds": floor, "hot_rows": hot, "memory_mb": peak, **processor}


def score(size: int, folder: Path, runs: int) -> dict[str, Any]:
    """Score everybody, lake's Parquet to Parquet; floor: hand-written DuckDB SQL of the same columns from the same files.

    Publishing the standings to PostgreSQL is given apart, first time and next night.
    """
    import relance
    from benchmarks import dormancy_floor
    from relance.core import database
    from relance.core.definitions import read
    from relance.dormancy import policies, scoring
    from relance.events import engine, lake

    for name in ("ecommerce",):
        policies.apply(read(Path(relance.__file__).parent / "recipes" / "policies" / f"{name}.yaml"), NOW)
    database.execute("TRUNCATE profile")
    seconds, floor, own, own_floor = [], [], [], []
    for _ in range(runs):
        with engine.reading() as con:
            begin, used = time.perf_counter(), time.process_time()
            scoring.compute(con, NOW)
            con.execute(f"COPY scored TO '{folder}/ours.parquet' (FORMAT parquet, COMPRESSION zstd)")
            seconds.append(time.perf_counter() - begin)
            own.append(time.process_time() - used)
    peak = memory()
    for _ in range(runs):
        with engine.connected() as con:
            begin, used = time.perf_counter(), time.process_time()
            engine.load(con, "contact", scoring.contacts_sql(policies.in_force(), NOW))
            query = dormancy_floor.sql(lake.snapshot().of(), {}, {}, NOW - timedelta(days=731))
            con.execute(f"COPY ({query}) TO '{folder}/floor.parquet' (FORMAT parquet, COMPRESSION zstd)")
            floor.append(time.perf_counter() - begin)
            own_floor.append(time.process_time() - used)
    first = timed(lambda: scoring.score(NOW))
    night = timed(lambda: scoring.score(NOW + timedelta(days=1)))
    return {
        "seconds": seconds, "floor_seconds": floor, "memory_mb": peak, "processor_seconds": own, "floor_processor_seconds": own_floor,
        "people_differing": dormancy_floor.differing(folder / "ours.parquet", folder / "floor.parquet"),
        "with_first_publication_seconds": round(first, 2), "next_night_seconds": round(night, 2),
    }  # fmt: skip


def segments(size: int, folder: Path, runs: int) -> dict[str, Any]:
    """Refresh the shipped segments: first filling, then a night on which little changed."""
    import relance
    from relance.core import database
    from relance.core.definitions import read
    from relance.segments import definitions, refresh

    for path in sorted((Path(relance.__file__).parent / "recipes" / "segments").glob("*.yaml")):
        definitions.apply(read(path), NOW)
    database.execute("TRUNCATE membership")
    first = timed(lambda: refresh.run(NOW))
    members = database.rows("SELECT count(*) FROM membership")[0][0]
    again = [timed(lambda: refresh.run(NOW + timedelta(days=1))) for _ in range(runs)]
    return {"seconds": [first], "next_night_seconds": again, "members": members}


def advance(size: int, folder: Path, runs: int) -> dict[str, Any]:
    """Move everybody through a send; floor: one UPDATE of the same rows, one INSERT … SELECT of the same messages."""
    from relance.core import database
    from relance.journeys import advance as stage
    from relance.journeys.models import Version

    _journey()
    version = Version.objects.get()
    seconds, floor, rows = [], [], 0
    for _ in range(runs):
        _enrol(version.pk)
        seconds.append(timed(lambda: stage.run(NOW)))
        ((rows,),) = database.rows("SELECT count(*) FROM message")
    for _ in range(runs):
        _enrol(version.pk)
        floor.append(
            timed(
                lambda: database.execute(
                    "UPDATE enrolment SET position = '1', due_at = due_at + interval '7 days' WHERE due_at IS NOT NULL"
                )
            )
        )
        floor[-1] += timed(
            lambda: database.execute(
                """INSERT INTO message (contact_id, channel, purpose, journey_id, version_id, enrolment_id, step, template_version_id, variant,
                send_key, not_before, expires_at, created_at)
                SELECT contact_id, 'email', 'reactivation', journey_id, version_id, id, 'hello', 1, 'a', version_id || '/hello/' || occasion,
                %s, %s, %s FROM enrolment WHERE due_at IS NOT NULL""",
                [NOW, NOW + timedelta(days=3), NOW],
            )
        )
    return {"seconds": seconds, "floor_seconds": floor, "messages": rows}


def _enrol(version: int) -> None:
    """Enrol everybody in the journey, all due now."""
    from relance.core import database

    database.execute("TRUNCATE enrolment, message")
    database.execute(
        """INSERT INTO enrolment (contact_id, journey_id, version_id, occasion, control, entered_at, position, due_at)
        SELECT c.id, v.journey_id, v.id, 1, false, %s, '0', %s FROM contact c CROSS JOIN journey_version v WHERE v.id = %s""",
        [NOW, NOW, version],
    )
    database.execute("ANALYZE enrolment")


def _journey() -> None:
    """Publish and start the shipped e-commerce reactivation with its templates."""
    import relance
    from relance.content import publishing as templates
    from relance.core import database
    from relance.core.definitions import read
    from relance.intake.models import OptOutDeclaration
    from relance.journeys import publishing

    database.execute(
        """INSERT INTO consent (contact_id, channel, given, basis, at, topic)
        SELECT id, 'email', true, 'opt_in', first_seen_at, 'marketing' FROM contact ON CONFLICT DO NOTHING"""
    )
    recipes = Path(relance.__file__).parent / "recipes"
    OptOutDeclaration.objects.get_or_create(by="benchmark", at=NOW)
    for path in sorted((recipes / "templates").glob("*.yaml")):
        templates.publish(path, NOW)
    publishing.publish(read(recipes / "journeys" / "reactivation-ecommerce.yaml"), NOW)
    publishing.start("reactivation-ecommerce")


def rehearsal(size: int, folder: Path, runs: int) -> dict[str, Any]:
    """Rehearse the reactivation over 75 virtual days."""
    from relance.core import database
    from relance.rehearsal import rates, rehearse

    database.execute("TRUNCATE enrolment, message")
    _journey()
    seconds, done = [], None
    for _ in range(runs if size <= 100_000 else 1):
        options = rehearse.Options("reactivation-ecommerce", NOW, 75, rates.load())
        begin = time.perf_counter()
        done = rehearse.rehearse(options)
        seconds.append(time.perf_counter() - begin)
    return {
        "seconds": seconds,
        "people_in_journey": done and done.result.treated,
        "mails": done and sum(done.mails.counts.values()),
    }


# -- running them -----------------------------------------------------------------------------------------------------


def part(name: str, size: int, folder: Path, runs: int) -> dict[str, Any]:
    """Run one part in this process."""
    import django

    django.setup()
    from relance.core import database

    if name != "generate":
        database.start()
        database.migrate()
    found: dict[str, Any] = globals()[name](size, folder, runs)
    return {"memory_mb": memory()} | found


def summarised(found: dict[str, Any]) -> dict[str, Any]:
    """Return medians beside the runs, and the floor's share of the time."""
    for key in ("seconds", "floor_seconds"):
        if key in found:
            found[key] = [round(value, 2) for value in found[key]]
            found[f"{key}_median"] = statistics.median(found[key])
    if found.get("floor_seconds"):
        found["times_floor"] = round(found["seconds_median"] / found["floor_seconds_median"], 2)
    return found


def main() -> None:
    """Run every part at every size and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--parts", nargs="+", default=list(PARTS))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--part", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        print(json.dumps(part(arguments.part, arguments.sizes[0], arguments.folder, arguments.runs), default=str))
        return
    report: dict[str, Any] = {
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    }
    for size in arguments.sizes:
        folder = (arguments.folder or Path(tempfile.mkdtemp(prefix="relance-bench-"))) / str(size)
        folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "RELANCE_DATA": str(folder / "data"),
            "DJANGO_SETTINGS_MODULE": "relance.settings",
            "RELANCE_LOG_LEVEL": "ERROR",
        }
        report[str(size)] = {}
        for name in arguments.parts:
            command = [
                sys.executable,
                "-m",
                "benchmarks.spine",
                "--part",
                name,
                "--sizes",
                str(size),
                "--runs",
                str(arguments.runs),
                "--folder",
                str(folder),
            ]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                report[str(size)][name] = {"failed": done.stderr[-1500:]}
                print(f"{size:>9} {name}: failed", file=sys.stderr)
                continue
            report[str(size)][name] = summarised(json.loads(done.stdout.splitlines()[-1]))
            print(f"{size:>9} {name}: {report[str(size)][name]}", file=sys.stderr)
        if arguments.folder is None:
            shutil.rmtree(folder.parent, ignore_errors=True)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
