"""A crowd of whom anything may be so: addresses, suppressions, consents and states drawn by chance."""

import random
from datetime import datetime, timedelta

from relance.contacts.matrix import BASES
from relance.contacts.models import Consent, Contact, ContactPoint, Suppression
from relance.core.ids import digest
from relance.dormancy.models import Profile
from relance.events import hot
from relance.events.hot import NewEvent

CHANNELS = ("email", "sms", "push", "postal", "phone")
REASONS = ("bounced", "not_theirs", "unsubscribed", "complained", "former_tool")


def someone(number: int, now: datetime, chance: random.Random) -> Contact:
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
    return contact
