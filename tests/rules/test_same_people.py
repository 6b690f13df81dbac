"""PostgreSQL and DuckDB give the same people, however the history lies between hot rows and lake."""

import uuid
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from relance.core import database, place
from relance.events import engine, flush, hot
from relance.events.hot import NewEvent
from relance.rules import CONTACTS, contacts_sql, duckdb_sql, parse
from tests.drawn import drawing, examples

TYPES = ["order_placed", "message_clicked", "logged_in"]
people = st.integers(1, 4)
windows = st.sampled_from(["1 day", "7 days", "1 month", "2 months", "89 days"])
counts = st.dictionaries(st.sampled_from(["gte", "lt", "eq"]), st.integers(0, 3), min_size=1, max_size=1)
happened = st.fixed_dictionaries(
    {"event": st.sampled_from(TYPES), "within": windows},
    optional={"count": counts, "where": st.just({"amount": {"gte": 20}}), "same": st.just("product")},
)
silent = st.fixed_dictionaries({"without": st.lists(st.sampled_from(TYPES), min_size=1, max_size=2), "for": windows})
compared = st.sampled_from(
    [{"language": "fr"}, {"first_seen": {"older_than": "1 month"}}, {"attributes.size": {"lt": 3}}]
)
conditions = st.recursive(
    happened | silent | compared,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda c: {"all": c})
        | st.lists(inner, min_size=1, max_size=3).map(lambda c: {"any": c})
        | inner.map(lambda c: {"not": c})
    ),
    max_leaves=5,
)
events = st.lists(
    st.tuples(
        people, st.sampled_from(TYPES), st.integers(0, 88 * 24), st.sampled_from(["p1", "p2", None]), st.integers(0, 40)
    ),
    max_size=30,
)


def stored(history: list[tuple[int, str, int, str | None, int]], now: datetime, label: str) -> None:
    """Record the events as hot rows."""
    hot.insert(
        NewEvent(
            who, 1, kind, now - timedelta(hours=hours), amount, reference=f"{label}{index}",
            properties={"product": product} if product else {}, recorded_at=now,
        )
        for index, (who, kind, hours, product, amount) in enumerate(history)
    )  # fmt: skip


@examples(15, 200)
def test_both_engines_select_the_same_people(db: None, tmp_path: Path, now: datetime, drawn: int) -> None:
    @drawing(drawn)
    @given(condition=conditions, early=events, late=events, covered_days=st.sampled_from([5, 45, 200]))
    def each(condition: object, early: list, late: list, covered_days: int) -> None:
        both_engines_select_the_same_people(tmp_path, now, condition, early, late, covered_days)

    each()


def both_engines_select_the_same_people(
    tmp_path: Path, now: datetime, condition: object, early: list, late: list, covered_days: int
) -> None:
    database.execute("TRUNCATE contact, event CASCADE")
    for contact in range(1, 5):
        database.execute(
            "INSERT INTO contact (id, language, attributes, first_seen_at) VALUES (%s, %s, %s, %s)",
            [contact, ["fr", "en"][contact % 2], f'{{"size": {contact}}}', now - timedelta(days=contact * 20)],
        )
    covered = {kind: now - timedelta(days=covered_days * (index + 1)) for index, kind in enumerate(TYPES)}
    rule = parse(condition)
    with place.elsewhere(lake=str(tmp_path / uuid.uuid4().hex)):
        stored(early, now, "e")
        answers = []
        for step in ("unflushed", "flushed", "split"):
            if step == "flushed":
                flush.run(now)
            if step == "split":
                stored(late, now, "l")
            on_postgresql = {row[0] for row in database.rows(contacts_sql(rule, now=now, covered=covered))}
            with engine.reading("contact") as con:
                con.execute(f"CREATE VIEW person AS {CONTACTS.person}")
                on_duckdb = {row[0] for row in con.execute(duckdb_sql(rule, now=now, covered=covered)).fetchall()}
            assert on_postgresql == on_duckdb, step
            answers.append(on_duckdb)
        assert answers[0] == answers[1]
