"""Columns to compute on: a DuckDB connection that sees all events, and PostgreSQL's tables by name."""

from __future__ import annotations

import atexit
import itertools
import os
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import pyarrow as pa
from django.conf import settings
from django.db import connection

from relance.core import database, place
from relance.events import lake, warehouse
from relance.events.schemas import COLUMNS

HOT = """
    SELECT contact_id, source_id, type, occurred_at, amount::text AS amount, channel, reference, import_file, import_line,
           properties::text AS properties, recorded_at
    FROM event WHERE transaction >= '{mark}'::xid8 {only}
"""


def connect() -> duckdb.DuckDBPyConnection:
    """Return an empty DuckDB connection within the memory limit, in UTC, that downloads nothing."""
    spill = place.folder("spill")
    con = duckdb.connect(
        config={
            "memory_limit": settings.RELANCE.memory_limit, "threads": os.cpu_count() or 1, "temp_directory": str(spill),
            "autoinstall_known_extensions": False, "preserve_insertion_order": False,
        }
    )  # fmt: skip
    con.execute("SET TimeZone = 'UTC'")
    return con


_ALIASES = pa.schema([("loser_id", pa.int64()), ("survivor_id", pa.int64())])
_kept = threading.local()
_works = itertools.count()
_BROKEN = (duckdb.FatalException, duckdb.InternalException)  # after which an engine answers to nothing


def from_postgresql(query: str) -> pa.Table:
    """Return the query's answer as Arrow columns."""
    try:
        with _arrow_connection().cursor() as cursor:
            cursor.execute(query)
            return cursor.fetch_arrow_table()
    except adbc.Error:
        _forget()  # a server that was started again answers to a new connection alone
        raise


def fetched(query: str) -> Future[pa.Table]:
    """Begin to fetch the query's answer beside what DuckDB does meanwhile: PostgreSQL and the way from it are another processor."""
    return _fetcher(os.getpid()).submit(copy_context().run, from_postgresql, query)


@lru_cache(maxsize=2)
def _fetcher(process: int) -> ThreadPoolExecutor:
    """Return the threads of a process that fetch, whose Arrow connections stay open; a long query leaves others a way."""
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="fetching")


def _arrow_connection() -> adbc.Connection:
    """Return this thread's Arrow connection to the database in force; opening one costs as much as a small query."""
    uri = database.uri()
    if getattr(_kept, "uri", None) != uri:
        _forget()
        _kept.connection, _kept.uri = adbc.connect(uri, autocommit=True), uri
        atexit.register(_forget)
    return _kept.connection


def _forget() -> None:
    """Close this thread's Arrow connection; its database may be gone already."""
    _kept.uri = None
    if (old := getattr(_kept, "connection", None)) is not None:
        _kept.connection = None
        with suppress(adbc.Error):
            old.close()


