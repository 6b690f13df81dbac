"""A night that aggregates only who changed gives what a full scoring gives."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import relance
from relance.core import database, place
from relance.core.definitions import read
from relance.dormancy import policies, scoring
from relance.events import engine, flush, hot
from relance.events.hot import NewEvent
from relance.intake import sources

RECIPES = Path(relance.__file__).parent / "recipes" / "policies"
TYPES = ["order_placed", "store_purchase", "refund", "message_delivered", "message_clicked", "logged_in"]
happenings = st.lists(st.tuples(st.integers(1, 5), st.sampled_from(TYPES), st.integers(-72, 24 * 400)), max_size=25)
nights = st.lists(st.tuples(happenings, st.integers(1, 20), st.booleans()), min_size=1, max_size=4)


def everything(now: datetime, *, incremental: bool) -> list[tuple[object, ...]]:
    """Return all columns of everybody's scoring."""
    with engine.reading() as con:
        scoring.compute(con, now, incremental=incremental)
        return con.execute("SELECT * FROM scored ORDER BY contact_id").fetchall()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=nights)
def test_incremental_equals_full(db: None, tmp_path: Path, now: datetime, nights: list) -> None:
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
