"""Hot rows reach the lake once, and readers see each event once."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import psycopg
import pytest

from relance.core import database
from relance.core.errors import LakeError
from relance.events import engine, flush, hot, lake
from relance.events.hot import NewEvent


def orders(now: datetime, *references: str) -> list[NewEvent]:
    return [
        NewEvent(i, 1, "order_placed", now, Decimal("9.90"), reference=r) for i, r in enumerate(references, start=1)
    ]


def seen() -> tuple[int, Decimal]:
    with engine.reading() as con:
        count, total = con.execute("SELECT count(*), coalesce(sum(amount), 0) FROM events").fetchone() or (
            0,
            Decimal(0),
        )
    return count, total


def test_events_count_once_before_and_after_the_flush(db: None, now: datetime) -> None:
    assert hot.insert(orders(now, "a", "b")) == 2
    assert seen() == (2, Decimal("19.8000"))
    assert flush.run(now) == 2
    assert seen() == (2, Decimal("19.8000"))
    assert flush.run(now) == 0


def test_the_same_event_twice_counts_once_and_two_lines_count_twice(db: None, now: datetime) -> None:
    assert hot.insert(orders(now, "a") * 2) == 1
    lines = [NewEvent(1, 1, "store_purchase", now, Decimal(5), import_file="f", import_line=n) for n in (7, 8)]
    assert hot.insert(lines * 2) == 2
    flush.run(now)
    hot.insert(lines)
    assert seen()[0] == 3


def test_a_row_of_a_transaction_that_commits_late_is_not_passed_over(db: None, now: datetime) -> None:
    with psycopg.connect(database.dsn()) as late:
        late.execute(
            "INSERT INTO event (contact_id, source_id, type, occurred_at, reference) VALUES (9, 1, 'logged_in', now(), 'late')"
        )
        hot.insert(orders(now, "early"))
        flush.run(now)
        late.commit()
    assert seen()[0] == 2
    flush.run(now)
    assert seen()[0] == 2
    assert sum(1 for _ in lake.snapshot().of()) == 2


def test_old_hot_rows_go_once_they_are_in_the_lake(db: None, now: datetime) -> None:
    hot.insert([NewEvent(1, 1, "logged_in", now, reference="x", recorded_at=now)])
    flush.run(now + timedelta(days=91))
    assert database.rows("SELECT count(*) FROM event") == [(0,)]
    assert seen()[0] == 1


def test_an_import_keeps_recent_rows_hot_and_sends_old_ones_to_the_lake(db: None, now: datetime) -> None:
    con = engine.connect()
    con.execute(
        f"""CREATE TABLE incoming AS SELECT i AS contact_id, 1 AS source_id, 'order_placed' AS type,
        TIMESTAMPTZ '{now.isoformat()}' - to_days(CAST(i AS INT)) AS occurred_at, 1.5 AS amount, 'web' AS channel, 'r' || i AS reference,
        NULL AS import_file, NULL AS import_line, '{{}}' AS properties, TIMESTAMPTZ '{now.isoformat()}' AS recorded_at
        FROM range(1, 201) t(i)"""
    )
    assert flush.append(con, "incoming", name="run 1", now=now) == lake.Appended(200, 0)
    assert flush.append(con, "incoming", name="run 1 again", now=now) == lake.Appended(0, 200)
    assert database.rows("SELECT count(*) FROM event") == [(90,)]
    assert seen() == (200, Decimal("300.0000"))


def test_an_order_known_from_an_import_counts_once_when_a_webhook_brings_it_again(db: None, now: datetime) -> None:
    past = now - timedelta(days=200)
    told = [replace(order, recorded_at=now) for order in orders(past, "a")]
    hot.insert(told)
    flush.run(now)
    database.execute("DELETE FROM event")
    hot.insert(told)
    assert seen()[0] == 1


def test_merged_people_are_read_as_one(db: None, now: datetime) -> None:
    database.execute("INSERT INTO contact (id, first_seen_at) VALUES (1, now()), (2, now())")
    hot.insert(orders(now, "a", "b"))
    database.execute("INSERT INTO contact_alias (loser_id, survivor_id, at) VALUES (2, 1, now())")
    with engine.reading(contacts=[1]) as con:
        assert con.execute("SELECT contact_id, reference FROM events ORDER BY reference").fetchall() == [
            (1, "a"),
            (1, "b"),
        ]


def test_a_dump_restored_into_another_cluster_counts_nothing_twice(
    db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    hot.insert(orders(now, "a", "b"))
    flush.run(now)
    monkeypatch.setattr(lake, "flush_name", lambda: "flush-another-cluster")
    database.execute("UPDATE event SET transaction = '999999999'")
    flush.run(now)
    assert seen()[0] == 2
    hot.insert(orders(now, "c"))
    assert seen()[0] == 3


def test_a_lake_newer_than_the_database_is_refused(db: None, now: datetime) -> None:
    hot.insert(orders(now, "a"))
    with lake.writing(), engine.reading() as con:
        con.execute("CREATE TABLE none AS SELECT * FROM events LIMIT 0")
        lake.write(con, "none", name=lake.FLUSH, flushed_below=10**12)
    with pytest.raises(LakeError, match="is newer than this database"):
        flush.run(now)
