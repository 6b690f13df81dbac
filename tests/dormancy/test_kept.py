"""A night that aggregates only who changed gives what a full scoring gives."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

import relance
from relance.core import database, place
from relance.core.definitions import read
from relance.dormancy import kept, policies, scoring
from relance.events import engine, flush, hot
from relance.events.hot import NewEvent
from relance.intake import sources
from tests.drawn import drawing, examples

RECIPES = Path(relance.__file__).parent / "recipes" / "policies"
ANNA, BORIS, CHLOE = 1, 2, 3
TYPES = ["order_placed", "store_purchase", "refund", "message_delivered", "message_clicked", "logged_in"]
happenings = st.lists(st.tuples(st.integers(1, 5), st.sampled_from(TYPES), st.integers(-72, 24 * 400)), max_size=25)
nights = st.lists(st.tuples(happenings, st.integers(1, 20), st.booleans()), min_size=1, max_size=4)


def everything(now: datetime, *, incremental: bool) -> list[tuple[object, ...]]:
    """Return all columns of everybody's scoring."""
    with engine.reading() as con:
        scoring.compute(con, now, incremental=incremental)
        return con.execute("SELECT * FROM scored ORDER BY contact_id").fetchall()


@pytest.mark.slow
@examples(8, 60)
def test_incremental_equals_full(db: None, tmp_path: Path, now: datetime, drawn: int) -> None:
    @drawing(drawn)
    @given(nights=nights)
    def each(nights: list) -> None:
        incremental_equals_full(tmp_path, now, nights)

    each()


def incremental_equals_full(tmp_path: Path, now: datetime, nights: list) -> None:
    database.execute("TRUNCATE contact, event CASCADE")
    for name in ("ecommerce", "newsletter"):
        policies.apply(read(RECIPES / f"{name}.yaml"), now)
    sources.cover(sources.source_id("shop", now), {name: now - timedelta(days=500) for name in TYPES})
    for contact in range(1, 6):
        database.execute(
            "INSERT INTO contact (id, first_seen_at) VALUES (%s, %s)", [contact, now - timedelta(days=600)]
        )
    serial = 0
    with place.elsewhere(lake=str(tmp_path / uuid4().hex)):
        for history, days, flushed in nights:
            now += timedelta(days=days)
            for contact, kind, hours in history:
                serial += 1
                at = now - timedelta(hours=hours)
                hot.insert([NewEvent(contact, 1, kind, at, serial, reference=f"{now}{serial}", recorded_at=now)])
            if flushed:
                flush.run(now)
            assert everything(now, incremental=True) == everything(now, incremental=False)


def test_an_import_of_old_history_is_not_passed_over(db: None, now: datetime) -> None:
    policies.apply(read(RECIPES / "ecommerce.yaml"), now)
    sources.cover(sources.source_id("shop", now), {"order_placed": now - timedelta(days=900)})
    database.execute("INSERT INTO contact (id, first_seen_at) VALUES (1, %s)", [now - timedelta(days=900)])
    hot.insert([NewEvent(1, 1, "order_placed", now - timedelta(days=400), 5, reference="a")])
    scoring.run(now)
    con = engine.connect()
    con.execute(
        f"""CREATE TABLE incoming AS SELECT 1 AS contact_id, 1 AS source_id, 'order_placed' AS type,
        TIMESTAMPTZ '{now.isoformat()}' - INTERVAL 500 DAY AS occurred_at, 7 AS amount, NULL AS channel, 'old' AS reference,
        NULL AS import_file, NULL AS import_line, '{{}}' AS properties, TIMESTAMPTZ '{now.isoformat()}' AS recorded_at"""
    )
    flush.append(con, "incoming", name="an import", now=now)
    con.close()
    scoring.run(now + timedelta(days=1))
    assert everything(now + timedelta(days=1), incremental=True) == everything(
        now + timedelta(days=1), incremental=False
    )
    con = engine.connect()
    assert con.execute(f"SELECT orders FROM read_parquet('{scoring.profiles_path()}')").fetchone() == (2,)
    con.close()


