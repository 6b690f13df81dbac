"""Messages of a journey that rests: held until it goes on, judged again then; closed once it is stopped."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from relance.delivery import dispatch, ledger
from relance.eligibility import gate
from relance.eligibility.models import PressureReservation, VerdictRecord
from relance.eligibility.verdicts import Verdict
from relance.journeys import launches
from relance.journeys.models import Enrolment, Journey, Version
from relance.outbox.models import Message
from tests.delivery.sending import message, person, published

DEFINITION = {
    "journey": "back", "purpose": "reactivation", "goal": {"event": "order_placed", "within": "30 days"},
    "entry": {"segment": "sleepers"}, "steps": [{"send": {"id": "hello", "channel": "email", "template": "hello"}}],
}  # fmt: skip


def waiting(now: datetime, **ended: object) -> tuple[Journey, Message]:
    """A running journey, with a message to Anna that is due now."""
    published(now)
    journey = Journey.objects.create(name="back", running=True)
    version = Version.objects.create(journey=journey, number=1, definition=DEFINITION, published_at=now)
    anna = person("Anna", now)
    enrolment = Enrolment.objects.create(
        contact=anna, journey=journey, version=version, occasion=1, control=False, entered_at=now, position="0", **ended
    )
    return journey, message(anna, now, journey_id=journey.pk, version_id=version.pk, enrolment_id=enrolment.pk)


def state(one: Message) -> tuple[str, str]:
    one.refresh_from_db()
    return one.state, one.reason


def test_a_pause_holds_what_is_written_and_resuming_lets_it_go(db: None, now: datetime) -> None:
    journey, hello = waiting(now)
    other = message(person("Boris", now), now)
    launches.pause(journey, by="Camille", now=now)
    assert dispatch.dispatch(now).states == {"sent": 1}, "what belongs to no paused journey leaves"
    assert (state(hello)[0], state(other)[0]) == ("ready", "sent")
    launches.resume(journey, by="Camille", now=now)
    assert dispatch.dispatch(now).states == {"sent": 1}
    assert state(hello)[0] == "sent"


def test_the_gate_judges_again_what_was_held(db: None, now: datetime) -> None:
    journey, hello = waiting(now)
    launches.pause(journey, by="Camille", now=now)
    dispatch.run(now)
    later = now + timedelta(days=1)
    Enrolment.objects.update(ended_at=later, end_reason="unsubscribed")
    dispatch.run(later)
    launches.resume(journey, by="Camille", now=later)
    dispatch.run(later)
    assert state(hello) == ("blocked", "enrolment_ended")


def test_what_grows_too_old_in_a_pause_is_closed(db: None, now: datetime) -> None:
    journey, hello = waiting(now)
    launches.pause(journey, by="Camille", now=now)
    dispatch.run(now + timedelta(days=4))
    assert state(hello) == ("blocked", "expired")


def test_a_pause_between_the_gate_and_the_mail_still_holds(db: None, now: datetime) -> None:
    journey, hello = waiting(now)
    ledger.claim("worker", 10, now=now, lease_until=now + timedelta(minutes=5))
    launches.pause(journey, by="Camille", now=now)
    assert ledger.begin("worker", [(hello.pk, None)], lease_until=now) == set()


def after_the_gate(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen between the gate's verdicts and what is done with them."""
    judged = gate.check

    def check(messages: Sequence[int], at: datetime) -> list[Verdict]:
        found = judged(messages, at)
        happens()
        return found

    monkeypatch.setattr(gate, "check", check)


def test_a_pause_in_the_middle_of_a_batch_gives_the_places_back(
    db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey, hello = waiting(now)
    after_the_gate(monkeypatch, lambda: launches.pause(journey, by="Camille", now=now))
    assert dispatch.run(now) == 0
    assert state(hello)[0] == "ready"
    assert not PressureReservation.objects.filter(message_id=hello.pk, released=False).exists()


def test_a_lost_lease_gives_back_no_place_that_another_worker_took(
    db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, hello = waiting(now)

    def a_long_stall() -> None:
        ledger.retake(now + timedelta(hours=1))
        ledger.claim("other", 10, now=now, lease_until=now + timedelta(hours=2))

    after_the_gate(monkeypatch, a_long_stall)
    dispatch.run(now)
    assert state(hello)[0] == "claimed"
    assert PressureReservation.objects.filter(message_id=hello.pk, released=False).exists()


def test_stopping_closes_what_waits_even_of_those_at_their_end(db: None, now: datetime) -> None:
    journey, hello = waiting(now, ended_at=now, end_reason="completed")
    Message.objects.filter(pk=hello.pk).update(state="deferred", not_before=now + timedelta(days=2))
    launches.stop(journey, by="Camille", now=now)
    dispatch.run(now)
    assert state(hello) == ("blocked", "enrolment_ended")
    assert VerdictRecord.objects.get(message_id=hello.pk).details["reason"] == "stopped"
