"""Who counts as reachable is whom the gate would let a reactivation go to today, on every channel."""

import random
from datetime import datetime, timedelta
from itertools import product

import pytest

from relance.contacts import reach
from relance.contacts.models import Contact, ContactPoint, Suppression
from relance.core import database
from relance.dormancy.models import Profile
from relance.eligibility import facts, gate, permission
from relance.eligibility import person as people_checks

from .crowd import CHANNELS, someone
from .people import anna, consent, message, suppress

pytestmark = pytest.mark.usefixtures("db")

PERMISSION = (people_checks.suppressed, permission.judge, people_checks.state)


def reached(now: datetime, **asked: str) -> set[tuple[int, str]]:
    return {(who, channel) for who, channel, yes in database.rows(reach.points(now, **asked)) if yes}


def allowed(now: datetime, purpose: str = "reactivation", topic: str = "marketing") -> set[tuple[int, str]]:
    """Return whom, and where, the gate finds nothing against but the moment and the caps."""
    asked = [
        message(contact, now, purpose, channel=channel, topic=topic)
        for contact, channel in product(Contact.objects.all(), CHANNELS)
    ]
    rules = gate.rules_in_force({"FR"}, now)
    known = facts.gather([one.pk for one in asked], now)
    return {
        (one.contact_id, one.channel) for one in known if all(judge(one, now, rules) is None for judge in PERMISSION)
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_reachable_are_those_the_gate_would_let_through(now: datetime, seed: int) -> None:
    anna(now)
    chance = random.Random(seed)
    for number in range(250):
        someone(number, now, chance)
    found = reached(now)
    assert found == allowed(now)
    assert {channel for _, channel in found} >= {"email", "sms", "postal", "phone"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("purpose", "topic"),
    [
        ("reactivation", "news"),
        ("promotion", "news"),
        ("relationship", "marketing"),
        ("transactional", "marketing"),
        ("notice", "marketing"),
        ("notice", "news"),
    ],
)
def test_so_it_is_of_other_purposes_and_topics(now: datetime, purpose: str, topic: str) -> None:
    anna(now)
    chance = random.Random(f"{purpose} {topic}")
    for number in range(150):
        someone(number, now, chance)
    found = reached(now, purpose=purpose, topic=topic)
    assert found == allowed(now, purpose, topic)
    assert {channel for _, channel in found} >= {"email", "postal", "phone"}


def test_a_no_to_a_topic_holds_until_a_yes_to_it(now: datetime) -> None:
    contact = anna(now)
    assert reached(now, topic="news") == {(contact.pk, "email")}
    consent(contact, now - timedelta(days=200), topic="news", given=False)
    consent(contact, now - timedelta(days=100))
    assert (reached(now), reached(now, topic="news")) == ({(contact.pk, "email")}, set())
    consent(contact, now - timedelta(days=50), topic="news")
    assert reached(now, topic="news") == {(contact.pk, "email")}


def test_a_part_of_the_base_is_told_as_the_whole(now: datetime) -> None:
    chance = random.Random(7)
    for number in range(60):
        someone(number, now, chance)
    halves = [set(database.rows(reach.points(now, f"contact_id % 2 = {half}"))) for half in (0, 1)]
    assert halves[0] | halves[1] == set(database.rows(reach.points(now)))


@pytest.mark.parametrize("change", [
    {"objected_at": "now"}, {"erased_at": "now"},
], ids=["objected", "erased"])  # fmt: skip
def test_what_a_person_said_or_had_done_counts(now: datetime, change: dict[str, str]) -> None:
    contact = anna(now)
    assert reached(now) == {(contact.pk, "email")}
    Contact.objects.update(**dict.fromkeys(change, now))
    assert reached(now) == set()


def test_who_was_silent_for_the_legal_years_is_not_reached(now: datetime) -> None:
    contact = anna(now)
    Profile.objects.update(last_legal_contact_at=reach.kept_since(now))
    assert reached(now) == set()
    Profile.objects.update(last_legal_contact_at=reach.kept_since(now) + timedelta(seconds=1))
    assert reached(now) == {(contact.pk, "email")}


def test_an_opposition_on_one_address_stops_the_person_and_a_dead_mailbox_only_itself(now: datetime) -> None:
    contact = anna(now)
    ContactPoint.objects.create(contact=contact, channel="email", value="old@example.org", valid=True)
    suppress("old@example.org", "bounced", now)
    assert reached(now) == {(contact.pk, "email")}
    Suppression.objects.update(reason="unsubscribed")
    assert reached(now) == set()