class Aside:
    """A second connection to a database of DuckDB, whose works run one after the other beside those of the first.

    DuckDB takes one processor for a small statement, and planning it takes one for any: another can go on beside it. What
    is registered in one connection is not seen by the other; tables and views are.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, *, beside: bool) -> None:
        """Work beside `con`, or where that is not wanted in it, at once."""
        self._con, self._beside, self._begun = con, beside, list[Future[object]]()
        self._failure: BaseException | None = None
        if beside:
            self._con = con.cursor()
            self._con.execute(f"USE {name_of(con)}; SET TimeZone = 'UTC'")

    def begin(self, work: Callable[[duckdb.DuckDBPyConnection], object]) -> Callable[[], object]:
        """Begin a work, which asks PostgreSQL by `from_postgresql` alone; return what waits for its end and raises its error.

        After one that failed no other is done: each raises that first error.
        """
        if not self._beside:
            work(self._con)
            return lambda: None
        future = _asides(os.getpid()).submit(copy_context().run, self._do, work)
        self._begun.append(future)
        return future.result

    def _do(self, work: Callable[[duckdb.DuckDBPyConnection], object]) -> object:
        if self._failure is not None:
            raise self._failure
        try:
            return work(self._con)
        except BaseException as error:
            self._failure = error
            raise

    def close(self) -> None:
        """Wait for what is still at work, and go."""
        wait(self._begun)
        if self._beside:
            self._con.close()


def name_of(con: duckdb.DuckDBPyConnection) -> str:
    """Return the name by which other connections of the engine reach the database a connection works in."""
    (name,) = con.execute("SELECT current_database()").fetchone() or ("",)
    return str(name)


def started(work: Callable[[], object]) -> Callable[[], object]:
    """Begin a work on connections of its own, which asks PostgreSQL by `from_postgresql` alone; return what waits for it."""
    return _asides(os.getpid()).submit(copy_context().run, work).result


@contextmanager
def aside(con: duckdb.DuckDBPyConnection, *, beside: bool) -> Iterator[Aside]:
    """Give a second connection to the database of `con` until the block ends; without `beside` it is the first."""
    found = Aside(con, beside=beside)
    try:
        yield found
    finally:
        found.close()


@lru_cache(maxsize=2)
def _asides(process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="aside")


literal, PARQUET = lake.literal, lake.PARQUET  # a path or a name as SQL writes it, and how a file is written


def to_postgresql(con: duckdb.DuckDBPyConnection, query: str, target: str, options: str = "") -> int:
    """COPY the DuckDB query's rows into `target`, a PostgreSQL table with its columns; return how many."""
    path = place.folder("spill") / f"{uuid4().hex}.csv"
    try:
        con.execute(f"COPY ({query}) TO {literal(path)} (FORMAT csv, HEADER false)")
        with connection.cursor() as cursor, path.open("rb") as file:
            with cursor.copy(f"COPY {target} FROM STDIN (FORMAT csv{options})") as copy:
                while block := file.read(1 << 20):
                    copy.write(block)
            return int(cursor.rowcount)
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def reading(
    *tables: str,
    contacts: Collection[int] | None = None,
    buckets: Collection[int] | None = None,
    types: Collection[str] | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with a view `events` of all events (of these contacts or buckets only), and the PostgreSQL tables named.

    Who asks of a few `types` names them: rows of others are not fetched from PostgreSQL, and may be missing.

    Mark and file list come from one snapshot of the lake; hot rows are read after it, so each event is seen once
    whatever a flush does meanwhile.
    """
    with connected() as con:
        show_events(con, lake.snapshot(), contacts, buckets, types)
        for name in tables:
            load(con, name)
        yield con


@contextmanager
def connected() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give an empty connection, gone at the end with all that was made in it.

    It works in a database of its own of this process's one engine: to start an engine takes ten times as long.
    """
    con, name = _attached()
    try:
        yield con
    except BaseException as error:
        _leave(con, name, failed=True)
        if isinstance(error, _BROKEN):
            _engine.cache_clear()
        raise
    _leave(con, name)


def _attached() -> tuple[duckdb.DuckDBPyConnection, str]:
    """Return a connection to the engine with a database of its own; to a new engine where the one before is broken."""
    try:
        return _attach()
    except _BROKEN:
        _engine.cache_clear()
        return _attach()


def _attach() -> tuple[duckdb.DuckDBPyConnection, str]:
    con = _engine(os.getpid(), place.folder("spill"), settings.RELANCE.memory_limit).cursor()
    name = f"work_{next(_works)}"
    try:
        con.execute(f"ATTACH ':memory:' AS {name}; USE {name}; SET TimeZone = 'UTC'")
    except duckdb.Error:
        con.close()
        raise
    return con, name


def _leave(con: duckdb.DuckDBPyConnection, name: str, *, failed: bool = False) -> None:
    """Drop a connection's database; where it `failed`, what goes wrong meanwhile hides nothing."""
    try:
        with suppress(duckdb.TransactionException):
            con.rollback()
        con.execute(f"USE memory; DETACH DATABASE IF EXISTS {name}")
    except duckdb.Error:
        if not failed:
            raise
    finally:
        con.close()


@lru_cache(maxsize=2)  # a forked child must not close its parent's: it would wait for threads that it does not have
def _engine(process: int, spill: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    """Return the engine of a process for these settings; when they change, the one before goes with its last connection."""
    con = connect()
    con.execute("SET GLOBAL enable_external_file_cache = false")  # it would grow to the memory limit and stay there
    return con


def load(con: duckdb.DuckDBPyConnection, name: str, query: str = "") -> None:
    """Show PostgreSQL's table `name` (or the answer of `query`), as it is now, under that name."""
    con.register(name, from_postgresql(query or f"SELECT * FROM {name}"))


def show_events(
    con: duckdb.DuckDBPyConnection,
    snapshot: lake.Snapshot,
    contacts: Collection[int] | None = None,
    buckets: Collection[int] | None = None,
    types: Collection[str] | None = None,
    aliases: Sequence[tuple[int, int]] | None = None,
) -> None:
    """Make the view `events`: the lake's files and the hot rows not in them, with merged people resolved.

    Of one person it is a table: who asks of one person reads the events many times. `aliases` are the `merged` people,
    where they are known already.
    """
    aliases = merged() if aliases is None else aliases
    wanted = _people(contacts, aliases)
    only = "" if wanted is None else f"AND contact_id = ANY('{{{','.join(map(str, sorted(wanted)))}}}')"
    read = _buckets(buckets, wanted, aliases)
    if buckets is not None:
        only += f" AND contact_id % {lake.BUCKETS} = ANY('{{{','.join(map(str, read or ()))}}}')"
    if types is not None:
        only += f" AND type IN ({', '.join(map(literal, types)) or 'NULL'})"
    casts = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in COLUMNS.items())
    con.register("unflushed", from_postgresql(HOT.format(mark=snapshot.mark, only=only)))
    con.execute(f"CREATE TABLE hot AS SELECT {casts} FROM unflushed")
    con.unregister("unflushed")
    files = snapshot.of(read)
    columns = ", ".join(COLUMNS)
    cold = f"SELECT {columns} FROM read_parquet({lake.literals(files)}, hive_partitioning = true)" if files else ""
    if cold:
        _drop_known(con, cold)
    parts = [f"SELECT {columns} FROM hot", *([cold] if cold else [])]
    if warehouse.used():
        parts = _with_warehouse(con, parts, wanted, None if buckets is None else read)
    con.execute(f"CREATE VIEW every_event AS {' UNION ALL '.join(parts)}")
    con.register(
        "aliases", pa.table({"loser_id": [a for a, _ in aliases], "survivor_id": [b for _, b in aliases]}, _ALIASES)
    )
    con.execute("CREATE TABLE contact_alias AS FROM aliases")
    con.unregister("aliases")
    con.execute(_resolved(bool(aliases), None if contacts is None else set(contacts), wanted, buckets))


def _with_warehouse(
    con: duckdb.DuckDBPyConnection, parts: list[str], contacts: Collection[int] | None, buckets: Collection[int] | None
) -> list[str]:
    """Return the parts of all events where a warehouse tells of some types: of these, nothing else counts."""
    found = warehouse.mapping()
    load(con, "known_key", warehouse.KEYS[found.contact_key])
    warehouse.load(con, found, contacts, buckets)
    told = ", ".join(f"'{name}'" for name in found.types)
    return [*(f"{part} WHERE type NOT IN ({told})" for part in parts), "FROM warehouse_event"]


def merged() -> list[tuple[int, int]]:
    """Return the merged people: loser, survivor."""
    found = database.rows("SELECT loser_id, survivor_id FROM contact_alias")
    return [(int(loser), int(survivor)) for loser, survivor in found]


def _people(contacts: Collection[int] | None, aliases: Sequence[tuple[int, int]]) -> set[int] | None:
    """Return the ids whose events count; None means everybody's."""
    if contacts is None:
        return None
    wanted = set(contacts)
    return wanted | {loser for loser, survivor in aliases if survivor in wanted}


def _drop_known(con: duckdb.DuckDBPyConnection, cold: str) -> None:
    """Drop hot rows the lake has from an import: the same event twice counts once.

    Only events told late can be such: the hot table holds all of the last `hot_days`, and its own key keeps doubles out.
    """
    late = f"reference IS NOT NULL AND occurred_at < recorded_at - to_days({settings.RELANCE.hot_days})"
    told_late = con.execute(f"SELECT count(*) FROM hot WHERE {late}").fetchone()
    if told_late and told_late[0]:
        con.execute(
            f"DELETE FROM hot WHERE {late} AND EXISTS (SELECT 1 FROM ({cold}) AS old WHERE old.contact_id = hot.contact_id "
            "AND old.source_id = hot.source_id AND old.type = hot.type AND old.reference = hot.reference)"
        )


def _buckets(
    asked: Collection[int] | None, contacts: set[int] | None, aliases: Sequence[tuple[int, int]]
) -> list[int] | None:
    """Return the buckets to read: of these contacts, or those asked for and those of people merged into theirs."""
    if contacts is not None:
        return sorted({contact % lake.BUCKETS for contact in contacts})
    if asked is None:
        return None
    merged = {loser % lake.BUCKETS for loser, survivor in aliases if survivor % lake.BUCKETS in asked}
    return sorted({*asked, *merged})


def _resolved(
    aliased: bool, contacts: set[int] | None, wanted: set[int] | None, buckets: Collection[int] | None
) -> str:
    """Return the statement of `events`: each by the person that counts, of these people (under their `wanted` ids) or buckets."""
    if not aliased and contacts is None:
        return "CREATE VIEW events AS FROM every_event"
    rest = ", ".join(name for name in COLUMNS if name != "contact_id")
    person = "coalesce(survivor_id, contact_id)"
    only = (
        ""
        if contacts is None or wanted is None
        else f"WHERE contact_id IN ({_among(wanted)}) AND {person} IN ({_among(contacts)})"
    )
    if contacts is None and buckets is not None:
        only = f"WHERE {person} % {lake.BUCKETS} IN ({', '.join(map(str, buckets))})"
    joined = f"every_event LEFT JOIN contact_alias ON loser_id = contact_id {only}"
    kind = "TABLE" if contacts is not None and len(contacts) == 1 else "VIEW"
    return f"CREATE {kind} events AS SELECT {person} AS contact_id, {rest} FROM {joined}"


def _among(contacts: set[int]) -> str:
    return ",".join(map(str, sorted(contacts))) or "NULL"
