"""The event lake: a Delta table, partitioned by contact bucket, that DuckDB writes and every engine reads.

Writers hold one PostgreSQL advisory lock; a write is Parquet files first, then one Delta commit that makes them all
visible at once. A killed writer leaves at most files nobody refers to, which maintenance sweeps away.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import duckdb
import psycopg
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from relance.core import database, place
from relance.core.errors import LakeError
from relance.events.schemas import COLUMNS

BUCKETS = 32
# Columns of which nearly every value is another one are not tried as a dictionary first: that costs a sixth to a third of the
# writing and makes no file smaller.
PARQUET = "FORMAT parquet, DICTIONARY_SIZE_LIMIT 1000"
SORTED_ABOVE = 200_000  # rows of one write
AT_ONCE = min(4, os.cpu_count() or 1)  # buckets written side by side
FLUSH, COMPACTION = "flush", "compaction"  # names of commits that bring no event from elsewhere
KEY = ("contact_id", "source_id", "type")
LAKES = 4  # whose last state is remembered: the one in force, and those of rehearsals

_ARROW = {
    "BIGINT": pa.int64(), "INTEGER": pa.int32(), "VARCHAR": pa.string(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"), "DECIMAL(18,4)": pa.decimal128(18, 4),
}  # fmt: skip
SCHEMA = pa.schema([(name, _ARROW[kind]) for name, kind in COLUMNS.items()] + [("bucket", pa.int32())])


@dataclass(frozen=True)
class Snapshot:
    """One state of the lake: its version, its files by bucket, and the transaction below which hot rows are in it."""

    version: int
    files: dict[int, tuple[str, ...]]
    mark: int

    def of(self, buckets: Collection[int] | None = None) -> list[str]:
        """Return the files of these buckets (default: of all)."""
        chosen = self.files if buckets is None else {b: self.files.get(b, ()) for b in buckets}
        return [file for names in chosen.values() for file in names]


@dataclass(frozen=True)
class Read:
    """A lake as it was read last: whose flushes its mark is of, the commit, what it held."""

    flushes: str
    commit: object
    snapshot: Snapshot


_known: dict[str, Read] = {}  # by path


@dataclass(frozen=True)
class Appended:
    """What a write did: rows added, and rows the lake (or the same batch) already had."""

    added: int
    known: int


@dataclass(frozen=True)
class Draft:
    """Files written that no reader sees before their commit."""

    files: list[AddAction | RemoveAction]
    appended: Appended


def table() -> DeltaTable:
    """Return the lake's Delta table, made if absent."""
    path = place.current().lake
    try:
        return DeltaTable(path)
    except TableNotFoundError:
        Path(path).mkdir(parents=True, exist_ok=True, mode=0o700)
        return DeltaTable.create(path, SCHEMA, mode="ignore", partition_by="bucket", name="events")
    except (DeltaError, OSError) as error:
        raise LakeError(
            f"The event lake in {path} cannot be read: {error}. Check RELANCE_LAKE and the folder."
        ) from error


def snapshot() -> Snapshot:
    """Return the lake's present state; mark and file list are of one version.

    While no commit came after the one read last, it is not read again.
    """
    path, flushes = place.current().lake, flush_name()
    last = _known.get(path)
    if last is None or last.flushes != flushes or _commit(path, last.snapshot.version) != last.commit:
        found = _snapshot(path, flushes)
        if path not in _known and len(_known) >= LAKES:
            _known.pop(next(iter(_known)))
        last = _known[path] = Read(flushes, _commit(path, found.version), found)
    return last.snapshot


def _snapshot(path: str, flushes: str) -> Snapshot:
    lake = table()
    files: dict[int, list[str]] = {}
    actions = pa.table(lake.get_add_actions(flatten=True)).to_pydict()
    for name, bucket in zip(actions["path"], actions.get("partition.bucket", []), strict=True):
        files.setdefault(bucket, []).append(str(Path(path) / name))
    mark = lake.transaction_version(flushes) or 0
    return Snapshot(lake.version(), {b: tuple(sorted(names)) for b, names in sorted(files.items())}, mark)


