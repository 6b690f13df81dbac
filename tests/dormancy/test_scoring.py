"""Who is dormant: silences count only where they are known to be silences."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import relance
from relance.core import database, place
from relance.core.definitions import parse, read
from relance.core.errors import DefinitionError
from relance.dormancy import policies, profiles, scoring, tables
from relance.dormancy.models import Policy
from relance.dormancy.program import MATCHED, Program
from relance.events import engine, hot
from relance.events.hot import NewEvent
from relance.intake import sources

RECIPES = Path(relance.__file__).parent / "recipes" / "policies"
ANNA, BORIS, CHLOE, DENIS = 1, 2, 3, 4


@pytest.fixture
def shop(db: None, now: datetime) -> int:
    """A shop with the shipped policies, whose purchases, clicks, deliveries and sign-ins are covered for five years."""
    for name in ("b2b", "ecommerce", "newsletter"):
        policies.apply(read(RECIPES / f"{name}.yaml"), now)
    source = sources.source_id("shop", now)
    covered = ("order_placed", "store_purchase", "message_clicked", "message_delivered", "logged_in")
    sources.cover(source, {name: now - timedelta(days=1900) for name in covered})
    for contact in (ANNA, BORIS, CHLOE, DENIS):
        database.execute(
            "INSERT INTO contact (id, first_seen_at) VALUES (%s, %s)", [contact, now - timedelta(days=800)]
        )
    return source


def did(contact: int, kind: str, days: int, now: datetime, *, times: int = 1, amount: int | None = None) -> None:
    hot.insert(
        NewEvent(contact, 1, kind, now - timedelta(days=days), amount, reference=f"{kind}{days}-{n}")
        for n in range(times)
    )


def state(contact: int) -> str:
    return str(database.rows("SELECT state FROM profile WHERE contact_id = %s", [contact])[0][0])


def test_the_example_three_two_one(shop: int, now: datetime) -> None:
    did(ANNA, "order_placed", 500, now, amount=30)
    did(ANNA, "message_delivered", 20, now, times=6)
    did(BORIS, "order_placed", 500, now, amount=30)
    did(CHLOE, "order_placed", 20, now, amount=30)
    scoring.run(now)
    assert [state(c) for c in (ANNA, BORIS, CHLOE, DENIS)] == ["very_dormant", "dormant", "active", "never_active"]
    assert database.rows("SELECT points FROM profile ORDER BY contact_id") == [(6,), (4,), (1,), (1,)]


def test_who_bought_in_the_store_yesterday_is_never_dormant(shop: int, now: datetime) -> None:
    did(CHLOE, "order_placed", 600, now, amount=30)
    did(CHLOE, "message_delivered", 20, now, times=9)
    did(CHLOE, "store_purchase", 1, now, amount=30)
    scoring.run(now)
    assert state(CHLOE) == "cooling"
    assert database.rows("SELECT false_inactive FROM profile WHERE contact_id = 3") == [(True,)]


def test_what_nobody_covered_makes_nobody_dormant(shop: int, now: datetime) -> None:
    database.execute(
        "UPDATE coverage SET since = %s WHERE type IN ('order_placed', 'store_purchase')", [now - timedelta(days=200)]
    )
    did(ANNA, "order_placed", 500, now, amount=30)
    scoring.run(now)
    assert state(ANNA) == "undetermined"


def test_who_could_not_be_judged_is_dormant_since_the_silence_not_since_the_night_that_could(
    shop: int, now: datetime
) -> None:
    database.execute(
        "UPDATE coverage SET since = %s WHERE type IN ('order_placed', 'store_purchase')", [now - timedelta(days=200)]
    )
    did(ANNA, "order_placed", 500, now, amount=30)
    scoring.run(now)
    assert state(ANNA) == "undetermined"
    database.execute("UPDATE coverage SET since = %s", [now - timedelta(days=1900)])
    scoring.run(now + timedelta(hours=1))
    ((found, since),) = database.rows("SELECT state, state_since FROM profile WHERE contact_id = %s", [ANNA])
    assert found == "dormant"
    assert since < now - timedelta(days=100)


def test_an_old_purchase_that_comes_in_late_dates_the_sleep_by_itself_not_by_its_import(
    shop: int, now: datetime
) -> None:
    scoring.run(now)
    assert state(ANNA) == "never_active"
    did(ANNA, "order_placed", 500, now, amount=30)
    scoring.run(now + timedelta(hours=1))
    ((found, since),) = database.rows("SELECT state, state_since FROM profile WHERE contact_id = %s", [ANNA])
    assert (found, (now - since).days) == ("dormant", 135)


def test_who_wakes_up_in_part_cools_from_then_on_and_nobody_cools_before_the_last_purchase(
    shop: int, now: datetime
) -> None:
    for contact in (ANNA, BORIS):
        did(contact, "order_placed", 700, now, amount=30)
        did(contact, "message_delivered", 20, now, times=6)
    did(BORIS, "order_placed", 3, now, amount=30)
    scoring.run(now)
    later = now + timedelta(days=1)
    did(ANNA, "order_placed", 0, later, amount=30)
    scoring.run(later)
    found = {who: rest for who, *rest in database.rows("SELECT contact_id, state, state_since FROM profile")}
    assert found[ANNA] == ["cooling", later]
    assert found[BORIS] == ["cooling", now - timedelta(days=3)]


def test_silence_without_six_mails_is_no_silence(shop: int, now: datetime) -> None:
    did(DENIS, "message_clicked", 400, now)
    did(DENIS, "message_delivered", 20, now, times=5)
    scoring.run(now)
    assert state(DENIS) == "undetermined"
    did(DENIS, "message_delivered", 21, now)
    scoring.run(now + timedelta(hours=1))
    assert state(DENIS) == "very_dormant"


def test_three_times_ones_own_interval_is_cooling(shop: int, now: datetime) -> None:
    for days in (320, 260, 200, 140):
        did(ANNA, "order_placed", days, now, amount=10)
    for days in (320, 200, 170):
        did(BORIS, "order_placed", days, now, amount=10)
    for contact in (ANNA, BORIS):
        did(contact, "logged_in", 130, now)
    scoring.run(now)
    assert (state(ANNA), state(BORIS)) == ("active", "active")
    scoring.run(now + timedelta(days=50))
    assert (state(ANNA), state(BORIS)) == ("cooling", "active")


def test_a_first_scoring_writes_no_change_and_later_ones_do(shop: int, now: datetime) -> None:
    did(ANNA, "order_placed", 360, now, amount=30)
    assert scoring.score(now).moved == 0
    later = scoring.score(now + timedelta(days=10))
    assert later.moved == 1
    assert database.rows("SELECT properties->>'from', properties->>'to' FROM event WHERE type = 'state_changed'") == [
        ("active", "dormant")
    ]
    assert scoring.score(now + timedelta(days=11)).changed == 0


def test_a_look_back_is_shown_and_not_written(shop: int, now: datetime) -> None:
    did(ANNA, "order_placed", 360, now, amount=30)
    scoring.run(now)
    back = scoring.score(now - timedelta(days=350))
    assert not back.written
    assert back.states["active"] == 1
    assert database.rows("SELECT count(*) FROM profile WHERE scored_at < %s", [now]) == [(0,)]


@pytest.mark.parametrize("name", sorted(path.name for path in RECIPES.glob("*.yaml")))
def test_every_shipped_policy_scores(db: None, now: datetime, name: str) -> None:
    policies.apply(read(RECIPES / name), now)
    database.execute("INSERT INTO contact (id, first_seen_at, kind) VALUES (1, %s, 'b2b')", [now - timedelta(days=900)])
    did(1, "service_used", 300, now)
    assert sum(scoring.score(now).states.values()) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("needs: no_visits", "x.yaml, line 5, states.dormant.needs: no criterion is called `no_visits`"),
        ("points: 9", "no one can reach 9 points"),
        ("point: 3", "x.yaml, line 5, states.dormant.point: no such field here"),
    ],
)
def test_a_wrong_policy_is_answered_with_its_line(db: None, change: str, sentence: str) -> None:
    text = f"""policy: mine
