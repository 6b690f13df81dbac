"""A scratch copy of everything a rehearsal touches: the tables in a scratch database, the lake by links to its files."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.transaction import AddAction, RemoveAction
from django.apps import apps
from psycopg.abc import Buffer

from relance.core import database, place
from relance.core.files import link
from relance.dormancy import kept, profiles
from relance.events import lake

# What a rehearsal starts without: what was sent, judged and audited so far stays where it is, and no canary holds it back.
LEFT_OUT = {
    "message", "verdict", "audit_entry", "installation",
    "launch", "launch_person", "launch_plan", "launch_rehearsal", "ramp_step", "journey_tally",
    "breaker_count", "breaker_cohort", "breaker_scope", "breaker_point", "breaker_opening", "breaker_alert",
    "quarantined_bounce", "trap_hit", "provider_report",
    "pulse", "beat", "data_folder", "restoration", "late_passage", "team_alert",
}  # fmt: skip
IN_USE = "in-use.lock"
BLOCK = 1 << 18  # bytes sent at once
COPYING = 2  # tables copied side by side: what takes long is filling their indexes


@contextmanager
def copy() -> Iterator[Path]:
    """Put a scratch copy of database and lake in force; both are gone at the end, and nothing in it may leave."""
    sweep()
    live = lake.snapshot()
    scored = kept.folder() if profiles.exist() else None
    source = database.dsn()
    folder, lock = _folder()
    try:
        with database.scratch(), place.scratch(str(folder / "lake")):
            _copy_tables(source)
            _link_lake(live)
            if scored is not None:
                profiles.copy(scored, kept.folder())
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep() -> list[str]:
    """Remove what killed rehearsals left, databases and folders; return their names. What is in use stays."""
    root = place.folder("rehearsals")
    swept = database.sweep()
    with _alone(root):
        for folder in root.glob("scratch-*"):
            if not _in_use(folder):
                shutil.rmtree(folder, ignore_errors=True)
                swept.append(folder.name)
    return swept


def _folder() -> tuple[Path, int]:
    """Make a scratch folder, and return it with the lock that says it is in use as long as this process lives."""
    root = place.folder("rehearsals")
    folder = root / f"scratch-{os.getpid()}-{uuid4().hex[:8]}"
    with _alone(root):
        folder.mkdir(mode=0o700)
        lock = os.open(folder / IN_USE, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return folder, lock


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Keep others from making or sweeping folders: one that has no lock yet would look left behind."""
    descriptor = os.open(root / "sweep.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _in_use(folder: Path) -> bool:
    """Tell whether the process that made the folder is alive."""
    try:
        descriptor = os.open(folder / IN_USE, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def tables() -> list[str]:
    """Return the tables a rehearsal works on, referred-to ones first."""
    models = [m for m in apps.get_models() if m.__module__.startswith("relance.") and m._meta.db_table not in LEFT_OUT]
    names: list[str] = []

    def add(model: type) -> None:
        for field in model._meta.get_fields():  # type: ignore[attr-defined]
            target = getattr(field, "related_model", None)
            if field.concrete and target in models and target is not model:
                add(target)
        if model._meta.db_table not in names:  # type: ignore[attr-defined]
            names.append(model._meta.db_table)  # type: ignore[attr-defined]

    for model in models:
        add(model)
    return names


def _copy_tables(source: str) -> None:
    """Copy the rows of one consistent state of the live database, and let the sequences go on after them.

    Two connections copy side by side, the large tables first, where this role may leave out foreign key checks: a row that
    the other one has not committed yet does not exist for them.
    """
    target = database.dsn()
    with psycopg.connect(source) as live, psycopg.connect(target) as own:
        own.autocommit = True
        live.execute(_READING)
        live.execute("SET idle_in_transaction_session_timeout = 0")  # its snapshot is kept for the others
        (shown,) = live.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        free = _may_skip_checks(own)
        waiting = deque(sorted(tables(), key=_sizes(live).__getitem__, reverse=True) if free else tables())
        with ThreadPoolExecutor(COPYING if free else 1) as pool:
            try:
                for copying in [
                    pool.submit(_copy_some, source, target, shown, waiting, free=free) for _ in range(COPYING)
                ]:
                    copying.result()
            finally:
                waiting.clear()  # after an error, nothing more is begun
        for name, column in own.execute(_SEQUENCES).fetchall():
            own.execute(
                f"SELECT setval(pg_get_serial_sequence('{name}', '{column}'), greatest((SELECT max({column}) FROM {name}), 1))"
            )
        own.execute(f"ANALYZE {', '.join(sorted(LEFT_OUT))}")  # that they are empty


def _next(waiting: deque[str]) -> str | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _sizes(live: psycopg.Connection) -> dict[str, int]:
    """Return the bytes of each table of the database."""
    found = live.execute(
        "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE oid = ANY(%s::regclass[])", [tables()]
    )
    return {str(name): int(size) for name, size in found}


def _copy_some(source: str, target: str, shown: str, waiting: deque[str], *, free: bool) -> None:
    """Copy tables that nobody has taken yet until there is none, as the exported snapshot `shown` shows them."""
    with psycopg.connect(source) as live, psycopg.connect(target) as own:
        live.execute(_READING)
        live.execute(f"SET TRANSACTION SNAPSHOT '{shown}'")
        if free:
            own.execute("SET session_replication_role = replica")
        while (name := _next(waiting)) is not None:
            columns = ", ".join(f'"{row[0]}"' for row in own.execute(_COLUMNS, [name]).fetchall())
            own.execute(f"DELETE FROM {name}")
            with (
                live.cursor().copy(f"COPY {name} ({columns}) TO STDOUT (FORMAT binary)") as out,
                own.cursor().copy(f"COPY {name} ({columns}) FROM STDIN (FORMAT binary)") as into,
            ):
                for block in _gathered(out):
                    into.write(block)
            own.execute(f"ANALYZE {name}")


def _gathered(rows: Iterable[Buffer]) -> Iterator[bytes]:
    """Yield the rows of a COPY many at a time: one by one, sending each takes longer than the server takes to write it."""
    waiting = bytearray()
    for row in rows:
        waiting += row
        if len(waiting) > BLOCK:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


def _may_skip_checks(own: psycopg.Connection) -> bool:
    """Tell whether this role may leave out foreign key checks of rows that passed them in the live database."""
    found = own.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return bool(found and found[0])


_READING = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_COLUMNS = """
    SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s
    ORDER BY ordinal_position
"""

_SEQUENCES = """
    SELECT table_name::text, column_name::text FROM information_schema.columns
    WHERE table_schema = current_schema() AND is_identity = 'YES' AND table_name NOT LIKE 'procrastinate%'
"""


def _link_lake(live: lake.Snapshot) -> None:
    """Make a lake of the live one's files by hard links (copies across disks), with the live mark of what was flushed."""
    root = Path(place.current().lake)
    scratch = lake.table()
    actions: list[AddAction | RemoveAction] = []
    for bucket, files in live.files.items():
        (root / f"bucket={bucket}").mkdir(exist_ok=True)
        for file in files:
            target = root / f"bucket={bucket}" / Path(file).name
            link(file, target)
            actions.append(_add(target, bucket))
    properties = CommitProperties(app_transactions=[Transaction(lake.flush_name(), live.mark)])
    DeltaTable(scratch.table_uri).create_write_transaction(
        actions, "append", lake.SCHEMA, ["bucket"], commit_properties=properties
    )


def _add(file: Path, bucket: int) -> AddAction:
    return AddAction(
        path=f"bucket={bucket}/{file.name}", size=file.stat().st_size, partition_values={"bucket": str(bucket)},
        modification_time=int(time.time() * 1000), data_change=True, stats=json.dumps({}),
    )  # fmt: skip
