"""Who counts as reachable is whom the gate would let a reactivation go to today, on every channel."""

import random
from datetime import datetime, timedelta
from itertools import product

import pytest

from relance.contacts import reach
from relance.contacts.matrix import BASES
from relance.contacts.models import Consent, Contact, ContactPoint, Suppression
from relance.core import database
from relance.core.ids import digest
from relance.dormancy.models import Profile
from relance.eligibility import facts, gate, permission
from relance.eligibility import person as people_checks
from relance.events import hot
from relance.events.hot import NewEvent

from .people import anna, message, suppress

pytestmark = pytest.mark.usefixtures("db")

CHANNELS = ("email", "sms", "push", "postal", "phone")
PERMISSION = (people_checks.suppressed, permission.judge, people_checks.state)
REASONS = ("bounced", "not_theirs", "unsubscribed", "complained", "former_tool")


def reached(now: datetime) -> set[tuple[int, str]]:
    return {(who, channel) for who, channel, yes in database.rows(reach.points(now)) if yes}


def allowed(now: datetime) -> set[tuple[int, str]]:
    """Return whom, and where, the gate finds nothing against but the moment and the caps."""
    asked = [
        message(contact, now, "reactivation", channel=channel)
        for contact, channel in product(Contact.objects.all(), CHANNELS)
    ]
    rules = gate.rules_in_force({"FR"}, now)
    known = facts.gather([one.pk for one in asked], now)
    return {
        (one.contact_id, one.channel) for one in known if all(judge(one, now, rules) is None for judge in PERMISSION)
    }


def someone(number: int, now: datetime, chance: random.Random) -> None:
    """Make a person of whom anything may be so."""
    seldom = lambda: chance.random() < 0.08  # noqa: E731
    day = lambda most: now - timedelta(days=chance.randrange(most))  # noqa: E731
    contact = Contact.objects.create(
        first_seen_at=day(2000), kind=chance.choice(["b2c", "b2b"]), erased_at=now if seldom() else None,
        objected_at=now if seldom() else None,
        paused_until=chance.choice([None, None, None, now, now + timedelta(days=9)]),
        street=chance.choice(["", "1 rue Haute"]), city=chance.choice(["", f"Lyon {number}"]),
    )  # fmt: skip
    if chance.random() < 0.9:
        Profile.objects.create(
            contact=contact, state="dormant", state_since=now, scored_at=now, unreachable=seldom(), out_of_target=seldom(),
            last_legal_contact_at=chance.choice([None, day(2000)]), last_purchase_at=chance.choice([None, day(900)]),
        )  # fmt: skip
    if chance.random() < 0.3:
        hot.insert([NewEvent(contact.pk, 1, "store_purchase", day(60), reference=str(number))])
    for n in range(chance.randrange(1, 4)):
        channel, value = chance.choice(["email", "sms", "push", "postal"]), f"{number}-{n}@example.org"
        ContactPoint.objects.create(
            contact=contact, channel=channel, value=value, valid=chance.choice([None, True, True, False]),
            reason=chance.choice(["", "", "bounced"]),
        )  # fmt: skip
        if chance.random() < 0.35:
            stopped = chance.choice([channel, channel, "phone", "all"])
            Suppression.objects.create(channel=stopped, digest=digest(value), reason=chance.choice(REASONS), at=now)
    for channel in CHANNELS:
        for _ in range(chance.randrange(0, 3)):
            one = Consent(
                contact=contact, channel=channel, topic=chance.choice(["marketing"] * 4 + ["news"]), given=chance.random() < 0.8,
                basis=chance.choice([*BASES, "opt_in", "opt_in"]), at=chance.choice([day(600), day(3), now + timedelta(days=1)]),
                expires_at=chance.choice([None, None, now, now + timedelta(days=30), day(90)]),
            )  # fmt: skip
            Consent.objects.bulk_create([one], ignore_conflicts=True)


@pytest.mark.parametrize("seed", range(3))
def test_the_reachable_are_those_the_gate_would_let_through(now: datetime, seed: int) -> None:
    anna(now)
    chance = random.Random(seed)
    for number in range(250):
        someone(number, now, chance)
    found = reached(now)
    assert found == allowed(now)
    assert {channel for _, channel in found} >= {"email", "sms", "postal", "phone"}


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
