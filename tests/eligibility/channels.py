"""People with several ways to reach them, and journeys that name several channels."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from relance.contacts.models import Consent, Contact, ContactPoint
from relance.core import database
from relance.segments.models import Segment
from tests.eligibility.people import anna, consent, person, suppress
from tests.journeys.people import HEAD, shop

DAY = timedelta(days=1)
BOTH = "channel: [sms, email], template: {email: hello-no-offer, sms: last-call}"
PRICES = "prices: [{channel: sms, cost: 0.05}, {channel: email, cost: 0.001}, {channel: push, cost: 0.05}]\n"


def journey(step: str, *, purpose: str = "reactivation") -> str:
    text = HEAD.replace("purpose: reactivation", f"purpose: {purpose}")
    return f"{text}  - send: {{id: hello, {step}}}\n  - wait: 10 days\n  - sunset: {{}}\n"


def named(now: datetime) -> dict[str, Contact]:
    """Who has only an e-mail address, only a mobile number, both, neither; and both, but a no on one of them, or no yes at all."""
    shop(now)
    anna(now)
    names = ("mail", "mobile", "both", "neither", "withdrew", "stopped", "dead", "asked_nobody")
    found = {name: person(name, now) for name in names}
    for name in names[4:]:
        mobile(found[name], now)
    mobile(found["mobile"], now), mobile(found["both"], now)
    Consent.objects.filter(contact=found["asked_nobody"]).delete()
    ContactPoint.objects.filter(contact__in=[found["mobile"], found["neither"]], channel="email").delete()
    consent(found["withdrew"], now - DAY, channel="sms", given=False)
    suppress("stopped@example.org", "unsubscribed", now)
    ContactPoint.objects.filter(contact=found["dead"], channel="sms").update(valid=False)
    enrolled(found.values(), now)
    return found


def mobile(contact: Contact, now: datetime) -> None:
    ContactPoint.objects.create(contact=contact, channel="sms", value=f"+336{contact.pk:08}", valid=True)
    consent(contact, now - 300 * DAY, channel="sms")


def enrolled(contacts: Iterable[Contact], now: datetime) -> None:
    """Let these be members of the segment that journeys enter by."""
    segment = Segment.objects.get(name="dormant-buyers")
    ids = [one.pk for one in contacts]
    database.execute(
        "INSERT INTO membership (segment_id, contact_id, since) SELECT %s, c, %s FROM unnest(%s::bigint[]) AS c",
        [segment.pk, now, ids],
    )