def fill(now: datetime) -> None:
    """Anna bought twice the day before and lately nothing; Boris too."""
    policies.apply(read(RECIPES / "ecommerce.yaml"), now)
    sources.cover(sources.source_id("shop", now), {name: now - timedelta(days=900) for name in TYPES})
    for contact in (ANNA, BORIS, CHLOE):
        database.execute(
            "INSERT INTO contact (id, first_seen_at) VALUES (%s, %s)", [contact, now - timedelta(days=900)]
        )
        happen(contact, "order_placed", now - timedelta(days=40), recorded=now)
        happen(contact, "store_purchase", now - timedelta(days=20), recorded=now)


def happen(contact: int, kind: str, at: datetime, *, recorded: datetime, amount: int = 10) -> None:
    """Record an event."""
    hot.insert([NewEvent(contact, 1, kind, at, amount, reference=f"{kind}{at}{recorded}", recorded_at=recorded)])


def spoil() -> None:
    """Add 1,000 to everybody's kept revenue: it shows in whoever is not counted again."""
    path = engine.literal(kept.folder() / "features.parquet")
    with engine.connected() as con:
        con.execute(
            f"CREATE TABLE spoilt AS SELECT * REPLACE (gross_revenue + 1000 AS gross_revenue) FROM read_parquet({path})"
        )
        con.execute(f"COPY spoilt TO {path} (FORMAT parquet)")


def revenues(now: datetime) -> dict[int, tuple[int, int]]:
    """Return everybody's revenue and purchase days as the night tells them."""
    with engine.reading() as con:
        scoring.compute(con, now, incremental=True)
        found = con.execute("SELECT contact_id, revenue::INT, purchase_days FROM scored").fetchall()
    return {contact: (revenue, days) for contact, revenue, days in found}


def test_new_events_are_added_to_what_is_kept(db: None, now: datetime) -> None:
    fill(now)
    scoring.run(now)
    spoil()
    later = now + timedelta(days=1)
    happen(ANNA, "order_placed", now + timedelta(hours=1), recorded=later)
    happen(ANNA, "store_purchase", now + timedelta(hours=2), recorded=later)
    happen(BORIS, "refund", now + timedelta(hours=2), recorded=later, amount=4)
    assert revenues(later) == {ANNA: (1040, 3), BORIS: (1016, 2), CHLOE: (1020, 2)}


def test_late_events_make_a_history_count_again(db: None, now: datetime) -> None:
    fill(now)
    scoring.run(now)
    spoil()
    later = now + timedelta(days=1)
    happen(ANNA, "order_placed", now - timedelta(days=20), recorded=later)  # on a day she bought on already
    happen(BORIS, "order_placed", now - timedelta(days=30), recorded=later)  # between two purchases
    happen(CHLOE, "order_placed", now - timedelta(days=400), recorded=later)  # longer ago than the hot table remembers
    assert revenues(later) == {ANNA: (30, 2), BORIS: (30, 3), CHLOE: (30, 3)}


def test_events_of_a_merged_person_are_the_survivors(db: None, now: datetime) -> None:
    fill(now)
    database.execute("INSERT INTO contact_alias (loser_id, survivor_id, at) VALUES (%s, %s, %s)", [BORIS, ANNA, now])
    database.execute("DELETE FROM contact WHERE id = %s", [BORIS])
    scoring.run(now)
    spoil()
    later = now + timedelta(days=1)
    happen(BORIS, "order_placed", now + timedelta(hours=1), recorded=later)
    flush.run(later)
    assert revenues(later) == {ANNA: (1050, 3), CHLOE: (1020, 2)}


def test_events_that_may_be_in_what_is_kept_are_not_added_twice(db: None, now: datetime) -> None:
    fill(now)
    with psycopg.connect(database.dsn()) as other:
        other.execute("SELECT pg_current_xact_id()")  # a transaction that is still open, such as a long import
        happen(ANNA, "order_placed", now - timedelta(hours=1), recorded=now)
        scoring.run(now)
    spoil()
    assert revenues(now + timedelta(days=1)) == {ANNA: (30, 3), BORIS: (1020, 2), CHLOE: (1020, 2)}
