"""What opens, for whom, and what goes on; from the events that really come in."""

from datetime import datetime, timedelta

import pytest

from relance.core.errors import NotFoundError, RefusedError
from relance.core.models import AuditEntry
from relance.eligibility import gate
from relance.eligibility.breaker import curves, openings, stage
from relance.eligibility.breaker.models import BreakerAlert, BreakerCohort, BreakerOpening, BreakerPoint, BreakerScope
from relance.eligibility.verdicts import Defer
from relance.feedback import complaints, unsubscribes
from relance.outbox.models import Message
from tests.eligibility.breaker.sending import bounce, journey, send, stopped
from tests.eligibility.people import anna, message

pytestmark = pytest.mark.usefixtures("db")
HOUR = timedelta(hours=1)


def test_quiet_opens_nothing(now: datetime) -> None:
    back = journey("back", now)
    send(200, now, back)
    assert stage.run(now) > 0
    assert stopped() == []
    assert stage.run(now) == 0  # nothing new


def test_good_sends_alone_are_judged_once_they_have_grown_and_never_forgotten(now: datetime) -> None:
    """They can only lower the evidence; the next bad answer is judged with all of them."""
    back = journey("back", now)
    send(200, now, back)
    stage.run(now + HOUR)
    some = send(6, now + 2 * HOUR, back)
    assert stage.run(now + 2 * HOUR) == 0
    assert BreakerScope.objects.get(journey_id=back.pk, provider="gmail", signal="hard_bounce").sends == 200
    send(6, now + 3 * HOUR, back)  # together more than a twentieth
    assert stage.run(now + 4 * HOUR) > 0
    assert BreakerScope.objects.get(journey_id=back.pk, provider="gmail", signal="hard_bounce").sends == 212
    send(4, now + 5 * HOUR, back)
    assert stage.run(now + 5 * HOUR) == 0
    bounce(some[:1], now + 6 * HOUR)
    stage.run(now + 6 * HOUR)
    judged = BreakerScope.objects.get(journey_id=back.pk, provider="gmail", signal="hard_bounce")
    assert (judged.sends, judged.bad) == (216, 1)


def test_a_tenth_of_dead_addresses_stops_the_journey_at_that_provider_only(now: datetime) -> None:
    back = journey("back", now)
    bounce(send(100, now, back)[:10], now)
    send(100, now, back, "orange.fr")
    stage.run(now)
    assert stopped() == [(back.pk, "gmail", "hard_bounce", 1)]
    opening = BreakerOpening.objects.get()
    assert (opening.sends, opening.bad) == (100, 10)
    assert opening.evidence >= opening.threshold


def test_the_gate_makes_the_journey_wait_and_nobody_else(now: datetime) -> None:
    back, other = journey("back", now), journey("other", now)
    bounce(send(100, now, back)[:12], now)
    waiting = anna(now)
    waiting_point = waiting.contactpoint_set.get()
    waiting_point.value = "anna@gmail.com"
    waiting_point.save()
    asked = [
        message(waiting, now, "reactivation", journey_id=back.pk),
        message(waiting, now, "transactional", journey_id=back.pk),
        message(waiting, now, "promotion", journey_id=other.pk),
    ]
    verdicts = gate.check([one.pk for one in asked], now)  # which judges first what came in
    assert [one.code for one in verdicts] == ["breaker_open", "allowed", "allowed"]
    assert isinstance(verdicts[0], Defer)
    assert "12 of 100 messages where 160 in 10,000 are allowed" in verdicts[0].sentence
    assert Message.objects.get(pk=asked[0].pk).expires_at >= verdicts[0].until + timedelta(days=3)


def test_closing_needs_a_name_and_a_reason_and_wakes_what_waited(now: datetime) -> None:
    back = journey("back", now)
    bounce(send(100, now, back)[:12], now)
    stage.run(now)
    held = send(1, now, back)[0]
    Message.objects.filter(pk=held.pk).update(
        state="deferred", reason="breaker_open", not_before=now + timedelta(days=1)
    )
    opening = BreakerOpening.objects.get()
    for by, reason in (("", "mended"), ("Camille", " ")):
        with pytest.raises(RefusedError, match="name of a person and a reason"):
            openings.close(opening.pk, by=by, reason=reason, now=now)
    openings.close(opening.pk, by="Camille", reason="list cleaned", now=now + HOUR)
    assert stopped() == []
    assert Message.objects.get(pk=held.pk).not_before == now + HOUR
    entry = AuditEntry.objects.get(action="breaker closed")
    assert (entry.actor, entry.details["reason"]) == ("Camille", "list cleaned")
    with pytest.raises(RefusedError, match="closed already"):
        openings.close(opening.pk, by="Camille", reason="again", now=now)
    with pytest.raises(NotFoundError, match="no stop"):
        openings.close(opening.pk + 1, by="Camille", reason="again", now=now)


