"""After an outage what is overdue waits for a person; what the gate, a pause or a long queue made late does not."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError

from relance.core import database, faults, place
from relance.core.errors import InputError, NotFoundError
from relance.core.models import AuditEntry
from relance.delivery import beats, dispatch, held, overdue, team
from relance.journeys import launches
from relance.journeys.models import Enrolment, Journey, Version
from relance.outbox.models import Message
from relance.outbox.pulse import LatePassage, Pulse, TeamAlert
from relance.workers import stages
from tests.delivery.sending import charged, message, person, published, taken
from tests.delivery.test_dispatch import Scripted, Shut

pytestmark = pytest.mark.usefixtures("db")
DEFINITION = {
    "journey": "birthday", "purpose": "relationship", "goal": {"event": "order_placed", "within": "30 days"},
    "entry": {"segment": "born-today"},
    "steps": [{"wait": {"time": "1 day"}}, {"send": {"id": "hello", "channel": "email", "template": "hello"}}],
}  # fmt: skip


def state(one: Message) -> tuple[str, str]:
    one.refresh_from_db()
    return one.state, one.reason


def due(now: datetime, **changes: object) -> Message:
    """A message to Anna, and a dispatch before it was due."""
    published(now)
    dispatch.dispatch(now - timedelta(minutes=1), Scripted())
    return message(person("Anna", now), now, **changes)


def test_after_days_without_a_dispatch_a_promotion_waits_for_a_person(now: datetime) -> None:
    one, later = due(now), now + timedelta(days=4)
    channel = Scripted()
    assert dispatch.dispatch(later, channel).handled == 0
    assert dispatch.dispatch(later + timedelta(minutes=1), channel).handled == 0
    assert (state(one), channel.got) == (("held", "overdue"), [])
    (group,) = held.groups()
    assert (group.journey, group.messages, group.first_due) == ("-", 1, now)
    assert TeamAlert.objects.get().kind == "overdue"


def test_what_is_a_little_late_leaves_by_itself(now: datetime) -> None:
    one = due(now)
    assert dispatch.dispatch(now + timedelta(hours=5), Scripted()).states == {"sent": 1}
    assert state(one)[0] == "sent"


@pytest.mark.parametrize("purpose", ["transactional", "notice"])
def test_what_is_owed_is_never_held(now: datetime, purpose: str) -> None:
    due(now, purpose=purpose)
    assert dispatch.dispatch(now + timedelta(days=1), Scripted()).states == {"sent": 1}


def test_each_purpose_has_its_grace(now: datetime) -> None:
    due(now, purpose="relationship")
    message(person("Boris", now), now, purpose="promotion")
    assert dispatch.dispatch(now + timedelta(hours=8), Scripted()).states == {"sent": 1}
    assert Message.objects.get(state="held").purpose == "promotion"


def test_the_tail_of_a_long_campaign_is_not_overdue(now: datetime) -> None:
    published(now)
    for hour in range(9):
        dispatch.dispatch(now + timedelta(hours=hour), Scripted())
    one = message(person("Anna", now), now)
    dispatch.dispatch(now + timedelta(hours=9), Scripted())
    assert state(one)[0] == "sent"


def test_what_a_paused_journey_kept_leaves_once_somebody_resumes_it(now: datetime) -> None:
    journey = Journey.objects.create(name="back", running=False)
    one = due(now, journey_id=journey.pk, expires_at=now + timedelta(days=9))
    dispatch.dispatch(now + timedelta(days=4), Scripted())
    Journey.objects.update(running=True)
    assert dispatch.dispatch(now + timedelta(days=4, minutes=1), Scripted()).states == {"sent": 1}
    assert state(one)[0] == "sent"


def test_a_channel_shut_for_hours_is_an_outage_though_it_was_tried_every_minute(now: datetime) -> None:
    one = due(now)
    for minutes in range(0, 7 * 60, 10):
        dispatch.dispatch(now + timedelta(minutes=minutes), Shut())
    assert state(one) == ("held", "overdue")
    assert held.groups()[0].first_due == now


def test_a_named_person_lets_them_leave_with_their_full_life(now: datetime) -> None:
    one, later = due(now), now + timedelta(days=4)
    dispatch.dispatch(later, Scripted())
    with pytest.raises(InputError):
        held.release("-", by=" ", now=later)
    assert held.release("-", by="Camille", now=later) == 1
    assert held.release("-", by="Camille", now=later) == 0
    assert dispatch.dispatch(later, Scripted()).states == {"sent": 1}
    assert state(one)[0] == "sent"
    assert AuditEntry.objects.get().actor == "Camille"


def test_a_named_person_cancels_them_for_good(now: datetime) -> None:
    one, later = due(now), now + timedelta(days=4)
    dispatch.dispatch(later, Scripted())
    held.cancel("-", by="Camille", now=later)
    assert dispatch.dispatch(later + timedelta(days=1), Scripted()).handled == 0
    assert state(one) == ("blocked", "cancelled: overdue, by Camille")
    with pytest.raises(NotFoundError):
        held.cancel("nowhere", by="Camille", now=later)


def test_a_rehearsal_holds_nothing(now: datetime) -> None:
    due(now)
    with place.scratch(place.current().lake):
        assert dispatch.dispatch(now + timedelta(days=2), Scripted()).states == {"sent": 1}


def waiting(now: datetime) -> Enrolment:
    """A passage whose wait ends a day from now; the stages ran just before."""
    version_of = published(now)
    journey = Journey.objects.create(name="birthday", running=True)
    version = Version.objects.create(
        journey=journey, number=1, definition=DEFINITION, templates={"hello": version_of.pk}, published_at=now
    )
    run(now)
    return Enrolment.objects.create(
        contact=person("Anna", now), journey=journey, version=version, occasion=1, control=False, entered_at=now,
        position="1", due_at=now + timedelta(days=1),
    )  # fmt: skip


def run(now: datetime) -> None:
    others = {stage.name for stage in stages.STAGES} - {"overdue", "advance", "dispatch"}
    for _ in stages.run(now, nightly=False, skip=frozenset(others)):
        pass


def test_a_step_that_was_due_while_nothing_ran_writes_what_waits(now: datetime) -> None:
    enrolment, back = waiting(now), now + timedelta(days=5)
    run(back)
    run(back + timedelta(minutes=1))
    one = Message.objects.get(enrolment_id=enrolment.pk)
    assert state(one) == ("held", "overdue")
    assert one.due_since == now + timedelta(days=1)
    held.release("birthday", by="Camille", now=back)
    run(back + timedelta(minutes=2))
    assert state(one)[0] == "sent"


def test_a_step_done_in_time_writes_what_leaves(now: datetime) -> None:
    waiting(now)
    for hour in range(1, 26):
        run(now + timedelta(hours=hour))
    assert Message.objects.get().state == "sent"


def test_stopping_a_journey_closes_what_it_holds(now: datetime) -> None:
    enrolment, back = waiting(now), now + timedelta(days=5)
    run(back)
    launches.stop(enrolment.journey, by="Camille", now=back)
    run(back + timedelta(minutes=1))
    assert state(Message.objects.get()) == ("blocked", "enrolment_ended")


def test_passages_noted_late_are_forgotten_once_they_wrote(now: datetime) -> None:
    waiting(now)
    run(now + timedelta(days=5))
    assert overdue.hold(now + timedelta(days=5, minutes=1)) == 0
    assert held.count() == 1


def test_one_outage_is_one_alert_since_its_beginning_though_it_is_held_little_by_little(now: datetime) -> None:
    enrolment, back = waiting(now), now + timedelta(days=5)
    message(person("Boris", now), now + timedelta(minutes=1))
    run(back)
    began = TeamAlert.objects.get().figures["since"]
    for minutes in range(1, 4):
        message(person(f"Chloe {minutes}", now), back, enrolment_id=enrolment.pk, created_at=back)
        LatePassage.objects.create(enrolment_id=enrolment.pk, due_at=now, noticed_at=back, outage_since=now)
        run(back + timedelta(minutes=minutes))
    alert = TeamAlert.objects.get()
    assert alert.figures == {"since": began, "held": 5}
    assert "27 July 2026" in team.sentences(alert, "en")[1]


def test_what_late_passages_write_says_since_when_nobody_moved_though_mails_left_meanwhile(now: datetime) -> None:
    waiting(now)
    dispatch.dispatch(now + timedelta(days=5), Scripted())
    run(now + timedelta(days=5, minutes=1))
    assert TeamAlert.objects.get().figures == {"since": now.isoformat(), "held": 1}


def test_runs_with_nothing_to_offer_do_not_end_the_outage_of_a_shut_channel(now: datetime) -> None:
    one = due(now)
    for minutes in range(0, 7 * 60, 10):
        for seconds in (0, 5):  # the second run of the minute finds nothing due
            dispatch.dispatch(now + timedelta(minutes=minutes, seconds=seconds), Shut())
    assert state(one) == ("held", "overdue")


def test_a_shut_channel_is_forgotten_once_nothing_waits_for_it(now: datetime) -> None:
    one = due(now)
    dispatch.dispatch(now, Shut())
    Message.objects.filter(pk=one.pk).update(state="blocked")
    dispatch.dispatch(now + timedelta(hours=1), Scripted())
    assert beats.last()[1] == Pulse.objects.get().at
    assert not beats.shut()


@pytest.mark.parametrize(("hours", "ends"), [(7, ("held", "overdue")), (5, ("sent", ""))])
def test_what_sells_becomes_overdue_while_its_watch_fails_for_long(
    hours: int, ends: tuple[str, str], now: datetime
) -> None:
    one = due(now)
    faults.note("breaker", "ZeroDivisionError", now, guards=True)
    for minutes in range(0, hours * 60, 10):
        overdue.notice(now + timedelta(minutes=minutes))
        dispatch.dispatch(now + timedelta(minutes=minutes), Scripted())
    faults.clear("breaker")
    dispatch.dispatch(now + timedelta(hours=hours), Scripted())
    assert state(one) == ends


def test_an_outage_is_noted_whole_or_not_at_all(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolment, back = waiting(now), now + timedelta(days=5)
    database.execute("ALTER TABLE late_passage ADD CONSTRAINT none CHECK (false)")
    with pytest.raises(IntegrityError):
        overdue.notice(back)
    database.execute("ALTER TABLE late_passage DROP CONSTRAINT none")
    assert overdue.notice(back) == 1
    run(back)
    assert state(Message.objects.get(enrolment_id=enrolment.pk)) == ("held", "overdue")


def test_messages_are_held_only_with_the_alert_that_says_so(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    one, later = due(now), now + timedelta(days=4)
    with monkeypatch.context() as context:
        context.setattr(team, "tell_overdue", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            overdue.hold(later)
    assert state(one) == ("ready", "")
    assert overdue.hold(later) == 1
    assert TeamAlert.objects.count() == 1


def test_what_is_held_gives_back_its_place_and_its_money(now: datetime) -> None:
    one, later = due(now), now + timedelta(days=4)
    charged(one, now)
    dispatch.dispatch(later, Scripted())
    assert state(one)[0] == "held"
    assert taken(one) == (0, 0)


def test_what_is_cancelled_of_what_is_held_keeps_nothing(now: datetime) -> None:
    one = due(now)
    charged(one, now)
    Message.objects.update(state="held")
    held.cancel("-", by="Camille", now=now)
    assert taken(one) == (0, 0)
