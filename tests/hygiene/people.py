"""People and addresses for the tests of hygiene."""

from datetime import datetime, timedelta

from relance.contacts.models import Contact, ContactPoint

NOW = datetime.fromisoformat("2026-07-27T08:00:00+00:00")


def person(first_name: str, *points: str, days: int = 100, **fields: str) -> Contact:
    """A contact first seen so many days ago; a point with `@` is an e-mail address, others take text messages."""
    contact = Contact.objects.create(first_name=first_name, first_seen_at=NOW - timedelta(days=days), **fields)
    for value in points:
        channel = "email" if "@" in value else "sms"
        ContactPoint.objects.create(contact=contact, channel=channel, value=value)
    return contact


def verdict(value: str) -> tuple[bool | None, str, str]:
    """What hygiene says of the address."""
    point = ContactPoint.objects.get(value=value)
    return point.valid, point.reason, point.suggestion
