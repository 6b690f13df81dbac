"""Journeys whose messages left, and what comes back; everything through the doors the product has."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from django.db import transaction

from relance.contacts.models import Contact, ContactPoint
from relance.delivery import happenings
from relance.delivery.happenings import Happening
from relance.eligibility.breaker.models import BreakerOpening
from relance.feedback import bounces
from relance.feedback.bounces import Bounce, Kind
from relance.journeys.models import Journey, Version
from relance.outbox.models import Message

_numbers = count(1)


def journey(name: str, now: datetime, *, sender: str = "default", **entry: object) -> Journey:
    """A running journey, evergreen where people may enter again."""
    made = Journey.objects.create(name=name, running=True)
    definition = {
        "purpose": "reactivation",
        "sender": sender,
        "entry": {"segment": "all", **entry},
        "goal": {"event": "order_placed"},
    }
    Version.objects.create(journey=made, number=1, definition=definition, published_at=now)
    return made


def send(
    number: int,
    at: datetime,
    of: Journey | None = None,
    domain: str = "gmail.com",
    purpose: str = "reactivation",
    sender: str = "default",
) -> list[Message]:
    """Messages that left to as many new people at a domain, told as the worker tells it."""
    people = Contact.objects.bulk_create([Contact(first_seen_at=at - timedelta(days=400)) for _ in range(number)])
    points = ContactPoint.objects.bulk_create(
        [ContactPoint(contact=one, channel="email", value=f"p{next(_numbers)}@{domain}", valid=True) for one in people]
    )
    with transaction.atomic():
        sent = Message.objects.bulk_create(
            [
                Message(
                    contact_id=point.contact_id, contact_point_id=point.pk, channel="email", purpose=purpose, sender=sender,
                    journey_id=of.pk if of else None, template_version_id=1, send_key="key/1", state="sent",
                    not_before=at, expires_at=at + timedelta(days=3), sent_at=at,
                )
                for point in points
            ]
        )  # fmt: skip
        happenings.record("message_sent", [Happening(one.pk, at) for one in sent], now=at)
    return sent


def bounce(messages: Sequence[Message], at: datetime, kind: Kind = "hard") -> None:
    bounces.record_many([Bounce(one.pk, kind, "550 5.1.1 unknown") for one in messages], at)


def stopped() -> list[tuple[int, str, str, int]]:
    """Journey, provider, signal and level of each stop in force."""
    rows = BreakerOpening.objects.filter(closed_at=None).select_related("scope").order_by("id")
    return [(row.scope.journey_id, row.scope.provider, row.scope.signal, row.level) for row in rows]
