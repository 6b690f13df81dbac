"""What is counted, stopped and let in goes by the domain a message came from."""

from datetime import datetime, timedelta

import pytest

from relance.core.definitions import parse
from relance.eligibility import gate
from relance.eligibility.breaker import curves, openings, stage
from relance.eligibility.breaker.models import BreakerCohort, BreakerOpening, BreakerScope
from relance.eligibility.ramp import plan, stops, volumes
from relance.journeys.models import Launch, Version
from relance.senders import keeping, register
from relance.senders.sender import Sender
from tests.eligibility.breaker.sending import bounce, journey, send, stopped
from tests.eligibility.people import anna, message
from tests.senders.files import outlet

pytestmark = pytest.mark.usefixtures("db")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_sends_and_bounces_count_for_the_domain_they_left_from(now: datetime) -> None:
    outlet(now)
    bounce(send(20, now, sender="outlet")[:3], now)
    send(10, now)
    stage.run(now)
    counted = BreakerCohort.objects.filter(journey_id=0).values_list("sender", "sends", "hard_bounce")
    assert sorted(counted) == [("example.org", 10, 0), ("outlet.example.com", 20, 3)]


def test_answers_that_come_after_a_sender_was_removed_still_count_for_it(now: datetime) -> None:
    outlet(now)
    sent = send(20, now, sender="outlet")
    keeping.remove("outlet", now, by="Marie")
    bounce(sent[:2], now + HOUR)
    stage.run(now + HOUR)
    assert set(BreakerCohort.objects.values_list("sender", "hard_bounce")) == {("outlet.example.com", 2)}


def test_a_stop_of_one_domain_does_not_stop_the_other(now: datetime) -> None:
    outlet(now)
    bounce(send(300, now, sender="outlet")[:60], now)  # of no journey: the sender's own
    stage.run(now)
    assert {row[0] for row in stopped()} == {0}
    assert set(BreakerOpening.objects.values_list("scope__sender", flat=True)) == {"outlet.example.com"}
    back, fine = journey("back", now, sender="outlet"), journey("fine", now)
    asked = []
    for of in (back, fine):
        who = anna(now)
        who.contactpoint_set.update(value=f"anna{of.pk}@gmail.com")
        name = "outlet" if of is back else "default"
        asked.append(message(who, now, "reactivation", journey_id=of.pk, sender=name))
    assert [one.code for one in gate.check([one.pk for one in asked], now)] == ["breaker_open", "allowed"]
    assert len(openings.of_journey(back.pk)) == 1
    assert openings.of_journey(fine.pk) == []
    assert {one["sender"] for one in curves.scopes(domain="outlet.example.com")} == {"outlet.example.com"}


def test_another_name_does_not_take_a_journey_out_of_its_own_stop(now: datetime) -> None:
    outlet(now)
    back = journey("back", now)
    bounce(send(100, now, back)[:12], now)
    who = anna(now)
    who.contactpoint_set.update(value="anna@gmail.com")
    asked = message(who, now, "reactivation", journey_id=back.pk, sender="outlet")
    assert [one.code for one in gate.check([asked.pk], now)] == ["breaker_open"]


def test_each_domain_has_an_allowance_of_its_own(now: datetime) -> None:
    other = outlet(now)
    send(400, now - 5 * DAY, domain="gmail.com")
    stage.run(now)
    ours, theirs = (volumes.room(["gmail"], now, one) for one in (Sender.of_settings(), other))
    assert ours["gmail"] > theirs["gmail"] == plan.LEAST_DAILY
    send(30, now - HOUR, domain="gmail.com")
    assert volumes.room(["gmail"], now, other) == theirs


def test_two_senders_of_one_domain_share_its_reputation(now: datetime) -> None:
    outlet(now)
    twin = "sender: sister\nfrom: sister@outlet.example.com\nname: Sister\n"
    keeping.apply([parse(twin, "sister.yaml")], now, by="Marie")
    send(5, now, sender="outlet")
    send(7, now, sender="sister")
    stage.run(now)
    assert BreakerScope.objects.filter(signal="hard_bounce").values_list("sender", "sends").get() == (
        "outlet.example.com",
        12,
    )
    assert register.domains()["outlet.example.com"] == ["outlet", "sister"]


def test_a_stop_outlives_the_removal_of_its_sender(now: datetime) -> None:
    outlet(now)
    back = journey("back", now, sender="outlet")
    bounce(send(100, now, back, sender="outlet")[:12], now)
    bounce(send(300, now, sender="outlet")[:60], now)
    stage.run(now)
    keeping.remove("outlet", now, by="Marie")
    Version.objects.create(journey=back, number=2, definition={"sender": "default"}, published_at=now)
    assert {one.journey_id for one in openings.open_now()} == {0, back.pk}
    assert len(openings.of_journey(back.pk)) == 1
    assert any(one["stops"] for one in curves.scopes(back.pk))
    who = anna(now)
    who.contactpoint_set.update(value="anna@gmail.com")
    asked = message(who, now, "reactivation", journey_id=back.pk)
    assert [one.code for one in gate.check([asked.pk], now)] == ["breaker_open"]


def test_a_launched_journey_is_watched_as_what_was_launched(now: datetime) -> None:
    outlet(now)
    back = journey("back", now)
    launched = Version.objects.get(journey=back)
    Launch.objects.create(
        journey=back, version=launched, start_at=now, approved_by="Marie", approved_at=now, figures={}, checklist=[]
    )
    Version.objects.create(
        journey=back, number=2, definition=launched.definition | {"sender": "outlet"}, published_at=now
    )
    bounce(send(300, now)[:60], now)
    stage.run(now)
    assert stops.of(back.pk).open
    assert openings.of_journey(back.pk)
    assert openings.of_journey(back.pk, "outlet.example.com") == []
