"""Who may be written to, channel by channel: addresses, suppressions and consents read as the gate reads them."""

from datetime import UTC, datetime, timedelta

import pytest

from relance.contacts import reach
from relance.contacts.models import Suppression
from relance.core import database
from relance.core.ids import digest


@pytest.fixture
def anna(db: None, now: datetime) -> None:
    """Anna, with an e-mail address that nobody judged."""
    database.execute("INSERT INTO contact (id, first_seen_at) VALUES (1, %s)", [now - timedelta(days=900)])
    database.execute("INSERT INTO contact_point (contact_id, channel, value) VALUES (1, 'email', 'anna@example.org')")


def said(now: datetime, *, given: bool, basis: str = "opt_in", days: int = 10, until: datetime | None = None) -> None:
    """Let Anna say yes or no to marketing by e-mail, so many days ago."""
    database.execute(
        "INSERT INTO consent (contact_id, channel, given, basis, at, expires_at) VALUES (1, 'email', %s, %s, %s, %s)",
        [given, basis, now - timedelta(days=days), until],
    )


def reached(now: datetime, **how: str) -> bool:
    return database.rows(reach.reachable(now, **how)) == [(1,)]


def test_a_yes_reaches_on_its_channel_only(anna: None, now: datetime) -> None:
    assert not reached(now)
    said(now, given=True)
    assert reached(now)
    assert reached(now, channel="email")
    assert not reached(now, channel="sms")


def test_a_no_of_the_same_instant_comes_before_a_yes(anna: None, now: datetime) -> None:
    said(now, given=False)
    said(now, given=True)
    assert not reached(now)


def test_a_later_contract_says_nothing_of_marketing(anna: None, now: datetime) -> None:
    said(now, given=True)
    said(now, given=True, basis="contract", days=1)
    assert reached(now)


def test_a_contract_alone_an_end_or_a_suppression_stops(anna: None, now: datetime) -> None:
    said(now, given=True, basis="contract", days=30)
    assert not reached(now)
    said(now, given=True, days=20)
    assert reached(now)
    said(now, given=True, until=now)
    assert not reached(now)
    said(now, given=True, days=5)
    Suppression.objects.create(channel="email", digest=digest("anna@example.org"), reason="complained", at=now)
    assert not reached(now)


def test_on_the_telephone_a_running_contract_reaches_beside_an_older_customer(anna: None) -> None:
    now = datetime(2026, 9, 14, 9, tzinfo=UTC)  # customers alone may not be called any more
    database.execute("INSERT INTO contact_point (contact_id, channel, value) VALUES (1, 'phone', '+33140000000')")
    database.execute("UPDATE contact SET first_seen_at = %s", [now - timedelta(days=90)])
    said(now, given=True, basis="existing_customer", days=20)
    said(now, given=True, basis="contract", days=10)
    database.execute("UPDATE consent SET channel = 'phone'")
    assert reached(now, channel="phone")
    database.execute("UPDATE consent SET expires_at = %s WHERE basis = 'contract'", [now])
    assert not reached(now, channel="phone")


def test_a_part_of_the_base(anna: None, now: datetime) -> None:
    said(now, given=True)
    assert database.rows(reach.reachable(now, "contact_id % 32 = ANY(ARRAY[1])")) == [(1,)]
    assert database.rows(reach.reachable(now, "contact_id % 32 = ANY(ARRAY[2])")) == []
