"""A night that judges few people says of everybody what a full scoring says: every column, and what PostgreSQL is told."""

import math
import random
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import pytest
from django.conf import settings

from relance.core import database, place
from relance.core.definitions import parse
from relance.dormancy import kept, nights, policies, profiles, publishing, renewal, scoring, signs
from relance.dormancy.lifetime import keeping
from relance.dormancy.program import expressions
from relance.events import engine, flush, hot, maintenance
from relance.events.hot import NewEvent
from tests.dormancy.base import ANNA, BORIS, CHLOE, cover, did, known, policy
from tests.dormancy.test_engines import accept_models

BUYERS = """policy: buyers
population: {all: [{orders: {gte: 1}}, {T: {gte: 2}}]}
criteria:
  no_purchase: {without: [order_placed, store_purchase], for: 12 months, points: 3}
  no_reaction:
    without: [message_clicked, message_replied]
    for: 6 months
    points: 2
    exposed_to: {event: message_delivered, count: {gte: 3}, within: 3 months}
  no_sms: {without: [message_clicked], channel: sms, for: 60 days, points: 1, exposed_to: {event: message_delivered, count: {gte: 1}}}
  no_open: {without: [message_opened], for: 45 days, points: 1}
  unanswered: {event: call_unanswered, count: {gte: 2}, for: 30 days, points: 1}
  unused: {never: [service_used], after: [subscription_started], for: 1 month, points: 1}
states: {cooling: {points: 2}, dormant: {points: 3, needs: no_purchase}, very_dormant: {points: 6}}
cadence: {overdue_at: 1.5}
beside:
  carts: {event: cart_updated, within: 2 months, unless: [order_placed], wait: 24 hours}
  support: {event: support_contact, within: 40 days}
out_of_target: {attributes.moved: "yes"}
"""
OTHERS = """policy: others
criteria:
  no_login: {never: [logged_in], for: 6 months, points: 2}
  not_renewed: {without: [subscription_started, subscription_renewed], for: 13 months, after: [subscription_started], points: 2}
states: {dormant: {points: 2}}
out_of_target: {T: {gte: 500}}
"""
KINDS = (
    "order_placed", "order_placed", "order_placed", "store_purchase", "refund", "message_delivered", "message_delivered",
    "message_delivered", "message_clicked", "message_replied", "message_opened", "logged_in", "call_unanswered", "service_used",
    "subscription_started", "subscription_renewed", "cart_updated", "cart_updated", "support_contact",
)  # fmt: skip
NEW = settings.RELANCE.new_days
MONEY = ("order_placed", "store_purchase", "refund")
Row = dict[str, Any]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small bases have nights, whoever is judged, and keep the models."""
    monkeypatch.setattr(nights, "LEAST", 0)
    monkeypatch.setattr(nights, "MOST", 1.0)
    monkeypatch.setattr(keeping, "EVERY", timedelta(days=10_000))


def rows(con: Any, relation: str) -> dict[int, Row]:
    found = con.execute(f"FROM {relation}")
    names = [column[0] for column in found.description]
    return {row[0]: dict(zip(names, row, strict=True)) for row in map(list, found.fetchall())}


def in_full(now: datetime) -> dict[int, Row]:
    """Return everybody's profile as a full scoring makes it."""
    with engine.reading() as con:
        scoring.compute(con, now)
        return rows(con, "scored")


def shown() -> dict[int, Row]:
    """Return everybody's profile as readers see it."""
    with engine.connected() as con:
        narrow, wide = rows(con, profiles.relation()), rows(con, profiles.relation(risks=True))
    assert {contact: {**wide[contact], **row} for contact, row in narrow.items()} == wide
    return wide


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)
    return type(one) is type(other) and bool(one == other)


def differing(ours: dict[int, Row], full: dict[int, Row]) -> list[tuple[int, str, Any, Any]]:
    assert ours.keys() == full.keys()
    return [
        (contact, name, ours[contact][name], value)
        for contact, row in full.items() for name, value in row.items() if not same(ours[contact][name], value)
    ]  # fmt: skip


def told() -> dict[int, tuple[Any, ...]]:
    """Return the standings PostgreSQL has."""
    columns = ", ".join(publishing._WATCHED)
    return {row[0]: row[1:] for row in database.rows(f"SELECT contact_id, {columns} FROM profile")}


def night(now: datetime) -> dict[int, Row]:
    """Score as a night does; hold that it was one, and that everything is as a full scoring says. Return the profiles."""
    full = in_full(now)  # first: a scoring writes events of its own
    scoring.score(now)
    assert (kept.folder() / profiles.NIGHT).exists()
    assert differing(shown(), full) == []
    standing = {contact: tuple(row[name] for name in publishing._WATCHED) for contact, row in full.items()}
    assert {contact: row for contact, row in told().items() if contact in standing} == standing
    return full


