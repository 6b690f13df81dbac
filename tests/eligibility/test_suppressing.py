"""An address on the list: on its channel or on all, for marketing or for everything, whoever has it now or later."""

from datetime import datetime

import pytest

from relance.contacts.models import Consent, Contact, ContactPoint, Suppression
from relance.core.errors import InputError
from relance.core.models import AuditEntry
from relance.eligibility import gate, suppressing
from tests.eligibility.people import anna, message

pytestmark = pytest.mark.usefixtures("db")


def suppressed(
    address: str, channel: str = "all", reason: str = "unsubscribed", *, now: datetime
) -> suppressing.Suppressed:
    return suppressing.suppress(address, channel, reason, "she phoned", by="Camille", now=now)


def codes(person: Contact, now: datetime) -> dict[str, str]:
    asked = [message(person, now, purpose) for purpose in ("reactivation", "transactional")]
    verdicts = gate.check([one.pk for one in asked], now)
    return {one.purpose: verdict.code for one, verdict in zip(asked, verdicts, strict=True)}


def address(person: Contact) -> str:
    return str(person.contactpoint_set.get(channel="email").value)


def test_all_stops_marketing_on_every_channel_and_no_message_about_an_order(now: datetime) -> None:
    person = anna(now)
    ContactPoint.objects.create(contact=person, channel="sms", value="+33639981234", valid=True)
    Consent.objects.create(contact=person, channel="sms", given=True, at=now)
    found = suppressed(address(person).upper(), now=now)
    assert (found.changed, found.people, found.withdrawn) == (True, 1, 2)
    told = codes(person, now)
    assert told["reactivation"] in {"suppressed", "permission_withdrawn"}
    assert told["transactional"] == "allowed"
    assert set(Consent.objects.filter(given=False).values_list("channel", flat=True)) == {"email", "sms"}


def test_nothing_at_all_stops_messages_about_orders_too(now: datetime) -> None:
    person = anna(now)
    suppressed(address(person), now=now)
    assert suppressed(address(person), reason="manual", now=now).changed
    assert codes(person, now)["transactional"] == "suppressed"
    assert not suppressed(address(person), now=now).changed, "never milder"
    assert codes(person, now)["transactional"] == "suppressed"


def test_an_address_nobody_has_yet_stops_whoever_comes_with_it(now: datetime) -> None:
    assert suppressed("06 39 98 12 34", now=now).people == 0
    person = anna(now)
    ContactPoint.objects.create(contact=person, channel="sms", value="+33639981234", valid=True)
    assert codes(person, now) == {"reactivation": "suppressed", "transactional": "allowed"}


def test_the_list_and_the_log_hold_no_address(now: datetime) -> None:
    suppressed("anna.nowhere@example.org", now=now)
    entry = AuditEntry.objects.get(action="address suppressed")
    assert "anna" not in f"{entry.subject} {entry.details} {Suppression.objects.get().reason}"
    assert entry.actor == "Camille"


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (("anna", "all", "manual", "x", "y"), "neither an e-mail address nor a telephone number"),
        (("a@b", "all", "manual", "x", "y"), "neither"),
        (("", "all", "manual", "x", "y"), "neither"),
        (("anna@example.org", "sms", "manual", "x", "y"), "Take email, all"),
        (("0639981234", "email", "manual", "x", "y"), "Take sms, phone, all"),
        (("anna@example.org", "all", "bounced", "x", "y"), "no level"),
        (("anna@example.org", "all", "manual", " ", "y"), "--why"),
        (("anna@example.org", "all", "manual", "x", ""), "--why"),
    ],
)
def test_bad_input_writes_nothing(given: tuple[str, str, str, str, str], match: str, now: datetime) -> None:
    what, channel, level, why, by = given
    with pytest.raises(InputError, match=match):
        suppressing.suppress(what, channel, level, why, by=by, now=now)
    assert not Suppression.objects.exists()
