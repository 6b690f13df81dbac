"""What a journey sent, was refused and got back."""

from datetime import datetime, timedelta

from relance.contacts.models import Contact, ContactPoint
from relance.eligibility.models import VerdictRecord
from relance.events import hot
from relance.intake import sources
from relance.journeys.models import Enrolment
from relance.measurement import experiments, tallies
from relance.measurement.intervals import exact
from relance.measurement.volumes import Volumes
from relance.outbox.models import Message
from tests.measurement.conftest import Running


def write(
    running: Running, name: str, *, state: str = "delivered", variant: str = "a", domain: str = "example.org"
) -> Message:
    """Write one message of step `hello` to a new person."""
    person = Contact.objects.create(first_name=name, first_seen_at=running.now)
    ContactPoint.objects.create(contact=person, channel="email", value=f"{name}@{domain}")
    return Message.objects.create(
        contact_id=person.pk,
        channel="email",
        purpose="reactivation",
        journey_id=running.journey.pk,
        step="hello",
        template_version_id=1,
        variant=variant,
        send_key=f"1/hello/{name}",
        state=state,
        not_before=running.now,
        expires_at=running.now + timedelta(3),
        sent_at=running.now if state in {"sent", "delivered", "bounced"} else None,
    )


def answered(
    running: Running, message: Message, kind: str, *, at: datetime | None = None, **properties: object
) -> None:
    """Record what came back."""
    told = {"message": message.pk, "journey": running.journey.pk, "step": "hello", **properties}
    at = at or running.now
    own = sources.own_id(running.now)
    hot.insert(
        [hot.NewEvent(message.contact_id, own, kind, at, None, "email", f"{message.uuid}/{at}", properties=told)]
    )


def volumes(running: Running) -> Volumes:
    return experiments.result("wake-up", running.now).volumes


def test_messages_stand_per_step_and_variant_with_their_states(running: Running) -> None:
    write(running, "anna")
    write(running, "boris", state="bounced")
    write(running, "chloe", state="blocked", variant="b")
    steps = volumes(running).steps
    assert [(s.step, s.variant, s.messages, dict(s.states), s.signals["sent"]) for s in steps] == [
        ("hello", "a", 2, {"bounced": 1, "delivered": 1}, 2),
        ("hello", "b", 1, {"blocked": 1}, 0),
    ]


def test_two_clicks_on_one_mail_are_one_clicked_mail(running: Running) -> None:
    message = write(running, "anna")
    answered(running, message, "message_delivered")
    answered(running, message, "message_clicked")
    answered(running, message, "message_clicked", at=running.now + timedelta(seconds=5))
    assert {s.name: (s.count, s.of) for s in volumes(running).signals}["clicked"] == (1, 1)


def test_the_mails_of_one_person_are_no_strangers_to_each_other(running: Running) -> None:
    """Ten clicks of twenty mails: of one person in two, each twice; the interval is that of ten people."""
    first = [write(running, f"person{n}") for n in range(10)]
    again = [write(running, f"again{n}", variant="b") for n in range(10)]
    for one, other in zip(first, again, strict=True):
        Message.objects.filter(pk=other.pk).update(contact_id=one.contact_id)
        other.contact_id = one.contact_id
    for message in (*first, *again):
        answered(running, message, "message_delivered")
    for message in (*first[:5], *again[:5]):
        answered(running, message, "message_clicked")
    clicked = {s.name: s for s in volumes(running).signals}["clicked"]
    assert (clicked.count, clicked.of) == (10, 20)
    assert clicked.interval is not None
    strangers, people = exact(10, 20), exact(5, 10)
    assert clicked.interval.low <= people.low < strangers.low < strangers.high < people.high <= clicked.interval.high
    kept = tallies.anew(running.journey, running.now).figures
    assert kept["answers"] == {"clicked": 10}
    assert tallies.interval(kept, "clicked") == clicked.interval
    assert tallies.interval(kept, "bounced") == tallies.interval(kept, "complained")  # of ten people nobody
    assert tallies.interval({}, "clicked") is None


def test_a_machine_is_not_a_person(running: Running) -> None:
    answered(running, write(running, "anna"), "message_clicked", machine=True)
    assert {s.name: s.count for s in volumes(running).signals}["clicked"] == 0


def test_complaints_divide_by_mails_to_providers_that_tell_of_them(running: Running) -> None:
    write(running, "anna", domain="gmail.com")
    write(running, "chloe", domain="herfirm.example")
    answered(running, write(running, "boris", domain="outlook.fr"), "message_complained")
    complaints = {s.name: s for s in volumes(running).signals}["complained"]
    assert (complaints.count, complaints.of) == (1, 1)


def test_verdicts_count_messages_once_however_often_they_waited(running: Running) -> None:
    message, _ = write(running, "anna"), write(running, "boris")
    for hours in (0, 1, 2):
        VerdictRecord.objects.create(
            message_id=message.pk,
            contact_id=message.contact_id,
            at=running.now + timedelta(hours=hours),
            decision="defer",
            code="pressure",
        )
    verdict = volumes(running).verdicts[0]
    assert (verdict.decision, verdict.code, verdict.verdicts, verdict.messages, verdict.of) == (
        "defer",
        "pressure",
        3,
        1,
        2,
    )


def test_exits_are_counted_per_arm(running: Running) -> None:
    running.enrol(control=False, days_ago=60, times=3)
    running.enrol(control=True, days_ago=60, times=2)
    Enrolment.objects.update(ended_at=running.now, end_reason="sunset")
    assert [(e.reason, e.treated, e.control) for e in volumes(running).exits] == [("sunset", 3, 2)]