# One thing that time alone changes, and whom it is true of from when: a criterion, what was done before `day`, days until it holds.
FORMS: dict[str, tuple[str, list[tuple[str, float]], int]] = {
    "without": ("{without: order_placed, for: 40 days, points: 3}", [("order_placed", 38.5)], 2),
    "without_months": ("{without: order_placed, for: 2 months, points: 3}", [("order_placed", 60.5)], 2),
    "never": ("{never: logged_in, for: 901 days, points: 3}", [], 2),
    "count": ("{event: call_unanswered, count: {gte: 2}, for: 30 days, points: 3}", [("call_unanswered", 29.5)], 2),
    "after": ("{without: logged_in, for: 50 days, after: subscription_started, points: 3}", [("subscription_started", 49.5)], 2),
    "after_never": ("{never: logged_in, for: 50 days, after: subscription_started, points: 3}", [("subscription_started", 49.5)], 2),
    "exposure": (
        "{without: message_clicked, for: 30 days, points: 3, exposed_to: {event: message_delivered, count: {gte: 2}, within: 20 days}}",
        [("message_delivered", 19.5)], 2,
    ),
    "coverage": ("{without: site_visited, for: 100 days, points: 3}", [("order_placed", 20)], 2),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_time_alone_changes_is_seen(db: None, now: datetime, form: str) -> None:
    criterion, history, days = FORMS[form]
    known([ANNA, BORIS], now - timedelta(days=900))
    cover(now, *set(KINDS))
    cover(now, "site_visited", days=99)
    mine = f"policy: mine\ncriteria:\n  it: {criterion}\nstates: {{dormant: {{points: 3}}}}\n"
    policy(mine, now)
    for kind, before in history:
        did(ANNA, kind, now - timedelta(days=before), times=2)
    scoring.score(now)
    before = shown()[ANNA]
    later = night(now + timedelta(days=days))[ANNA]
    assert before["criteria"] != later["criteria"]


def test_cooling_newness_and_false_inactivity_come_with_time(db: None, now: datetime) -> None:
    known([ANNA, BORIS], now - timedelta(days=900))
    known([CHLOE], now - timedelta(days=NEW - 2))
    cover(now, *set(KINDS))
    policy(BUYERS, now)
    for n in range(12):
        did(ANNA, "order_placed", now - timedelta(days=44.5 + 30 * n))
        did(BORIS, "message_delivered", now - timedelta(days=179 - n))
    did(BORIS, "store_purchase", now - timedelta(days=300))
    scoring.score(now)
    first = shown()
    after = [night(now + timedelta(days=days)) for days in (1, 3, 8)]
    assert (first[ANNA]["state"], after[-1][ANNA]["state"]) == ("active", "cooling")
    assert (first[CHLOE]["state"], after[-1][CHLOE]["state"]) == ("new", "never_active")
    assert (first[BORIS]["false_inactive"], after[-1][BORIS]["false_inactive"]) == (True, False)


def test_nothing_judged_hangs_on_the_day_but_what_is_compared(db: None, now: datetime) -> None:
    policy(BUYERS, now)
    policy(OTHERS, now)
    program = scoring.current(now)
    dated = {
        name
        for name, query in program.queries.items()
        if re.search(r"relance_moment\('(now|before)", query, re.IGNORECASE)
    }
    dated = {name.partition("/")[0] for name in dated}  # of one policy as of all together
    assert dated <= {"feature", "received", "person", "asked"} | {name for name in dated if name.startswith("future_")}
    person = program.queries["person"]
    assert len(re.findall(r"relance_moment", person, re.IGNORECASE)) == len(
        re.findall(r"relance_moment", renewal.of(program).queries["recalled"], re.IGNORECASE)
    )
    found = policies.in_force()
    asked = expressions(found, dict.fromkeys(KINDS, now))["asked"].op().values
    lasting = [str(ibis.to_sql(asked[name].to_expr().as_table(), dialect="duckdb")) for name in signs.lasting(found)]
    assert not [query for query in lasting if re.search(r"relance_moment\('(now|before)", query, re.IGNORECASE)]


SUBSCRIBERS = """policy: subscribers
population: {all: [{event: service_used}, {country: FR}]}
criteria: {unused: {without: service_used, for: 40 days, points: 3}}
states: {dormant: {points: 3}}
out_of_target: {event: support_contact, %s}
"""


def test_a_population_of_who_ever_did_something_is_followed(db: None, now: datetime) -> None:
    known([ANNA, BORIS, CHLOE], now - timedelta(days=900), country="FR")
    cover(now, *set(KINDS))
    policy(SUBSCRIBERS % "count: {gte: 2}", now)
    did(ANNA, "service_used", now - timedelta(days=200))
    did(BORIS, "service_used", now - timedelta(days=39.5))
    scoring.score(now)
    later = now + timedelta(days=1)
    did(CHLOE, "service_used", later - timedelta(hours=1), recorded_at=later)
    did(ANNA, "support_contact", later - timedelta(hours=1), times=2, recorded_at=later)
    found = night(later)
    assert {contact: (row["policy"], row["state"]) for contact, row in found.items()} == {
        ANNA: ("subscribers", "dormant"), BORIS: ("subscribers", "dormant"), CHLOE: ("subscribers", "active"),
    }  # fmt: skip
    assert [row["out_of_target"] for row in found.values()] == [True, False, False]


def test_a_window_of_events_in_a_population_judges_everybody(db: None, now: datetime) -> None:
    known([ANNA], now - timedelta(days=900), country="FR")
    cover(now, *set(KINDS))
    policy(SUBSCRIBERS % "within: 3 months", now)
    did(ANNA, "service_used", now - timedelta(days=200))
    for days in (0, 1):
        scoring.score(now + timedelta(days=days))
        assert not (kept.folder() / profiles.NIGHT).exists()
    assert differing(shown(), in_full(now + timedelta(days=1))) == []


def test_opens_that_models_read_make_a_scoring_of_everybody(db: None, now: datetime) -> None:
    known([ANNA], now - timedelta(days=900))
    cover(now, *set(KINDS))
    policy(BUYERS, now)
    accept_models(now)
    did(ANNA, "order_placed", now - timedelta(days=20))
    for days in (0, 1):
        scoring.score(now + timedelta(days=days))
        assert not (kept.folder() / profiles.NIGHT).exists()


def test_standings_that_a_loss_changed_are_written_again(db: None, now: datetime) -> None:
    known([ANNA, BORIS], now - timedelta(days=900))
    cover(now, *set(KINDS))
    policy(BUYERS, now)
    did(ANNA, "order_placed", now - timedelta(days=20))
    scoring.score(now)
    database.execute("DELETE FROM profile WHERE contact_id = %s", [ANNA])
    assert night(now + timedelta(days=1)).keys() == told().keys() == {ANNA, BORIS}


def test_a_copy_is_read_like_the_original(db: None, now: datetime, tmp_path: Path) -> None:
    known([ANNA, BORIS], now - timedelta(days=900))
    cover(now, *set(KINDS))
    policy(BUYERS, now)
    did(ANNA, "order_placed", now - timedelta(days=20))
    scoring.score(now)
    for days in (1, 2, 3, 4):  # what readers do not need any more is swept
        found = night(now + timedelta(days=days))
    assert len(list(kept.folder().glob("night-*"))) == 2
    own = kept.folder()
    with place.elsewhere(lake=str(tmp_path / "copy")):
        profiles.copy(own, kept.folder())
        shutil.rmtree(own)
        assert differing(shown(), found) == []


def test_a_person_deleted_makes_a_scoring_of_everybody(db: None, now: datetime) -> None:
    known([ANNA, BORIS], now - timedelta(days=900))
    cover(now, *set(KINDS))
    policy(BUYERS, now)
    database.execute("INSERT INTO contact_point (contact_id, channel, value) VALUES (1, 'email', 'anna@example.org')")
    scoring.score(now)
    for table, column in (("profile", "contact_id"), ("contact_point", "contact_id"), ("contact", "id")):
        database.execute(f"DELETE FROM {table} WHERE {column} = %s", [ANNA])
    scoring.score(now + timedelta(days=1))
    assert not (kept.folder() / profiles.NIGHT).exists()
    assert shown().keys() == {BORIS}


class Base:
    """A base in which anything may happen between two nights."""

    def __init__(self, seed: int, now: datetime, people: int = 45) -> None:
        self.draw, self.now, self.serial, self.people = random.Random(seed), now, 0, people
        self.coming: list[NewEvent] = []

    def fill(self) -> None:
        known(range(1, self.people + 1), self.now - timedelta(days=700), attributes='{"moved": "no"}')
        database.execute(
            "UPDATE contact SET first_seen_at = first_seen_at + make_interval(days => (id * 17 % 690)::int)"
        )
        for contact in range(1, self.people + 1):
            if contact % 3:
                self.reach(contact)
        for n in range(self.people * 30):
            contact = 1 + n % self.people  # every third has done little but receive for a year
            quiet = contact % 3 == 0
            before, kind = self.draw.random() * 700, ""
            if quiet and before < 390:
                kind = "message_delivered" if before < 170 else "cart_updated"
            self.coming.append(self.happen(before, contact=contact, kind=kind))
        hot.insert(self.coming)

    def happen(self, before: float, *, contact: int = 0, kind: str = "") -> NewEvent:
        self.serial += 1
        kind = kind or self.draw.choice(KINDS)
        contact = contact or self.draw.randint(1, self.people)
        amount = self.draw.choice((19.99, 50, 120, 7)) if kind in MONEY else None
        channel = self.draw.choice(("email", "sms", None))
        at = self.now - timedelta(days=before)
        return NewEvent(contact, 1, kind, at, amount, channel, reference=f"r{self.serial}", recorded_at=self.now)

    def reach(self, contact: int) -> None:
        self.serial += 1
        database.execute(
            "INSERT INTO contact_point (contact_id, channel, value) VALUES (%s, 'email', %s)",
            [contact, f"{self.serial}@example.org"],
        )

    def pass_days(self, days: float) -> None:
        """Let days pass with what they bring: events of the day and late ones, and changes of people."""
        self.now += timedelta(days=days)
        draw = self.draw
        hot.insert(self.happen(draw.random() * days) for _ in range(draw.randint(0, 8)))
        hot.insert(self.happen(draw.random() * draw.choice((3, 60, 500))) for _ in range(draw.randint(0, 3)))
        _add(self, 0)
        for change in draw.sample(CHANGES, draw.randint(0, 3)):
            change(self, draw.randint(1, self.people))
        if draw.random() < 0.5:
            flush.run(self.now)
        if draw.random() < 0.2:
            maintenance.run(self.now)


def _add(base: Base, contact: int) -> None:
    base.people += 1
    known([base.people], base.now - timedelta(days=1))
    hot.insert([base.happen(0.5, contact=base.people)])


def _consent(base: Base, contact: int) -> None:
    database.execute(
        "INSERT INTO consent (contact_id, channel, topic, given, at, expires_at) VALUES (%s, 'email', 'opens', %s, %s, %s)",
        [contact, base.draw.random() < 0.7, base.now - timedelta(hours=base.serial % 20), base.now + timedelta(days=9)],
    )


def _columns(text: str) -> Any:
    return lambda base, contact: database.execute(f"UPDATE contact SET {text} WHERE id = %s", [contact])


CHANGES = [
    _consent,
    _consent,
    lambda base, contact: base.reach(contact),
    lambda base, contact: database.execute("DELETE FROM contact_point WHERE contact_id = %s", [contact]),
    lambda base, contact: database.execute("UPDATE contact_point SET valid = false WHERE contact_id = %s", [contact]),
    _columns("city = 'Lyon'"),
    _columns("objected_at = CASE WHEN objected_at IS NULL THEN now() END"),
    _columns("erased_at = CASE WHEN erased_at IS NULL THEN now() END"),
    _columns('attributes = \'{"moved": "yes"}\''),
    _columns("first_seen_at = first_seen_at - interval '100 days'"),
]


def live(seed: int, start: datetime, count: int) -> Iterator[dict[int, Row]]:
    """Live some nights through, with opens or with models (with both, everybody is judged); every fourth judges everybody."""
    base = Base(seed, start)
    base.fill()
    foreseen = seed % 2 == 0
    for text in (re.sub("  no_open: .*\n", "", BUYERS) if foreseen else BUYERS, OTHERS):
        policies.apply(parse(text, "mine.yaml"), base.now)
    cover(base.now, *set(KINDS), days=500)
    if foreseen:
        accept_models(base.now)
    scoring.score(base.now)
    for n in range(count):
        base.pass_days(base.draw.choice((0.3, 1, 1, 2, 5)))
        if n % 4 == 3:
            (kept.folder() / profiles.BASE).unlink()
            scoring.score(base.now)
            continue
        yield night(base.now)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2], ids=["opens", "models"])
def test_many_nights_say_what_full_scorings_say(db: None, seed: int) -> None:
    found = list(live(seed, datetime(2024, 2, 20, 7, 30, tzinfo=UTC), 5))
    assert {state for people in found for row in people.values() for state in [row["state"]]} >= {
        "new", "active", "cooling", "dormant", "very_dormant", "undetermined",
    }  # fmt: skip
    last = found[-1].values()
    assert {row["value_band"] for row in last} >= {"none", "low", "medium", "high"}
    assert any(row["risk_90"] for row in last) is (seed == 2)
    assert any(row["p_alive"] for row in last) is (seed == 2)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 22))
def test_many_more_nights_say_what_full_scorings_say(db: None, seed: int) -> None:
    for _ in live(seed, datetime(2024, 1 + seed % 3, 20, seed, 30, tzinfo=UTC), 16):
        pass
