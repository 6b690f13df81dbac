"""The list by who may be reached and who may be written to: the same people as the health of the base counts."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from relance.contacts import reach
from relance.contacts.models import Consent, Contact, ContactPoint, Suppression
from relance.core import database
from relance.core.ids import digest
from relance.measurement import overview
from relance.measurement.models import HealthSnapshot
from relance.web.people import filters
from tests.eligibility.people import person, suppress
from tests.web.conftest import SignIn
from tests.web.listed import base, names


@pytest.fixture
def now() -> datetime:
    """The pages read the clock, so these people live today."""
    return timezone.now()


def test_usable_addresses_are_those_the_health_of_the_base_counts(sign_in: SignIn, now: datetime) -> None:
    people = {name: person(name, now) for name in ("boris", "chloe", "denis", "emma")}
    for name, contact in people.items():
        ContactPoint.objects.create(contact=contact, channel="sms", value=f"+3360000000{len(name)}{name[0]}")
    ContactPoint.objects.create(contact=people["chloe"], channel="email", value="second@example.org")
    number = ContactPoint.objects.get(contact=people["denis"], channel="sms").value
    for channel, value in (("all", "boris@example.org"), ("email", "second@example.org"), ("phone", number)):
        Suppression.objects.create(channel=channel, digest=digest(value), reason="unsubscribed", at=now)
    client = sign_in()
    for channel in ("email", "sms", "phone"):
        counted = database.rows(f"SELECT contact_id FROM ({reach.points(now)}) AS point WHERE channel = %s", [channel])
        expected = {name for name, contact in people.items() if (contact.pk,) in counted}
        shown = client.get(f"/people/?reachable={channel}").text
        assert {name for name, contact in people.items() if f"/people/{contact.uuid}/" in shown} == expected, channel
        assert "boris" not in expected
    assert "denis" not in expected, "a number on the list for calls does not ring"
    assert "IN (SELECT contact_id FROM contact_point WHERE channel IN (" in str(filters.permitted("sms", now).sql)


def test_a_suppressed_address_is_not_reachable(sign_in: SignIn, now: datetime) -> None:
    base(now)
    suppress("anna@example.org", "unsubscribed", now)
    assert names(sign_in(), "reachable=email") == ["chloe"]


def test_a_number_for_texts_rings_and_a_house_is_an_address(sign_in: SignIn, now: datetime) -> None:
    found = base(now)
    ContactPoint.objects.create(contact=found["anna"], channel="sms", value="+33612345678", valid=True)
    Contact.objects.filter(pk=found["chloe"].pk).update(street="1, rue des Lilas", city="Lyon")
    client = sign_in()
    asked = {channel: names(client, f"reachable={channel}") for channel in ("sms", "phone", "postal")}
    assert asked == {"sms": ["anna"], "phone": ["anna"], "postal": ["chloe"]}


def test_the_list_finds_whom_the_health_page_counts_as_permitted(sign_in: SignIn, now: datetime) -> None:
    found = base(now)
    Consent.objects.all().delete()
    for name, given in (("anna", True), ("boris", True), ("chloe", False)):
        Consent.objects.create(
            contact=found[name], channel="email", given=given, basis="opt_in", at=now - timedelta(days=30)
        )
    counted = [
        tuple(row)
        for row in database.rows(f"SELECT contact_id, channel FROM ({reach.points(now)}) AS p WHERE permitted")
    ]
    assert counted == [(found["anna"].pk, "email")]  # Boris's address is dead, Chloe said no
    client = sign_in(language="fr")
    assert names(client, "permitted=email") == names(client, "permitted=email&sort=purchase") == ["anna"]
    assert names(client, "permitted=sms") == []
    told = {"email": True, "sms": False}  # many by e-mail, so that the list asks one person after the other
    assert {channel: filters._common(channel, "permitted", now) for channel in told} == told, "before the first night"
    overview.keep(now)
    assert {channel: filters._common(channel, "permitted", now) for channel in told} == told
    assert names(client, "permitted=email") == names(client, "permitted=email&sort=purchase") == ["anna"]
    assert "May be written to" not in client.get("/people/?permitted=email").text


def test_what_many_and_what_few_are_asked_by_finds_the_same_people(sign_in: SignIn, now: datetime) -> None:
    found = base(now)
    Contact.objects.filter(pk=found["chloe"].pk).update(street="1, rue des Lilas", city="Lyon")
    for channel in ("email", "postal"):
        Consent.objects.create(contact=found["chloe"], channel=channel, given=True, basis="opt_in", at=now)
    late = person("denis", now, last_name="Aubert", name_key="aubert denis")  # came in after the scoring
    late.profile.delete()
    Contact.objects.filter(pk=late.pk).update(first_seen_at=now - timedelta(days=2000))
    client = sign_in()
    asked = [
        "due=1",
        *(f"{count}={channel}" for count in ("reachable", "permitted") for channel in filters.Channel.values),
    ]
    many = {query: names(client, query) for query in asked}
    assert (many["due=1"], many["permitted=postal"]) == (["denis", "boris"], ["chloe"])
    counted = {"health": {"people": 1000, "due_for_erasure": 1}, "channels": []}  # so few that they are found first
    HealthSnapshot.objects.create(day=now.date(), at=now, figures=counted)
    assert {query: names(client, query) for query in asked} == many
