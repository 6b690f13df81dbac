"""Every channel by the same door: which address serves it, what stops it, whose word on what topic counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from relance.contacts.models import Contact, ContactPoint
from relance.core import database
from relance.eligibility import gate, permission
from relance.eligibility.verdicts import Allow, Verdict
from tests.eligibility.people import anna, consent, message, person, suppress

pytestmark = pytest.mark.usefixtures("db")
DAY = timedelta(days=1)
MOBILE = "+33612345678"


def ask(contact: Contact, now: datetime, purpose: str = "promotion", **fields: object) -> Verdict:
    sent = message(contact, now, purpose, **fields)
    [verdict] = gate.check([sent], now)
    gate.release([sent.pk])
    return verdict


def tracked(contacts: Sequence[int], now: datetime) -> set[int]:
    asked = permission.tracked("contact.id", "%(now)s::timestamptz")
    query = f"SELECT id FROM contact WHERE id = ANY(%(contacts)s::bigint[]) AND {asked}"
    return {contact for (contact,) in database.rows(query, {"contacts": list(contacts), "now": now})}


def with_mobile(now: datetime, *channels: str) -> Contact:
    contact = anna(now)
    ContactPoint.objects.create(contact=contact, channel="sms", value=MOBILE, valid=True)
    for channel in channels:
        consent(contact, now - DAY, channel=channel)
    return contact


class TestAddresses:
    def test_a_call_may_go_to_a_mobile_number_and_prefers_a_number_for_calls(self, now: datetime) -> None:
        contact = with_mobile(now, "phone")
        mobile = ContactPoint.objects.get(value=MOBILE)
        assert ask(contact, now.replace(hour=9), channel="phone") == Allow(mobile.pk)
        fixed = ContactPoint.objects.create(contact=contact, channel="phone", value="+33140000000", valid=True)
        assert ask(contact, now.replace(hour=9), channel="phone") == Allow(fixed.pk)

    def test_a_letter_goes_to_the_contacts_own_postal_address(self, now: datetime) -> None:
        contact = anna(now)
        consent(contact, now - DAY, channel="postal")
        assert ask(contact, now, channel="postal").code == "no_address"
        Contact.objects.update(street="1 rue Haute", postcode="69001", city="Lyon")
        assert ask(contact, now, channel="postal") == Allow(None)
        suppress("1 rue haute 69001 lyon", "manual", now, channel="postal")
        assert ask(contact, now, channel="postal").code == "suppressed"

    def test_an_audience_is_matched_by_any_address(self, now: datetime) -> None:
        contact = anna(now)
        consent(contact, now - DAY, topic="audience")
        assert ask(contact, now, channel="audience") == Allow(ContactPoint.objects.get().pk)


class TestSuppression:
    def test_it_holds_for_its_channel_alone(self, now: datetime) -> None:
        contact = with_mobile(now, "sms", "phone")
        suppress(MOBILE, "unsubscribed", now - DAY, channel="sms")
        assert ask(contact, now, channel="sms").code == "suppressed"
        assert ask(contact, now).code == "allowed"
        assert ask(contact, now.replace(hour=9), channel="phone").code == "allowed"

    @pytest.mark.parametrize("address", ["anna@example.org", MOBILE])
    def test_a_global_one_holds_everywhere_by_any_address_of_the_person(self, address: str, now: datetime) -> None:
        contact = with_mobile(now, "sms", "push", "phone")
        ContactPoint.objects.create(contact=contact, channel="push", value="token", valid=True)
        suppress(address, "unsubscribed", now - DAY, channel="all")
        found = {channel: ask(contact, now, channel=channel).code for channel in ("email", "sms", "push", "phone")}
        assert set(found.values()) == {"suppressed"}
        assert ask(contact, now, "transactional", channel="sms").code == "allowed"

    def test_who_unsubscribed_still_gets_what_is_transactional_and_nothing_else(self, now: datetime) -> None:
        contact = anna(now)
        consent(contact, now - DAY, topic="audience")
        suppress("anna@example.org", "unsubscribed", now - DAY)
        purposes = ("reactivation", "promotion", "relationship", "notice", "transactional")
        assert [ask(contact, now, purpose).code for purpose in purposes] == ["suppressed"] * 4 + ["allowed"]
        assert ask(contact, now, channel="audience").code == "suppressed"


class TestTopics:
    def test_marketing_covers_a_topic_until_the_person_says_no_to_it(self, now: datetime) -> None:
        contact = anna(now)
        assert ask(contact, now, topic="newsletter").code == "allowed"
        consent(contact, now - 3 * DAY, topic="newsletter", given=False)
        assert ask(contact, now, topic="newsletter").code == "permission_withdrawn"
        assert ask(contact, now).code == ask(contact, now, topic="birthday").code == "allowed"
        consent(contact, now - 2 * DAY)  # yes to marketing in general takes no such no back
        assert ask(contact, now, topic="newsletter").code == "permission_withdrawn"
        consent(contact, now - DAY, topic="newsletter")
        assert ask(contact, now, topic="newsletter").code == "allowed"

    def test_a_topic_covers_itself_alone_and_ends_with_a_withdrawal_of_everything(self, now: datetime) -> None:
        boris = person("boris", now, basis=None)
        anna(now)
        consent(boris, now - 3 * DAY, topic="newsletter")
        assert ask(boris, now, topic="newsletter").code == "allowed"
        assert ask(boris, now).code == ask(boris, now, topic="birthday").code == "permission_unknown"
        consent(boris, now - 2 * DAY, given=False)
        assert ask(boris, now, topic="newsletter").code == "permission_withdrawn"
        consent(boris, now - DAY, topic="newsletter")
        assert ask(boris, now, topic="newsletter").code == "allowed"

    def test_a_topic_that_expired_leaves_marketing_in_force(self, now: datetime) -> None:
        contact = anna(now)
        consent(contact, now - 2 * DAY, topic="newsletter", expires_at=now - DAY)
        assert ask(contact, now, topic="newsletter").code == "allowed"

    def test_mail_does_not_cover_audiences_nor_audiences_mail(self, now: datetime) -> None:
        boris = person("boris", now, basis=None)
        contact = anna(now)
        consent(boris, now - DAY, topic="audience")
        assert ask(contact, now, channel="audience").code == "permission_unknown"
        assert ask(boris, now).code == "permission_unknown"
        assert ask(boris, now, channel="audience").code == "allowed"
        consent(boris, now, topic="audience", given=False)
        assert ask(boris, now, channel="audience").code == "permission_withdrawn"

    def test_tracking_is_a_consent_of_its_own(self, now: datetime) -> None:
        contact, boris = anna(now), person("boris", now)
        consent(contact, now - DAY, topic="tracking")
        everyone = [contact.pk, boris.pk]
        assert tracked(everyone, now) == {contact.pk}
        consent(contact, now, topic="tracking", given=False)
        assert tracked(everyone, now) == set()
        assert ask(contact, now).code == "allowed"
        consent(boris, now - DAY, topic="tracking", expires_at=now + DAY)
        consent(boris, now - DAY, given=False)
        assert tracked(everyone, now) == {boris.pk}
        assert tracked(everyone, now + DAY) == set()
        assert ask(boris, now).code == "permission_withdrawn"


class TestSelling:
    def test_a_transactional_message_sells_only_with_a_permission_to_market(self, now: datetime) -> None:
        contact, boris = anna(now), person("boris", now, basis="contract")
        told = {one.pk: ask(one, now, "transactional") for one in (contact, boris)}
        assert all(isinstance(verdict, Allow) for verdict in told.values())
        assert [verdict.sells for verdict in told.values() if isinstance(verdict, Allow)] == [True, False]

    @pytest.mark.parametrize("stop", ["suppressed", "withdrawn", "expired"])
    def test_an_opt_out_takes_the_selling_out_and_lets_the_message_pass(self, stop: str, now: datetime) -> None:
        contact = anna(now)
        if stop == "suppressed":
            suppress("anna@example.org", "unsubscribed", now - DAY)
        elif stop == "withdrawn":
            consent(contact, now - DAY, given=False)
        else:
            consent(contact, now - DAY, expires_at=now)
        verdict = ask(contact, now, "transactional")
        assert isinstance(verdict, Allow)
        assert not verdict.sells

    def test_a_notice_never_sells(self, now: datetime) -> None:
        verdict = ask(anna(now), now, "notice")
        assert isinstance(verdict, Allow)
        assert not verdict.sells


def test_a_customer_is_who_bought_and_not_who_has_an_account_or_a_cart(now: datetime) -> None:
    from relance.events.models import Event

    anna(now)
    boris = person("boris", now, basis="existing_customer", bought=False)
    for kind in ("account_created", "cart_updated", "form_submitted"):
        Event.objects.create(contact_id=boris.pk, source_id=1, type=kind, occurred_at=now - DAY, reference=kind)
    assert ask(boris, now).code == "no_sale"
    Event.objects.create(contact_id=boris.pk, source_id=1, type="store_purchase", occurred_at=now - DAY, reference="t")
    assert ask(boris, now).code == "allowed"
    assert ask(boris, now - 2 * DAY).code == "no_sale"