def _commit(path: str, version: int) -> object:
    """Return what tells the commit of a version from any other, if it is the last; else something equal to nothing."""
    log = Path(path) / "_delta_log"
    try:
        made = (log / f"{version:020}.json").stat()
    except OSError:
        return object()
    return object() if (log / f"{version + 1:020}.json").exists() else (made.st_ino, made.st_mtime_ns)


def flush_name() -> str:
    """Return the name flushes of this very database cluster are committed under.

    Transaction ids mean nothing in another cluster: a dump restored elsewhere starts a name of its own, its first flush
    finds the known rows by their keys.
    """
    ((system, database_oid),) = database.rows(
        "SELECT system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database()) FROM pg_control_system()"
    )
    return f"flush-{system}-{database_oid}"


@contextmanager
def writing() -> Iterator[None]:
    """Hold the lock of the lake's writers: one at a time, over every machine that shares the database.

    The lock belongs to a session of its own, so a writer's rollbacks and commits do not let it go.
    """
    with psycopg.connect(database.dsn(), autocommit=True) as own:
        own.execute("SELECT pg_advisory_lock(hashtext('relance lake'))")
        yield


def write(con: duckdb.DuckDBPyConnection, relation: str, *, name: str, flushed_below: int | None = None) -> Appended:
    """Add the rows of `relation` that the lake lacks, in one commit; the caller holds `writing()`.

    `flushed_below` is written as the flush's mark in that same commit.
    """
    drafted = draft(con, relation, snapshot())
    commit(drafted, name=name, flushed_below=flushed_below)
    return drafted.appended


def draft(con: duckdb.DuckDBPyConnection, relation: str, present: Snapshot, *, distinct: bool = False) -> Draft:
    """Write the rows of `relation` that the lake lacks to files nobody sees yet; `distinct` tells that no key stands twice in it."""
    counted = con.execute(f"SELECT count(*) FROM {relation}").fetchone()
    total = int(counted[0]) if counted else 0
    with _by_bucket(con, relation, total) as rows_of:
        queries = {
            bucket: _new_rows(rows if distinct else once(rows), present.of([bucket]))
            for bucket, rows in rows_of.items()
        }
        files = _write_files(con, queries, at_once=AT_ONCE if total >= SORTED_ABOVE else 1)
    added = sum(json.loads(action.stats)["numRecords"] for action in files if isinstance(action, AddAction))
    return Draft(files, Appended(added, total - added))


def commit(drafted: Draft, *, name: str, flushed_below: int | None = None) -> None:
    """Show the files of a draft, all at once, and the flush's mark with them."""
    if drafted.files or flushed_below is not None:
        marks = [Transaction(flush_name(), flushed_below)] if flushed_below is not None else None
        properties = CommitProperties(custom_metadata={"relance": name}, app_transactions=marks)
        table().create_write_transaction(drafted.files, "append", SCHEMA, ["bucket"], commit_properties=properties)


def discard(drafted: Draft) -> None:
    """Delete the files of a draft that is not to be shown."""
    for action in drafted.files:
        (Path(place.current().lake) / action.path).unlink(missing_ok=True)


def _write_files(
    con: duckdb.DuckDBPyConnection, queries: dict[int, str], *, at_once: int
) -> list[AddAction | RemoveAction]:
    """Write a file of each bucket. Several at once on connections of their own: one bucket's rows seldom occupy two cores."""
    if at_once == 1:
        return [action for bucket, query in queries.items() for action in write_file(con, query, bucket)]
    with ThreadPoolExecutor(at_once) as pool:
        tasks = [
            pool.submit(copy_context().run, write_file, con.cursor(), query, bucket)
            for bucket, query in queries.items()
        ]
        return [action for task in tasks for action in task.result()]


