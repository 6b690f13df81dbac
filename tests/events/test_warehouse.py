"""A warehouse of plain PostgreSQL tables in place of the lake: the same history gives the same scores."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from relance.core import database
from relance.core.definitions import parse
from relance.core.errors import ConfigurationError, DefinitionError, InputError
from relance.dormancy import scoring
from relance.events import engine, warehouse
from tests.dormancy import history

MAPPING = """warehouse: shop-dwh
contact_key: external_id
events:
  - table: dwh.sales
    type: order_placed
    where: {channel: web, status: [paid, shipped]}
    contact: customer
    occurred_at: sold_at
    amount: total
    channel: channel
    reference: number
    time_zone: Europe/Paris
    covered_since: 2023-01-01
  - table: dwh.sales
    type: store_purchase
    where: {channel: store}
    contact: customer
    occurred_at: sold_at
    amount: total
    channel: channel
    reference: number
    time_zone: Europe/Paris
    covered_since: 2023-01-01
"""


@contextmanager
def using(mapping: Path | str, url: str = "") -> Iterator[None]:
    """Put a warehouse in force: the tables of the test's own database."""
    before = settings.RELANCE
    changes = {"warehouse": url or database.uri(), "warehouse_mapping": str(mapping)}
    settings.RELANCE = before.model_copy(update=changes)
    try:
        yield
    finally:
        settings.RELANCE = before


@pytest.fixture
def mapping(db: None, tmp_path: Path) -> Iterator[Path]:
    """The mapping file, and an empty schema for the warehouse's tables."""
    path = tmp_path / "dwh.yaml"
    path.write_text(MAPPING)
    database.execute("CREATE SCHEMA dwh")
    yield path
    database.execute("DROP SCHEMA dwh CASCADE")


def scores(now: datetime) -> list[tuple[Any, ...]]:
    with engine.reading() as con:
        scoring.compute(con, now)
        return con.execute("SELECT * FROM scored ORDER BY contact_id").fetchall()


def move_sales() -> None:
    """Put the sales into the warehouse's table, as a shop would keep them, and out of Relance's own."""
    database.execute(
        "UPDATE contact SET attributes = jsonb_build_object('other_external_ids', jsonb_build_array('C200')) WHERE id = 3"
    )
    database.execute(
        """CREATE TABLE dwh.sales AS SELECT 'C' || contact_id AS customer, occurred_at AT TIME ZONE 'Europe/Paris' AS sold_at,
        amount::numeric(12, 4) AS total, reference AS number, CASE type WHEN 'order_placed' THEN 'web' ELSE 'store' END AS channel,
        CASE WHEN id % 2 = 0 THEN 'paid' ELSE 'shipped' END AS status FROM event WHERE type IN ('order_placed', 'store_purchase')"""
    )
    database.execute(
        "INSERT INTO dwh.sales SELECT 'stranger', now(), 5, 'x' || i, 'web', 'paid' FROM generate_series(1, 3) i"
    )
    database.execute("INSERT INTO dwh.sales SELECT 'C5', '2026-07-26', 5, 'cancelled', 'web', 'cancelled'")


@pytest.mark.slow
def test_scores_equal_those_from_the_lake(db: None, now: datetime, mapping: Path) -> None:
    history.fill(now, flushed=False)
    database.execute("UPDATE coverage SET since = '2022-12-31T23:00Z' WHERE type IN ('order_placed', 'store_purchase')")
    expected = scores(now)
    move_sales()
    database.execute("DELETE FROM event WHERE type IN ('order_placed', 'store_purchase')")
    database.execute("DELETE FROM coverage WHERE type IN ('order_placed', 'store_purchase')")
    assert scores(now) != expected
    with using(mapping):
        assert scores(now) == expected
        assert scoring.score(now).written
        with engine.reading(contacts=[3]) as con:
            assert con.execute("SELECT count(DISTINCT contact_id) FROM events").fetchone() == (1,)


@pytest.mark.slow
def test_what_the_lake_has_of_a_mapped_type_does_not_count_twice(db: None, now: datetime, mapping: Path) -> None:
    history.fill(now)
    database.execute("UPDATE coverage SET since = '2022-12-31T23:00Z' WHERE type IN ('order_placed', 'store_purchase')")
    expected = scores(now)
    with engine.reading() as con:
        sold = con.execute(
            "SELECT contact_id, type, occurred_at, amount::VARCHAR, reference FROM events WHERE type IN ('order_placed', 'store_purchase')"
        ).fetchall()
    database.execute(
        "CREATE TABLE dwh.sales (customer text, sold_at timestamptz, total numeric, number text, channel text, status text)"
    )
    for contact, kind, at, amount, number in sold * 2:  # each row twice: it counts once
        channel = "web" if kind == "order_placed" else "store"
        database.execute(
            "INSERT INTO dwh.sales VALUES (%s, %s, %s, %s, %s, 'paid')", [f"C{contact}", at, amount, number, channel]
        )
    with using(mapping):
        assert scores(now) == expected


