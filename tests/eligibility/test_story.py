"""A person's whole story, told from rows that are really there."""

from datetime import datetime, timedelta

import pytest

from relance.contacts.models import Contact, ContactAlias
from relance.core.errors import NotFoundError
from relance.eligibility import gate
from relance.eligibility.story import story
from relance.events.models import Event
from relance.intake.models import ImportRun
from relance.intake.sources import source_id
from relance.journeys.models import Enrolment, Journey, Version
from relance.segments.models import Membership, Segment
from tests.eligibility.people import anna, consent, message, person, suppress

pytestmark = pytest.mark.usefixtures("db")


def test_anna_is_told_from_first_seen_to_last_verdict(now: datetime) -> None:
    contact = anna(now, state="dormant", source_id=source_id("shop", now))
    consent(contact, now - timedelta(days=1), given=False)
    suppress("anna@example.org", "unsubscribed", now)
    sent = message(contact, now, step="hello")
    gate.check([sent], now)
    told = story(" Anna@Example.org", now)
    assert (told["contact"]["first_name"], told["contact"]["source"]) == ("anna", "shop")
    assert [address["value"] for address in told["addresses"]] == ["anna@example.org"]
    assert [row["given"] for row in told["consents"]] == [True, False]
    assert [(row["address"], row["reason"]) for row in told["suppressions"]] == [("anna@example.org", "unsubscribed")]
    assert told["profile"]["state"] == "dormant"
    [verdict] = told["messages"][0]["verdicts"]
    assert (verdict["decision"], verdict["code"]) == ("block", "suppressed")
    assert "(unsubscribed)" in verdict["sentence"]


def test_her_journeys_segments_and_events_are_told(now: datetime) -> None:
    contact = anna(now)
    journey = Journey.objects.create(name="back")
    version = Version.objects.create(journey=journey, number=3, definition={}, published_at=now)
    Enrolment.objects.create(
        contact=contact, journey=journey, version=version, occasion=1, control=True, entered_at=now, position="1"
    )
    Membership.objects.create(segment=Segment.objects.create(name="ex-vip", definition={}), contact=contact, since=now)
    for reference in ("1", "2"):
        Event.objects.create(
            contact_id=contact.pk, source_id=1, type="order_placed", occurred_at=now, reference=reference, amount=12
        )
    told = story("anna@example.org", now)
    assert [(row["journey"], row["version"], row["control"]) for row in told["enrolments"]] == [("back", 3, True)]
    assert told["segments"] == [{"segment": "ex-vip", "since": now}]
    assert sorted(row["reference"] for row in told["events"]) == ["1", "2"]


def test_events_of_a_merged_person_are_hers(now: datetime) -> None:
    contact = anna(now)
    ContactAlias.objects.create(loser_id=999, survivor=contact, at=now)
    Event.objects.create(contact_id=999, source_id=1, type="site_visited", occurred_at=now)
    told = story("anna@example.org", now)
    assert told["contact"]["merged"] == [999]
    assert [row["type"] for row in told["events"]] == ["site_visited"]


def test_the_legal_clock_runs_from_the_last_contact_of_the_person(now: datetime) -> None:
    anna(now)
    clock = story("anna@example.org", now)["legal_clock"]
    assert clock == {
        "last_contact_at": now - timedelta(days=300),
        "counted_from": "last contact",
        "counted_since": now - timedelta(days=300),
        "due_at": datetime.fromisoformat("2028-09-30T08:00:00+00:00"),
        "due": False,
        "consented_at": None,
    }
    assert story("anna@example.org", clock["due_at"])["legal_clock"]["due"]


def test_an_address_that_is_only_suppressed_is_told_and_an_unknown_one_refused(now: datetime) -> None:
    suppress("gone@example.org", "erased", now)
    told = story("gone@example.org", now)
    assert told["contact"] is None
    assert [row["reason"] for row in told["suppressions"]] == ["erased"]
    with pytest.raises(NotFoundError, match=r"Nobody has the address nobody@example\.org"):
        story("nobody@example.org", now)


def test_who_was_never_scored_has_a_story_too(now: datetime) -> None:
    boris = person("boris", now, basis=None)
    boris.profile.delete()
    told = story("boris@example.org", now)
    assert (told["profile"], told["consents"], told["messages"]) == (None, [], [])


def test_a_dated_consent_is_told_beside_the_clock_and_moves_it_no_more_than_at_the_gate(now: datetime) -> None:
    anna(now)
    boris = person("boris", now, basis=None)
    Contact.objects.filter(pk=boris.pk).update(first_seen_at=now - timedelta(days=1200))
    boris.profile.delete()
    consent(boris, now - timedelta(days=1000))
    clock = story("boris@example.org", now)["legal_clock"]
    assert (clock["last_contact_at"], clock["counted_from"], clock["due"]) == (None, "first seen", True)
    assert clock["consented_at"] == now - timedelta(days=1000)
    (verdict,) = gate.check([message(boris, now)], now)
    assert verdict.code == "retention_due"


def test_a_permission_without_a_date_is_no_contact_of_the_person(now: datetime) -> None:
    boris = person("boris", now, basis=None)
    boris.profile.delete()
    consent(boris, boris.first_seen_at)
    shop = source_id("shop", now)
    brought = now - timedelta(days=10)
    ImportRun.objects.create(
        source_id=shop, kind="contacts", state="done", file_name="f", sha256="0", started_at=brought
    )
    consent(boris, brought, source_id=shop)
    clock = story("boris@example.org", now)["legal_clock"]
    assert (clock["last_contact_at"], clock["counted_from"], clock["consented_at"]) == (None, "first seen", None)
    assert clock["counted_since"] == boris.first_seen_at


def test_a_no_that_nobody_withdrew_is_told_as_such(now: datetime) -> None:
    contact = anna(now)
    boris = person("boris", now, basis=None)
    consent(boris, now, given=False, basis="", proof="contacts.csv, line 2")
    sent = message(boris, now)
    gate.check([sent], now)
    told = story("boris@example.org", now)
    assert told["consents"][0]["means"] == "refused"
    [verdict] = told["messages"][0]["verdicts"]
    assert verdict["code"] == "permission_refused"
    assert "The person refused messages by e-mail" in verdict["sentence"]
    assert "La personne a refusé" in verdict["sentence_fr"]
    consent(contact, now, given=False)
    assert [row["means"] for row in story("anna@example.org", now)["consents"]] == ["given", "withdrawn"]