criteria:
  no_visit: {{without: logged_in, for: 9 months, points: 3}}
states:
  dormant: {{{change if "points" in change else f"points: 3, {change}"}}}
"""
    with pytest.raises(DefinitionError) as refused:
        policies.check(parse(text, "x.yaml"))
    assert sentence in str(refused.value)


def test_a_rehearsal_judges_as_life_does_and_keeps_what_is_read_there(shop: int, now: datetime, tmp_path: Path) -> None:
    did(ANNA, "order_placed", 500, now, amount=30)
    did(BORIS, "order_placed", 100, now, amount=30, times=3)
    read = (
        "SELECT contact_id, policy, state, points, value_band, last_purchase_at, false_inactive FROM profile ORDER BY 1"
    )
    with place.elsewhere(data=tmp_path / "rehearsed", simulated=True):
        scoring.run(now)
        rehearsed = (database.rows(read), kept_columns())
    database.execute("DELETE FROM profile")
    scoring.run(now)
    assert database.rows(read) == rehearsed[0]
    assert rehearsed[1] < kept_columns()


@pytest.mark.parametrize("names", [("b2b", "ecommerce", "newsletter"), ("b2b", "ecommerce"), ("b2b", "subscription")])
def test_each_policy_judges_its_own_people_as_all_of_them_together_would(
    shop: int, now: datetime, names: tuple[str, ...]
) -> None:
    for contact in range(5, 60):
        database.execute(
            "INSERT INTO contact (id, first_seen_at, kind, objected_at) VALUES (%s, %s, %s, %s)",
            [
                contact,
                now - timedelta(days=7 * contact),
                "b2b" if contact % 3 == 0 else "b2c",
                now if contact % 17 == 0 else None,
            ],
        )
        did(contact, "order_placed", 11 * contact, now, amount=30 + contact) if contact % 5 else None
        did(contact, "message_delivered", 4 * contact, now, times=contact % 9)
        did(contact, "service_used", 2 * contact, now) if contact % 4 == 0 else None
    policies.apply(read(RECIPES / "subscription.yaml"), now)
    Policy.objects.exclude(name__in=names).delete()
    whole = scoring.current(now)
    assert MATCHED in whole.queries
    together = replace(whole, queries={name: query for name, query in whole.queries.items() if name != MATCHED})
    told = [standings(program, now) for program in (whole, together)]
    assert told[0] == told[1]
    assert len({row[1] for row in told[0]}) >= 2  # of several policies, or of none


def standings(program: Program, now: datetime) -> list[tuple[Any, ...]]:
    """Return everybody's standing as a program judges it."""
    with engine.reading() as con:
        scoring.people(con, now=now)
        tables.aggregate(con, program, now)
        tables.measure(con, program, now)
        tables.stand(con, program, now)
        return con.execute("FROM standing ORDER BY contact_id").fetchall()


def kept_columns() -> set[str]:
    with engine.connected() as con:
        return {name for name, *_ in con.execute(f"DESCRIBE FROM {profiles.relation()}").fetchall()}
