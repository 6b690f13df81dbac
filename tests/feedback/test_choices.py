"""What the preference page tells a person they get is what the gate would let through."""

import random
from datetime import datetime, timedelta

import pytest

from relance.contacts.models import Consent, Contact
from relance.eligibility import facts
from relance.feedback.preferences import choices
from tests.eligibility.people import message, person

pytestmark = pytest.mark.usefixtures("db")
HOUR = timedelta(hours=1)
PEOPLE = 300


def ledger(contact: Contact, now: datetime, chance: random.Random) -> list[Consent]:
    """Up to six words of a person, some at the same instant, some run out, some to come."""
    words: dict[tuple[object, ...], Consent] = {}
    for _ in range(chance.randrange(7)):
        at, given = now - chance.choice([-1, 0, 1, 1, 2, 3]) * HOUR, chance.random() < 0.6
        one = Consent(
            contact=contact, channel="email", topic=chance.choice(["marketing", "marketing", "newsletter"]), given=given, at=at,
            basis=chance.choice(["opt_in", "contract", "existing_customer"]) if given else "",
            expires_at=at + chance.choice([1, 2, 4]) * HOUR if given and chance.random() < 0.4 else None,
        )  # fmt: skip
        words[one.topic, given, at] = one
    return list(words.values())


@pytest.mark.parametrize("topic", ["marketing", "newsletter"])
def test_choices_and_gate_read_the_ledger_alike(topic: str, now: datetime) -> None:
    chance = random.Random(topic)
    people = [person(f"someone{number}", now, basis=None) for number in range(PEOPLE)]
    written = {one.pk: ledger(one, now, chance) for one in people}
    Consent.objects.bulk_create([entry for entries in written.values() for entry in entries])
    mails = [message(one, now, topic=topic) for one in people]
    asked = facts.gather([one.pk for one in mails], now)
    by_gate = [
        bool(one.consent_given) and (one.consent_expires_at is None or one.consent_expires_at > now) for one in asked
    ]
    heard = [sorted((e for e in written[one.pk] if e.at <= now), key=lambda e: e.at) for one in people]
    by_page = [choices.granted(entries, "email", topic, now) for entries in heard]
    assert by_page == by_gate
    assert 50 < sum(by_gate) < 250
