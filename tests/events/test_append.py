"""A bulk import stands in the lake and, where recent, in the hot table: each event is read once, whoever writes meanwhile."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import psycopg
import pytest

from relance.core import database, place
from relance.events import engine, flush, lake


@pytest.fixture
def incoming(db: None, now: datetime) -> Iterator[duckdb.DuckDBPyConnection]:
    """Two hundred orders of shop 1, one a day: the last ninety are recent."""
    con = engine.connect()
    con.execute(
        f"""CREATE TABLE incoming AS SELECT i AS contact_id, 1 AS source_id, 'order_placed' AS type,
        TIMESTAMPTZ '{now.isoformat()}' - to_days(CAST(i AS INT)) AS occurred_at, 1.5 AS amount, 'web' AS channel, 'r' || i AS reference,
        NULL AS import_file, NULL AS import_line, '{{}}' AS properties, TIMESTAMPTZ '{now.isoformat()}' AS recorded_at
        FROM range(1, 201) t(i)"""
    )
    yield con
    con.close()


def seen() -> int:
    with engine.reading() as con:
        ((count,),) = con.execute("SELECT count(*) FROM events").fetchall()
    return int(count)


def on_disk() -> set[str]:
    return {str(path) for path in Path(place.current().lake).glob("bucket=*/*.parquet")}


def other(con: psycopg.Connection, reference: str) -> None:
    con.execute(
        "INSERT INTO event (contact_id, source_id, type, occurred_at, reference) VALUES (9, 2, 'logged_in', now(), %s)",
        [reference],
    )


def test_the_first_import_of_a_source_is_in_the_lake_at_once(
    incoming: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    assert flush.append(incoming, "incoming", name="run", now=now) == lake.Appended(200, 0)
    assert database.rows("SELECT count(*) FROM event") == [(90,)]
    assert flush.run(now) == 0, "its hot rows are below the mark already"
    assert seen() == 200
    assert set(lake.snapshot().of()) == on_disk()


def test_an_older_transaction_still_running_hides_and_doubles_nothing(
    incoming: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    with psycopg.connect(database.dsn()) as late:
        other(late, "late")
        assert flush.append(incoming, "incoming", name="run", now=now) == lake.Appended(200, 0)
        assert seen() == 200
        assert set(lake.snapshot().of()) == on_disk(), "the draft that could not be shown is gone"
        late.commit()
    assert seen() == 201
    assert flush.run(now) == 91
    assert seen() == 201


@pytest.mark.parametrize("before", [True, False])
def test_what_others_write_meanwhile_is_flushed_too(
    incoming: duckdb.DuckDBPyConnection, now: datetime, before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = flush._copy_hot

    def beside(con: duckdb.DuckDBPyConnection, relation: str, *, distinct: bool) -> flush.Copied | None:
        with psycopg.connect(database.dsn()) as own:
            if before:
                other(own, "meanwhile")
                own.commit()
            copied = copy(con, relation, distinct=distinct)
            if not before:
                other(own, "meanwhile")
        return copied

    monkeypatch.setattr(flush, "_copy_hot", beside)
    assert flush.append(incoming, "incoming", name="run", now=now) == lake.Appended(200, 0)
    flush.run(now)
    database.execute("DELETE FROM event")
    assert seen() == 201, "all of them are in the lake"


def test_keys_that_stand_twice_are_added_once(incoming: duckdb.DuckDBPyConnection, now: datetime) -> None:
    incoming.execute("INSERT INTO incoming FROM incoming")
    assert flush.append(incoming, "incoming", name="run", now=now) == lake.Appended(200, 200)
    assert seen() == 200


def test_a_large_import_is_written_bucket_by_bucket(
    incoming: duckdb.DuckDBPyConnection, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake, "SORTED_ABOVE", 100)
    assert flush.append(incoming, "incoming", name="run", now=now, distinct=True) == lake.Appended(200, 0)
    assert seen() == 200
    assert all(len(files) == 1 for files in lake.snapshot().files.values())
    assert not list(place.folder("spill").iterdir())
