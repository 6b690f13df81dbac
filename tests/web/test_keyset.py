"""Pages by key, with rows that have no value to sort by."""

from datetime import datetime, timedelta

import pytest

from relance.contacts.models import Contact
from relance.dormancy.models import Profile
from relance.web import keyset

FIELDS = ("last_purchase_at", "contact_id")


@pytest.fixture
def profiles(db: None, now: datetime) -> list[int]:
    """Seven people: four bought, two of them at the same instant, three never."""
    bought = [now, now, now - timedelta(days=1), None, now - timedelta(days=2), None, None]
    people = Contact.objects.bulk_create(Contact(first_seen_at=now) for _ in bought)
    Profile.objects.bulk_create(
        Profile(contact=who, state="active", state_since=now, last_purchase_at=at, scored_at=now)
        for who, at in zip(people, bought, strict=True)
    )
    return [person.pk for person in people]


def walk(size: int, *, descending: bool) -> list[int]:
    found, after = [], ""
    while True:
        page = keyset.page(Profile.objects.all(), after, fields=FIELDS, descending=descending, size=size, nullable=True)
        found += [row.pk for row in page.rows]
        if not page.following:
            return found
        after = page.following


def test_every_page_size_shows_everybody_once_and_the_empty_last(profiles: list[int]) -> None:
    a, b, c, d, e, f, g = profiles
    for size in (1, 2, 3, 4, 5, 7, 9):
        assert walk(size, descending=True) == [b, a, c, e, g, f, d]
        assert walk(size, descending=False) == [e, c, a, b, d, f, g]


def test_a_damaged_cursor_is_the_first_page(profiles: list[int]) -> None:
    for cursor in ("x", keyset.write([1]), keyset.write([None, None])):
        assert keyset.page(Profile.objects.all(), cursor, fields=FIELDS, nullable=True).first