def write_file(
    con: duckdb.DuckDBPyConnection, query: str, bucket: int, *, data_change: bool = True
) -> list[AddAction | RemoveAction]:
    """Write the query's rows as one Parquet file of the bucket, in time order; return the action that will show it."""
    folder = Path(place.current().lake) / f"bucket={bucket}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f"{time.time_ns():020d}-{uuid4().hex}.parquet"
    con.execute(
        f"COPY ({query} ORDER BY occurred_at, contact_id) TO {literal(draft)} "
        f"({PARQUET}, COMPRESSION zstd, ROW_GROUP_SIZE 200000)"
    )
    found = con.execute(
        f"SELECT count(*), min(occurred_at)::VARCHAR, max(occurred_at)::VARCHAR FROM read_parquet({literal(draft)})"
    ).fetchone()
    rows, first, last = found if found else (0, None, None)
    if not rows:
        draft.unlink()
        return []
    bounds = {name: {"occurred_at": datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
              for name, value in (("minValues", first), ("maxValues", last))}  # fmt: skip
    stats = json.dumps({"numRecords": rows, **bounds})
    return [
        AddAction(
            path=f"bucket={bucket}/{draft.name}", size=draft.stat().st_size, partition_values={"bucket": str(bucket)},
            modification_time=int(time.time() * 1000), data_change=data_change, stats=stats,
        )
    ]  # fmt: skip


@contextmanager
def _by_bucket(con: duckdb.DuckDBPyConnection, relation: str, total: int) -> Iterator[dict[int, str]]:
    """Give the query of the rows of each bucket; many rows are first sorted into files by bucket.

    Otherwise each of the buckets would read all rows once.
    """
    columns = ", ".join(COLUMNS)
    if total < SORTED_ABOVE:
        found = con.execute(f"SELECT DISTINCT contact_id % {BUCKETS} FROM {relation} ORDER BY 1").fetchall()
        yield {
            bucket: f"SELECT {columns} FROM {relation} WHERE contact_id % {BUCKETS} = {bucket}" for (bucket,) in found
        }
        return
    folder = place.folder("spill") / f"buckets-{uuid4().hex}"
    try:
        con.execute(
            f"COPY (SELECT {columns}, contact_id % {BUCKETS} AS bucket FROM {relation}) TO {literal(folder)} "
            f"({PARQUET}, COMPRESSION snappy, PARTITION_BY (bucket))"
        )
        yield {
            int(path.name.removeprefix("bucket=")): (
                f"SELECT {columns} FROM read_parquet({literal(path / '*.parquet')}, hive_partitioning = false)"
            )
            for path in sorted(folder.iterdir())
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def once(rows: str) -> str:
    """Return the query of the rows of which no earlier one in the batch has the key.

    A row without reference is known by its file and line, which cannot stand twice in one batch.
    """
    key = ", ".join((*KEY, "reference"))
    return f"SELECT * FROM ({rows}) QUALIFY reference IS NULL OR row_number() OVER (PARTITION BY {key} ORDER BY occurred_at) = 1"


def _new_rows(rows: str, files: list[str]) -> str:
    """Return the query of the rows whose key the lake's files lack."""
    columns = ", ".join(COLUMNS)
    query = f"({rows})"
    if not files:
        return f"SELECT {columns} FROM {query} AS new"
    same = " AND ".join(f"new.{c} = old.{c}" for c in KEY)
    known = f"read_parquet({literals(files)}, hive_partitioning = false)"
    return (
        f"SELECT {columns} FROM {query} AS new WHERE NOT EXISTS (SELECT 1 FROM {known} AS old WHERE {same} "
        "AND new.reference IS NOT DISTINCT FROM old.reference AND "
        "(new.reference IS NOT NULL OR (new.import_file = old.import_file AND new.import_line = old.import_line)))"
    )


def only_flushed(since: int, until: int) -> bool:
    """Tell whether all that was written between two versions came from hot rows: no import, no deletion."""
    if since > until:
        return False
    commits = table().history(until - since) if until > since else []
    return all(commit.get("relance") in {FLUSH, COMPACTION} for commit in commits)


def literal(path: Path | str) -> str:
    """Return a path or a name as an SQL string: a folder's name may hold an apostrophe."""
    return "'" + str(path).replace("'", "''") + "'"


def literals(paths: Collection[Path | str]) -> str:
    """Return paths as an SQL list of strings."""
    return f"[{', '.join(map(literal, paths))}]"
