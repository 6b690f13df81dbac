"""What is known before a launch: who would enter, the split, the base rate, and the sentence on it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from relance.contacts.models import Consent, Contact, ContactPoint, Suppression
from relance.core.ids import digest
from relance.dormancy import scoring
from relance.eligibility import permission
from relance.events import hot
from relance.events.models import Event
from relance.intake import sources
from relance.journeys import definition, entry
from relance.journeys.models import Enrolment
from relance.measurement import before, checklist, power
from relance.measurement.preflight.natural_return import Natural
from relance.segments.models import Membership, Segment
from tests.measurement.conftest import publish

UNKNOWN = Natural("not_covered")  # what people alike did is not known


def members(now: datetime, count: int) -> list[Contact]:
    """Let so many people be in the entry segment."""
    segment, _ = Segment.objects.get_or_create(name="dormant-buyers", definition={}, refreshed_at=now)
    people = Contact.objects.bulk_create(Contact(first_seen_at=now - timedelta(900)) for _ in range(count))
    Membership.objects.bulk_create(Membership(segment=segment, contact=person, since=now) for person in people)
    return people


def bought(people: list[Contact], now: datetime, *days_ago: int) -> None:
    """Let each of these people order on these days."""
    shop = sources.source_id("shop", now)
    hot.insert(
        hot.NewEvent(
            person.pk, shop, "order_placed", now - timedelta(days), Decimal(30), reference=f"{person.pk}-{days}"
        )
        for person in people
        for days in days_ago
    )


def test_the_groups_are_those_that_entering_then_draws(db: None, now: datetime) -> None:
    running = publish(now)
    members(now, 300)
    found = before.expected("wake-up", now)
    assert found.treated + found.control == 300
    assert entry.enrol(running.version, now) == 300
    assert Enrolment.objects.filter(control=True).count() == found.control > 0


def test_who_is_in_the_journey_or_was_too_recently_would_not_enter(db: None, now: datetime) -> None:
    running = publish(now, entry={"segment": "dormant-buyers", "again_after": "180 days"})
    anna, boris, chloe = members(now, 3)
    for person, days, ended in ((anna, 5, None), (boris, 100, now), (chloe, 300, now)):
        Enrolment.objects.create(
            contact=person, journey=running.journey, version=running.version, occasion=1, control=False, position="",
            entered_at=now - timedelta(days), ended_at=ended, end_reason="" if ended is None else "exit",
        )  # fmt: skip
    found = before.expected("wake-up", now)
    assert (found.members, found.in_flight, found.resting, found.treated + found.control) == (3, 1, 1, 1)


def test_the_base_rate_is_that_of_people_alike_where_these_are_known(db: None, now: datetime) -> None:
    publish(now)
    bought(members(now, 200), now, 400)
    others = Contact.objects.bulk_create(Contact(first_seen_at=now - timedelta(900)) for _ in range(100))
    bought(others, now, 430, 10)
    base = before.expected("wake-up", now).base
    assert not base.assumed
    assert (base.windows, base.silent_days) == (12, None)
    assert (base.rate, base.watched) == (0.25, 400), "a hundred of the four hundred silences of that length"
    said = before.expected("wake-up", now).sentences
    assert (
        "silent as long and come as often, who ordered within 30 days without any reactivation, in 12 windows"
        in said["en"]
    )
    assert "le contrôle avant départ compte avec la même part." in said["fr"]


def test_the_base_rate_is_of_people_as_silent_as_nine_in_ten_who_would_enter(db: None, now: datetime) -> None:
    publish(now)
    bought(members(now, 200), now, 400)  # would enter, silent for 400 days
    others = Contact.objects.bulk_create(Contact(first_seen_at=now - timedelta(900)) for _ in range(60))
    bought(others[:50], now, 500, 10)  # came back by themselves
    bought(others[50:], now, 100, 0)  # had not been silent so long
    base = before.expected("wake-up", now, UNKNOWN).base
    # silent for 400 days and more thirty days ago: the fifty, not those whose 400 days were not over by then
    assert (base.silent_days, base.returned, base.of, base.assumed) == (400, 50, 50, True)
    bought(others[50:], now, 500)
    more = Contact.objects.bulk_create(Contact(first_seen_at=now - timedelta(900)) for _ in range(150))
    bought(more, now, 600)
    base = before.expected("wake-up", now, UNKNOWN).base
    assert (base.returned, base.of, base.assumed, base.rate) == (50, 200, False, 0.25)


def test_the_window_ends_at_the_last_order_known(db: None, now: datetime) -> None:
    publish(now)
    old = now - timedelta(700)
    bought(members(old, 150), old, 200, 150)
    back = Contact.objects.bulk_create(Contact(first_seen_at=old) for _ in range(150))
    bought(back, old, 300)
    bought(back[:30], old, 0)
    base = before.expected("wake-up", now, UNKNOWN).base
    assert (base.until, base.silent_days, base.returned, base.of) == (old, 150, 30, 150)


def test_the_sentence_says_effect_and_origin_in_both_languages(db: None, now: datetime) -> None:
    publish(now)
    members(now, 2000)
    found = before.expected("wake-up", now, UNKNOWN)
    assert found.smallest_effect == power.smallest_effect(found.treated, found.control, 0.02)
    assert "if 2.0% come back by themselves" in found.sentences["en"]
    assert "That rate is assumed" in found.sentences["en"]
    assert "si 2,0\u202f% reviennent" in found.sentences["fr"]
    assert "Ce taux est supposé" in found.sentences["fr"]


@pytest.mark.parametrize(("refreshed", "words"), [(True, "Nobody would enter now"), (False, "never refreshed")])
def test_where_nobody_would_enter_that_is_said(db: None, now: datetime, refreshed: bool, words: str) -> None:
    publish(now)
    Segment.objects.create(name="dormant-buyers", definition={}, refreshed_at=now if refreshed else None)
    assert words in before.expected("wake-up", now).sentences["en"]


def test_those_the_gate_holds_back_are_counted_since_they_dilute_the_effect(db: None, now: datetime) -> None:
    publish(now)
    people = members(now, 300)
    ContactPoint.objects.bulk_create(
        ContactPoint(contact=person, channel="email", value=f"{person.pk}@example.org", valid=True) for person in people
    )
    assert before.expected("wake-up", now).held_back is None, "nobody knows who opted out of the former tool"
    permission.declare_no_opt_outs("Camille", "", now)
    Consent.objects.bulk_create(Consent(contact=person, channel="email", given=True, at=now) for person in people[:260])
    suppressed = [digest(f"{person.pk}@example.org") for person in people[:50]]
    Suppression.objects.bulk_create(
        Suppression(channel="email", digest=one, reason="unsubscribed", at=now) for one in suppressed
    )
    ContactPoint.objects.filter(contact__in=people[50:60]).update(valid=False)
    found = before.expected("wake-up", now)
    assert (found.treated + found.control, found.held_back) == (300, 100)
    assert "For 100 of these 300 people the gate holds the message back" in found.sentences["en"]
    assert "Pour 100 de ces 300 personnes" in found.sentences["fr"]


def test_kept_standings_tell_the_same_base_rate_as_the_history(db: None, now: datetime) -> None:
    publish(now)
    bought(members(now, 200), now, 400)
    others = Contact.objects.bulk_create(Contact(first_seen_at=now - timedelta(900)) for _ in range(250))
    bought(others[:50], now, 500, 10)  # came back by themselves
    bought(others[50:60], now, 100, 0)  # had not been silent so long
    bought(others[60:70], now, 5)  # bought for the first time
    bought(others[70:], now, 600)  # stayed away
    read = before.expected("wake-up", now, UNKNOWN).base
    scoring.score(now)
    Event.objects.filter(
        occurred_at__lt=now - timedelta(590)
    ).delete()  # the history no longer tells of those who stayed away
    assert before.expected("wake-up", now, UNKNOWN).base == read
    assert (read.returned, read.of, read.silent_days) == (50, 230, 400)


def test_standings_of_long_ago_are_not_relied_on(db: None, now: datetime) -> None:
    publish(now)
    bought(members(now, 200), now, 400)
    scoring.score(now)
    later = now + timedelta(30)
    bought(Contact.objects.bulk_create(Contact(first_seen_at=now) for _ in range(1)), later, 0)
    assert before.expected("wake-up", later, UNKNOWN).base.until == later


@pytest.mark.parametrize(("people", "code"), [(0, "segment_empty"), (3, "segment_ok")])
def test_an_entry_segment_that_emptied_is_no_point_in_order(db: None, now: datetime, people: int, code: str) -> None:
    running = publish(now)
    Segment.objects.create(name="dormant-buyers", definition={}, refreshed_at=now, people=people)
    [found] = checklist._segment(definition.of(running.version), now)
    assert found.code == code
    assert (found.level == "ok") == (people > 0)
