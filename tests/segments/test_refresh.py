"""Segments hold who meets their condition, and write only the difference."""

from datetime import datetime, timedelta

import pytest

from relance.core import database
from relance.core.definitions import parse
from relance.core.errors import DefinitionError
from relance.events import hot
from relance.events.hot import NewEvent
from relance.segments import definitions, refresh


def define(text: str, now: datetime) -> None:
    definitions.apply(parse(text, "x.yaml"), now)


def members(name: str) -> set[int]:
    return {
        row[0]
        for row in database.rows(
            "SELECT contact_id FROM membership m JOIN segment s ON s.id = segment_id WHERE name = %s", [name]
        )
    }


@pytest.fixture
def people(db: None, now: datetime) -> None:
    for contact, language in ((1, "fr"), (2, "fr"), (3, "en")):
        database.execute(
            "INSERT INTO contact (id, language, first_seen_at) VALUES (%s, %s, %s)",
            [contact, language, now - timedelta(days=90)],
        )


def test_only_the_difference_is_written(people: None, now: datetime) -> None:
    define("segment: french\nlanguage: fr", now)
    assert refresh.run(now) == 2
    database.execute("UPDATE contact SET language = 'en' WHERE id = 2")
    database.execute("UPDATE contact SET language = 'fr' WHERE id = 3")
    assert refresh.run(now + timedelta(days=1)) == 2
    assert members("french") == {1, 3}
    assert database.rows("SELECT since FROM membership WHERE contact_id = 1") == [(now,)]
    assert refresh.run(now) == 0


def test_a_segment_may_build_on_another_refreshed_before_it(people: None, now: datetime) -> None:
    define("segment: french\nlanguage: fr", now)
    define("segment: quiet-french\nall:\n  - segment: french\n  - not: {event: order_placed, within: 2 months}", now)
    database.execute("INSERT INTO source (name, created_at) VALUES ('shop', now())")
    database.execute(
        "INSERT INTO coverage (source_id, type, since) SELECT id, 'order_placed', '2020-01-01' FROM source"
    )
    hot.insert([NewEvent(2, 1, "order_placed", now, 5, reference="o")])
    refresh.run(now)
    assert members("quiet-french") == {1}


def test_states_of_people_never_scored_are_unknown(people: None, now: datetime) -> None:
    define("segment: asleep\nstate: dormant", now)
    define("segment: rich\nmonetary_value: {gte: 1}", now)
    assert refresh.run(now) == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("segment: a\nsegment: b", "line 2, segment: this key stands twice"),
        (
            "segment: a\nall:\n  - stat: dormant",
            "x.yaml, line 3, all.0.stat: no field is called `stat`. Did you mean `state`",
        ),
        ("segment: a\nstate: asleep", "x.yaml, line 2, state: 'asleep' is none of new"),
        ("segment: a\nsegments: b", "no field is called `segments`"),
        ("segment: a\nall:\n  - segment: b", "it refers to the segment `b`"),
        ("state: dormant", "a segment starts with"),
    ],
)
def test_a_wrong_segment_is_answered_with_its_line(db: None, text: str, sentence: str, now: datetime) -> None:
    with pytest.raises(DefinitionError) as refused:
        define(text, now)
    assert sentence in str(refused.value)


def test_segments_of_different_events_are_told_by_one_reading(people: None, now: datetime) -> None:
    define("segment: clickers\nevent: message_clicked", now)
    define(
        "segment: visitors-who-bought\nall:\n  - event: site_visited\n  - event: [order_placed, store_purchase]", now
    )
    define("segment: not-mailed\nnot: {event: message_delivered, within: 2 months}", now)
    database.execute("INSERT INTO source (name, created_at) VALUES ('shop', now())")
    database.execute(
        "INSERT INTO coverage (source_id, type, since) SELECT id, 'message_delivered', '2020-01-01' FROM source"
    )
    told = [
        (1, "message_clicked"),
        (2, "site_visited"),
        (2, "store_purchase"),
        (3, "site_visited"),
        (3, "message_delivered"),
    ]
    hot.insert([NewEvent(contact, 1, type_, now, reference=f"{contact}/{type_}") for contact, type_ in told])
    refresh.run(now)
    assert [members(name) for name in ("clickers", "visitors-who-bought", "not-mailed")] == [{1}, {2}, {1, 2}]
