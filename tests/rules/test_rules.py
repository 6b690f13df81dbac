"""Conditions mean the same on PostgreSQL and DuckDB; what is unknown selects nobody."""

from datetime import datetime, timedelta

import pytest

from relance.core import database
from relance.core.errors import DefinitionError
from relance.events import engine, hot
from relance.events.hot import NewEvent
from relance.rules import CONTACTS, contacts_sql, duckdb_sql, engine_for, parse

ANNA, BORIS, CHLOE = 1, 2, 3


@pytest.fixture
def people(db: None, now: datetime) -> None:
    for contact, seen in ((ANNA, 400), (BORIS, 400), (CHLOE, 20)):
        database.execute(
            "INSERT INTO contact (id, language, attributes, first_seen_at) VALUES (%s, 'fr', %s, %s)",
            [contact, f'{{"size": {contact}, "colour": "c{contact}"}}', now - timedelta(days=seen)],
        )
    hot.insert(
        [
            NewEvent(ANNA, 1, "order_placed", now - timedelta(days=10), reference="a", amount=50),
            NewEvent(BORIS, 1, "order_placed", now - timedelta(days=200), reference="b", amount=5),
            *(
                NewEvent(
                    ANNA, 1, "product_viewed", now - timedelta(hours=h), reference=f"v{h}", properties={"product": "p1"}
                )
                for h in (1, 2)
            ),
            *(
                NewEvent(
                    BORIS,
                    1,
                    "product_viewed",
                    now - timedelta(hours=h),
                    reference=f"v{h}",
                    properties={"product": f"p{h}"},
                )
                for h in (1, 2)
            ),
        ]
    )


def both(text: object, now: datetime, since_days: int = 1000) -> set[int]:
    """Return who meets the condition, after checking that both engines agree."""
    condition = parse(text)
    covered = {name: now - timedelta(days=since_days) for name in ("order_placed", "product_viewed")}
    ours = {row[0] for row in database.rows(contacts_sql(condition, now=now, covered=covered))}
    with engine.reading("contact") as con:
        con.execute(f"CREATE VIEW person AS {CONTACTS.person}")
        theirs = {row[0] for row in con.execute(duckdb_sql(condition, now=now, covered=covered)).fetchall()}
    assert ours == theirs
    return ours


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"event": "order_placed", "within": "30 days"}, {ANNA}),
        ({"event": "order_placed"}, {ANNA, BORIS}),
        ({"not": {"event": "order_placed"}}, {CHLOE}),
        ({"event": "order_placed", "where": {"amount": {"gte": 10}}}, {ANNA}),
        ({"event": "order_placed", "count": {"lte": 0}}, {CHLOE}),
        ({"event": "product_viewed", "count": {"gte": 2}, "within": "48 hours", "same": "product"}, {ANNA}),
        ({"without": ["order_placed"], "for": "6 months"}, {BORIS}),
        ({"any": [{"attributes.size": {"gte": 3}}, {"attributes.colour": ["c1"]}]}, {ANNA, CHLOE}),
        ({"first_seen": {"within": "1 month"}, "language": "fr"}, {CHLOE}),
        (
            {"all": [{"language": ["fr", "en"]}, {"not": {"any": [{"event": "order_placed", "within": "30 days"}]}}]},
            {BORIS, CHLOE},
        ),
    ],
)
def test_conditions(people: None, now: datetime, condition: object, expected: set[int]) -> None:
    assert both(condition, now) == expected


def test_silence_that_nobody_covered_is_unknown_and_selects_nobody(people: None, now: datetime) -> None:
    silence = {"without": ["order_placed"], "for": "6 months"}
    assert both(silence, now, since_days=100) == set()
    assert both({"not": silence}, now, since_days=100) == {ANNA, CHLOE}
    assert both({"not": {"event": "order_placed", "within": "6 months"}}, now, since_days=100) == {CHLOE}


def test_a_window_beyond_the_hot_rows_runs_on_duckdb(db: None, now: datetime) -> None:
    assert engine_for(parse({"event": "order_placed", "within": "30 days"}), now) == "postgresql"
    assert engine_for(parse({"event": "order_placed", "within": "6 months"}), now) == "duckdb"
    assert engine_for(parse({"event": "order_placed"}), now) == "duckdb"


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ({"langage": "fr"}, "segment.langage: no field is called `langage`. Did you mean `language`?"),
        (
            {"event": "order_place"},
            "segment.event: no event type is called `order_place`. Did you mean `order_placed`?",
        ),
        ({"event": "order_placed", "within": "soon"}, "segment.within: a duration is a number and a unit"),
        ({"all": []}, "segment.all: `all:` is followed by a list"),
        ({"kind": "b2x"}, "'b2x' is none of b2c, b2b"),
        ({"event": "order_placed", "for": "1 day"}, "`for` does not belong here"),
        ({"event": "order_placed", "count": {"over": 2}}, "`over` compares nothing here"),
        ([], "segment: a condition is a line"),
    ],
)
def test_a_wrong_condition_is_answered_with_its_place(db: None, condition: object, sentence: str) -> None:
    with pytest.raises(DefinitionError, match=sentence.replace("?", r"\?")):
        parse(condition, "segment")
