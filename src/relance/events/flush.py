"""Hot rows to the lake: copied once, in the order transactions ended, whatever is killed meanwhile."""

from __future__ import annotations

from contextlib import suppress
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


def append(con: duckdb.DuckDBPyConnection, relation: str, *, name: str, now: datetime) -> lake.Appended:
    """Record a bulk import: rows of the last `hot_days` by way of the hot table, older ones straight to the lake.

    The hot table so stays complete for its days, which triggers and branches rely on. Each part is idempotent by the
    events' keys: a killed import is run again.
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
        old = lake.write(con, "older", name=name)
        new = _copy_hot(con, "recent")
        _flush()
    return lake.Appended(old.added + new.added, old.known + new.known)


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
    if not waiting:
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


def _copy_hot(con: duckdb.DuckDBPyConnection, relation: str) -> lake.Appended:
    """COPY the rows into the hot table, known ones left out.

    From a source of which nothing is hot yet nothing can be known: its rows go straight in. Should someone else bring
    the same in that very moment, the table's keys refuse, and the careful way follows.
    """
    columns = ", ".join(COLUMNS)
    found = con.execute(f"SELECT count(*), list(DISTINCT source_id) FROM {relation}").fetchone() or (0, [])
    if found[0] and database.rows("SELECT EXISTS (SELECT 1 FROM event WHERE source_id = ANY(%s))", [found[1]]) == [
        (False,)
    ]:
        with suppress(IntegrityError), transaction.atomic():
            rows = lake.once(f"SELECT {columns} FROM {relation}")
            added = engine.to_postgresql(con, rows, f"event ({columns})")
            return lake.Appended(added, found[0] - added)
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