def test_a_night_sees_new_rows_of_the_warehouse(db: None, now: datetime, mapping: Path) -> None:
    database.execute(
        "CREATE TABLE dwh.sales (customer text, sold_at date, total numeric, number text, channel text, status text)"
    )
    database.execute(
        "INSERT INTO contact (id, external_id, first_seen_at) VALUES (1, 'anna', %s)", [now - timedelta(days=900)]
    )
    with using(mapping):
        scoring.run(now)
        database.execute("INSERT INTO dwh.sales VALUES ('anna', '2026-07-27', 40, 'n1', 'store', 'paid')")
        scoring.run(now + timedelta(days=1))
        assert database.rows("SELECT last_purchase_at::text, value_band FROM profile") == [
            ("2026-07-26 22:00:00+00", "high")
        ]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("type: order_placed", "type: order_paid", "line 5, events.0.type: no event type is called `order_paid`"),
        ("time_zone: Europe/Paris", "time_zone: Paris", "no such time zone"),
        ("external_id", "phone", "`contact_key:` is one of id, external_id, email"),
        ("    contact: customer\n", "", "contact"),
    ],
)
def test_a_wrong_mapping_is_answered_with_its_line(db: None, before: str, after: str, sentence: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        warehouse.check(parse(MAPPING.replace(before, after, 1), "dwh.yaml"))
    assert sentence in str(refused.value)
    assert "dwh.yaml, line" in str(refused.value)


def test_what_the_warehouse_lacks_is_named_and_its_password_is_not(db: None, now: datetime, mapping: Path) -> None:
    with using(mapping), pytest.raises(InputError, match=r'dwh.sales cannot be read.*"dwh.sales" does not exist'):
        scoring.run(now)
    with using(mapping, "postgresql://me:hushhush@127.0.0.1:1/none"), pytest.raises(ConfigurationError) as refused:
        scoring.run(now)
    assert "hushhush" not in str(refused.value)
    with using(""), pytest.raises(ConfigurationError, match="RELANCE_WAREHOUSE_MAPPING"):
        scoring.run(now)
    assert database.rows("SELECT count(*) FROM profile") == [(0,)]


def test_an_amount_or_instant_of_another_kind_is_refused(db: None, now: datetime, mapping: Path) -> None:
    database.execute(
        "CREATE TABLE dwh.sales AS "
        "SELECT '1' AS customer, now() AS sold_at, 'a lot' AS total, '1' AS number, 'web' AS channel, 'paid' AS status"
    )
    with using(mapping), pytest.raises(InputError, match="numeric"):
        scoring.run(now)
    database.execute("ALTER TABLE dwh.sales ALTER total TYPE numeric USING 5, ALTER sold_at TYPE text")
    with using(mapping), pytest.raises(InputError, match=r"sold_at of dwh.sales holds varchar"):
        scoring.run(now)


def test_the_check_counts_without_writing(db: None, now: datetime, mapping: Path) -> None:
    history.fill(now, flushed=False)
    move_sales()
    found = warehouse.check(parse(MAPPING, "dwh.yaml"))
    with engine.connected() as con, warehouse.connected(database.uri()) as source:
        engine.load(con, "known_key", warehouse.KEYS["external_id"])
        web, store = warehouse.report(con, found, source)
    ((sold,),) = database.rows("SELECT count(*) FROM dwh.sales WHERE channel = 'web' AND status <> 'cancelled'")
    assert (web["rows"], web["rows_of_known_people"], web["repeated_references"]) == (sold, sold - 3, 0)
    assert store["people"] > 10
    assert warehouse.coverage(found)["order_placed"].isoformat() == "2022-12-31T23:00:00+00:00"


def test_an_address_is_read_whatever_its_case(mapping: Path, now: datetime) -> None:
    database.execute("INSERT INTO contact (id, first_seen_at) VALUES (1, %s)", [now - timedelta(days=900)])
    database.execute("INSERT INTO contact_point (contact_id, channel, value) VALUES (1, 'email', 'anna@example.org')")
    database.execute(
        "CREATE TABLE dwh.visits AS SELECT ' Anna@Example.org' AS mail, timestamptz '2026-07-01 10:00Z' AS at"
    )
    text = "warehouse: w\ncontact_key: email\nevents:\n  - {table: dwh.visits, type: site_visited, contact: mail, occurred_at: at}\n"
    with engine.connected() as con, using(""):
        engine.load(con, "known_key", warehouse.KEYS["email"])
        warehouse.load(con, warehouse.check(parse(text, "w.yaml")), None, None)
        assert con.execute("SELECT contact_id FROM warehouse_event").fetchall() == [(1,)]
