"""Hot rows to the lake: copied once, in the order transactions ended, whatever is killed meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
from django.conf import settings
from django.db import IntegrityError, transaction

from relance.core import database, place
from relance.core.errors import LakeError
from relance.events import engine, lake
from relance.events.schemas import COLUMNS


def run(now: datetime) -> int:
    """Copy hot rows that the lake lacks to it, then drop those copied longer than `hot_days` ago; return rows copied.

    1. Under the writers' lock, read the mark of the last flush and the oldest transaction still running.
    2. Rows of transactions in between are all committed or gone: copy them. A row of a transaction that is still
       running, however low its id, waits for the next flush: nothing that commits late is passed over.
    3. Commit files and the new mark in one Delta commit.
    """
    with lake.writing():
        copied = _flush()
        _drop_old(now)
    return copied


@dataclass(frozen=True)
class Copied:
    """Rows copied into the hot table by one transaction."""

    transaction: int
    appended: lake.Appended


def append(
    con: duckdb.DuckDBPyConnection, relation: str, *, name: str, now: datetime, distinct: bool = False
) -> lake.Appended:
    """Record a bulk import: rows of the last `hot_days` go to the hot table too, so that it stays complete for its days.

    Triggers and branches rely on that. Each part is idempotent by the events' keys: a killed import is run again.
    `relation` is no temporary table; `distinct` tells that no key stands twice in it.
    """
    border = now - timedelta(days=settings.RELANCE.hot_days)
    columns = ", ".join(COLUMNS)
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW older AS SELECT {columns} FROM {relation} WHERE occurred_at < '{border.isoformat()}'"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW recent AS SELECT {columns} FROM {relation} WHERE occurred_at >= '{border.isoformat()}'"
    )
    with lake.writing():
        _flush()
        copied = None
        if _is_new(con, "recent"):
            copied, drafted = _copy_and_draft(con, relation, distinct=distinct)
            if copied and (until := _alone(copied.transaction)):
                lake.commit(drafted, name=name, flushed_below=until)
                return drafted.appended
            lake.discard(drafted)
        old = lake.write(con, "older", name=name)
        new = copied.appended if copied else _merge_hot(con, "recent")
        _flush()
    return lake.Appended(old.added + new.added, old.known + new.known)


def _is_new(con: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Tell whether nothing of the rows' sources is hot yet, so that nothing of them can be known."""
    found = [row[0] for row in con.execute(f"SELECT DISTINCT source_id FROM {relation}").fetchall()]
    return database.rows("SELECT EXISTS (SELECT 1 FROM event WHERE source_id = ANY(%s))", [found]) == [(False,)]


def _copy_and_draft(
    con: duckdb.DuckDBPyConnection, relation: str, *, distinct: bool
) -> tuple[Copied | None, lake.Draft]:
    """Let DuckDB write the lake's files of all rows while PostgreSQL takes in the recent ones."""
    present = lake.snapshot()
    with ThreadPoolExecutor(1) as pool:
        drafting = pool.submit(copy_context().run, lake.draft, con.cursor(), relation, present, distinct=distinct)
        copied = _copy_hot(con, "recent", distinct=distinct)
        return copied, drafting.result()


def _alone(own: int) -> int:
    """Return the mark below which the lake has every hot row once it has those of transaction `own`.

    0 where that is not so: a transaction older than it still runs, or one that ended meanwhile left rows to flush.
    """
    mark = lake.snapshot().mark
    ((until,),) = database.rows("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    ((others,),) = database.rows(
        """
        SELECT EXISTS (SELECT 1 FROM event WHERE transaction >= %(mark)s::text::xid8 AND transaction < %(own)s::text::xid8)
            OR EXISTS (SELECT 1 FROM event WHERE transaction > %(own)s::text::xid8 AND transaction < %(until)s::text::xid8)
        """,
        {"mark": mark, "own": own, "until": until},
    )
    return 0 if others or until <= own else int(until)


def _flush() -> int:
    lakes = lake.snapshot()
    if not lakes.mark and lakes.files:
        _restamp()
    mark = lakes.mark
    ((until,),) = database.rows("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    if mark > until:
        raise LakeError(
            f"The lake in {place.current().lake} is newer than this database: it was flushed up to transaction {mark}, and the "
            f"database has only reached {until}. Restore the lake that belongs to the database, or an empty one."
        )
    ((waiting,),) = database.rows(
        "SELECT EXISTS (SELECT 1 FROM event WHERE transaction >= %s::text::xid8 AND transaction < %s::text::xid8)",
        [mark, until],
    )
    if not waiting and mark:
        return 0
    casts = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in COLUMNS.items())
    con = engine.connect()
    try:
        con.register(
            "unflushed", engine.from_postgresql(engine.HOT.format(mark=mark, only=f"AND transaction < '{until}'::xid8"))
        )
        con.execute(f"CREATE TABLE flushed AS SELECT {casts} FROM unflushed")
        return lake.write(con, "flushed", name=lake.FLUSH, flushed_below=until).added
    finally:
        con.close()


def _restamp() -> None:
    """Give every hot row this cluster's transaction ids: the lake was never flushed to by it, so the rows came by a dump.

    The flush then copies what the lake lacks, by the events' keys.
    """
    database.execute("UPDATE event SET transaction = DEFAULT")


def _copy_hot(con: duckdb.DuckDBPyConnection, relation: str, *, distinct: bool) -> Copied | None:
    """COPY rows of which none is known straight into the hot table.

    None, and nothing copied, where someone else brings the same in that very moment: the table's keys refuse.
    """
    columns = ", ".join(COLUMNS)
    rows = f"SELECT {columns} FROM {relation}"
    counted = con.execute(f"SELECT count(*) FROM {relation}").fetchone() or (0,)
    try:
        with transaction.atomic():
            ((own,),) = database.rows("SELECT pg_current_xact_id()::text::bigint")
            rows = f"{rows if distinct else lake.once(rows)} ORDER BY contact_id"  # the indexes begin with it
            added = engine.to_postgresql(con, rows, f"event ({columns})")
    except IntegrityError:
        return None
    return Copied(own, lake.Appended(added, counted[0] - added))


def _merge_hot(con: duckdb.DuckDBPyConnection, relation: str) -> lake.Appended:
    """COPY the rows into the hot table, known ones left out."""
    columns = ", ".join(COLUMNS)
    with transaction.atomic():
        database.execute(f"CREATE TEMP TABLE arriving ON COMMIT DROP AS SELECT {columns} FROM event LIMIT 0")
        total = engine.to_postgresql(
            con, f"SELECT {columns} FROM {relation} ORDER BY contact_id", f"arriving ({columns})"
        )
        added = database.execute(f"INSERT INTO event ({columns}) SELECT {columns} FROM arriving ON CONFLICT DO NOTHING")
        database.execute("DROP TABLE arriving")
    return lake.Appended(added, total - added)


def _drop_old(now: datetime) -> None:
    """Drop hot rows that are in the lake and were recorded longer than `hot_days` ago."""
    database.execute(
        "DELETE FROM event WHERE transaction < %s::text::xid8 AND recorded_at < %s AND occurred_at < %s",
        [lake.snapshot().mark, *[now - timedelta(days=settings.RELANCE.hot_days)] * 2],
    )