def test_after_closing_what_was_sent_before_counts_no_more_and_the_next_stop_takes_more(now: datetime) -> None:
    back = journey("back", now)
    old = send(200, now, back)
    bounce(old[:20], now)
    stage.run(now)
    first = BreakerOpening.objects.get()
    closed = now + timedelta(minutes=20)
    openings.close(first.pk, by="Camille", reason="list cleaned", now=closed)
    bounce(old[20:60], closed + HOUR)  # late answers to what was sent before
    send(50, closed + timedelta(minutes=5), back)
    stage.run(closed + HOUR)
    assert stopped() == []
    bounce(send(100, closed + timedelta(minutes=10), back)[:25], closed + HOUR)
    stage.run(closed + 2 * HOUR)
    second = BreakerOpening.objects.latest("id")
    assert (second.sends, second.bad) == (150, 25)
    assert second.threshold > first.threshold


def test_a_late_complaint_counts_over_all_sends_and_only_where_complaints_are_told(now: datetime) -> None:
    back = journey("back", now)
    blind, told = send(50, now, back), send(50, now, back, "orange.fr")
    later = now + timedelta(days=6)
    complaints.record_many([one.pk for one in [*blind[:5], *told[:5]]], later)
    stage.run(later)
    assert (back.pk, "orange", "complaint", 1) in stopped()
    scope = BreakerScope.objects.get(journey_id=back.pk, provider="orange", signal="complaint")
    assert (scope.sends, scope.bad) == (50, 5)
    assert openings.blind(back.pk) == ["gmail"]


def test_unsubscriptions_stop_a_journey(now: datetime) -> None:
    back = journey("back", now)
    unsubscribes.record_many([one.pk for one in send(100, now, back)[:9]], now)
    stage.run(now)
    assert stopped() == [(back.pk, "gmail", "unsubscribe", 1)]


def test_blocks_stop_the_senders_reactivations_first_then_promotions_and_never_transactional_mails(
    now: datetime,
) -> None:
    back = journey("back", now)
    blocked = send(100, now, back)
    bounce(blocked[:40], now, "block")
    stage.run(now)
    assert stopped() == [(0, "gmail", "block", 1)]
    first = openings.open_now()[0]
    assert first.stops(None, "example.org", "gmail", "reactivation")
    assert not first.stops(None, "example.org", "gmail", "promotion")
    assert not first.stops(None, "example.org", "orange", "reactivation")
    later = now + HOUR
    bounce(send(100, later, None, purpose="promotion")[:40], later, "block")
    stage.run(later)
    assert stopped() == [(0, "gmail", "block", 1), (0, "gmail", "block", 2)]
    second = openings.open_now()[1]
    assert second.stops(None, "example.org", "gmail", "promotion")
    assert not second.stops(None, "example.org", "gmail", "transactional")
    assert not second.stops(None, "example.org", "gmail", "notice")
    with pytest.raises(RefusedError, match="wider stop"):
        openings.close(first.id, by="Camille", reason="mended", now=later)


def test_an_evergreen_journey_wakes_up_after_a_long_good_run(now: datetime) -> None:
    back = journey("back", now, again_after="30 days")
    start = now - timedelta(days=20)
    BreakerCohort.objects.bulk_create(
        BreakerCohort(
            journey_id=back.pk, sender="example.org", provider="gmail", cohort=start + day * timedelta(days=1),
            sends=10_000, told=0, hard_bounce=20, complaint=0, unsubscribe=0, block=0, trap=0,
        )
        for day in range(20)
    )  # fmt: skip
    bounce(send(300, now, back)[:30], now)
    stage.run(now)
    scope = BreakerScope.objects.get(journey_id=back.pk, provider="gmail", signal="hard_bounce")
    assert scope.evergreen
    assert (back.pk, "gmail", "hard_bounce", 1) in stopped()


def test_half_of_the_limit_warns_once(now: datetime) -> None:
    back = journey("back", now)
    for hour in range(3):
        bounce(send(1000, now + hour * HOUR, back)[:15], now + hour * HOUR)
        stage.run(now + hour * HOUR)
    assert stopped() == []
    assert BreakerAlert.objects.filter(kind="warned", scope__journey_id=back.pk).count() == 1


def test_the_evidence_is_kept_as_it_was_known(now: datetime) -> None:
    back = journey("back", now)
    for hour in range(3):
        bounce(send(100, now + hour * HOUR, back)[:1], now + hour * HOUR)
        stage.run(now + hour * HOUR)
    points = BreakerPoint.objects.filter(scope__journey_id=back.pk, scope__signal="hard_bounce")
    at_gmail = points.filter(scope__provider="gmail").order_by("at")
    assert [(point.sends, point.bad) for point in at_gmail] == [(100, 1), (200, 2), (300, 3)]


def test_pages_get_the_evidence_as_plain_data_the_stopped_first(now: datetime) -> None:
    back = journey("back", now)
    send(300, now, back, "orange.fr")
    bounce(send(100, now, back)[:12], now)
    stage.run(now)
    listed = curves.scopes(back.pk)
    assert (listed[0]["state"], listed[0]["journey"], listed[0]["signal"]) == ("open", "back", "hard_bounce")
    assert listed[0]["nearness"] >= 1
    assert all(one["nearness"] == 0 for one in listed if not one["bad"])
    curve = curves.curve(listed[0]["scope"])
    assert [(point["sends"], point["bad"]) for point in curve["points"]] == [(100, 12)]
    assert curve["openings"][0]["quarantine"]["held"] == 12
    assert curve["steps"] == []
    with pytest.raises(NotFoundError):
        curves.curve(0)
