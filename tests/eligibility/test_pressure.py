"""Caps per person across everything, whoever races for the last place."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relance.contacts.models import Contact, ContactPoint
from relance.eligibility import gate, pressure
from relance.eligibility.facts import Slot
from relance.eligibility.models import PressureReservation
from relance.eligibility.pressure import Place
from relance.eligibility.rules import Cap
from relance.eligibility.verdicts import Allow, Defer, Verdict
from relance.journeys.models import Enrolment, Journey, Version
from relance.outbox.models import Message
from tests.eligibility.people import anna, consent, message, person

pytestmark = pytest.mark.usefixtures("db")


def ask(contact: Contact, now: datetime, purpose: str = "promotion") -> Verdict:
    return gate.check([message(contact, now, purpose)], now)[0]


def test_one_a_day_and_three_in_seven_days(now: datetime) -> None:
    contact = anna(now)
    assert ask(contact, now).code == "allowed"
    assert ask(contact, now + timedelta(hours=23)) == Defer(
        now + timedelta(days=1), "pressure", {"count": "1", "days": "1"}
    )
    for days in (1, 2):
        assert ask(contact, now + timedelta(days=days)).code == "allowed"
    third = ask(contact, now + timedelta(days=6, hours=23))
    assert third == Defer(now + timedelta(days=7), "pressure", {"count": "3", "days": "7"})
    assert ask(contact, now + timedelta(days=7)).code == "allowed"


@pytest.mark.parametrize("state", ["dormant", "very_dormant"])
def test_the_dormant_get_one_in_five_days(state: str, now: datetime) -> None:
    contact = anna(now, state=state)
    assert ask(contact, now, "reactivation").code == "allowed"
    assert ask(contact, now + timedelta(days=4, hours=23)).until == now + timedelta(days=5)
    assert ask(contact, now + timedelta(days=5)).code == "allowed"


@pytest.mark.parametrize("purpose", ["transactional", "notice"])
def test_what_is_not_commercial_never_counts_and_never_waits(purpose: str, now: datetime) -> None:
    contact = anna(now)
    assert [ask(contact, now, purpose).code for _ in range(5)] == ["allowed"] * 5
    assert ask(contact, now).code == ask(contact, now, purpose).code == "allowed"
    assert PressureReservation.objects.count() == 1


def test_in_a_batch_the_reactivation_goes_first_then_the_relation(now: datetime) -> None:
    contact = anna(now)
    batch = [message(contact, now, purpose) for purpose in ("promotion", "relationship", "reactivation")]
    assert [v.code for v in gate.check(batch, now)] == ["pressure", "pressure", "allowed"]
    assert [v.code for v in gate.check(batch[:2], now + timedelta(days=1))] == ["pressure", "allowed"]


def test_a_reactivation_on_its_way_keeps_its_place(now: datetime) -> None:
    contact = anna(now, state="dormant")
    coming = now + timedelta(days=4)
    message(contact, now, "reactivation", state="deferred", not_before=coming, expires_at=coming + timedelta(days=3))
    held = ask(contact, now)
    assert (held.code, held.until) == ("reserved_for_reactivation", coming + timedelta(days=5))
    assert ask(contact, now, "transactional").code == "allowed"
    assert ask(contact, now, "reactivation").code == "allowed"


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "sent"},
        {"state": "blocked"},
        {"expires_at": datetime(2020, 1, 1).astimezone()},
        {"not_before": datetime(2026, 8, 2).astimezone(), "expires_at": datetime(2026, 8, 9).astimezone()},
    ],
)
def test_a_reactivation_that_does_not_wait_or_is_far_away_keeps_none(fields: dict[str, object], now: datetime) -> None:
    contact = anna(now, state="dormant")
    message(contact, now, "reactivation", **fields)
    assert ask(contact, now).code == "allowed"


@pytest.mark.parametrize(("control", "expected"), [(False, "reserved_for_reactivation"), (True, "allowed")])
def test_a_running_reactivation_reserves_its_next_step(control: bool, expected: str, now: datetime) -> None:
    contact = anna(now, state="dormant")
    journey = Journey.objects.create(name="back", running=True)
    version = Version.objects.create(
        journey=journey, number=1, definition={"purpose": "reactivation"}, published_at=now
    )
    Enrolment.objects.create(
        contact=contact, journey=journey, version=version, occasion=1, control=control, entered_at=now, position="1",
        due_at=now + timedelta(days=3),
    )  # fmt: skip
    assert ask(contact, now).code == expected


def test_a_journey_that_rests_keeps_no_place_and_asks_anew_when_it_goes_on(now: datetime) -> None:
    contact = anna(now, state="dormant")
    journey = Journey.objects.create(name="back", running=True)
    held = message(
        contact, now, "reactivation", state="ready", journey_id=journey.pk, not_before=now + timedelta(days=1)
    )
    assert ask(contact, now).code == "reserved_for_reactivation"
    assert (
        gate.check([held], now)[0].code == "allowed"
    )  # judged, and its worker died: it is ready again, with its place
    assert gate.release_resting() == 0
    Journey.objects.update(running=False)
    assert gate.release_resting() == 1
    assert ask(contact, now).code == "allowed"
    Journey.objects.update(running=True)
    assert gate.check([held], now)[0].code == "pressure"


def test_a_channel_has_a_cap_of_its_own(now: datetime) -> None:
    contact = anna(now)
    ContactPoint.objects.create(contact=contact, channel="sms", value="+33612345678", valid=True)
    consent(contact, now - timedelta(days=300), channel="sms")
    for place, days in enumerate((2, 4)):
        PressureReservation.objects.create(
            contact_id=contact.pk, place=place + 1, message_id=-place, at=now - timedelta(days=days), channel="sms"
        )
    sms = message(contact, now, channel="sms")
    [verdict] = gate.check([sms], now)
    assert (verdict.code, verdict.until, verdict.details["channel"]) == (
        "pressure_channel",
        now + timedelta(days=3),
        "sms",
    )
    assert ask(contact, now).code == "allowed"


def test_the_fifteenth_of_thirty_days_is_the_last(now: datetime) -> None:
    contact = anna(now)
    for place, days in enumerate([*range(29, 8, -3), *range(28, 7, -3), 8]):
        PressureReservation.objects.create(
            contact_id=contact.pk, place=place + 1, message_id=-place, at=now - timedelta(days=days)
        )
    verdict = ask(contact, now)
    assert (verdict.code, verdict.details, verdict.until) == (
        "pressure",
        {"count": "15", "days": "30"},
        now + timedelta(days=1),
    )


def test_a_contact_with_many_places_given_back_is_still_counted_right(now: datetime) -> None:
    """More places than are read at first: the one that counts stands before forty that were given back."""
    contact = anna(now)
    for place in range(1, 42):
        PressureReservation.objects.create(
            contact_id=contact.pk,
            place=place,
            message_id=-place,
            at=now - timedelta(minutes=50 - place),
            released=place > 1,
        )
    assert ask(contact, now).code == "pressure"


def test_a_message_that_did_not_leave_gives_its_place_back(now: datetime) -> None:
    contact = anna(now)
    first, second = message(contact, now), message(contact, now)
    assert [v.code for v in gate.check([first, second], now)] == ["allowed", "pressure"]
    assert gate.release([first.pk, second.pk]) == 1
    assert gate.check([second], now)[0].code == "allowed"
    assert PressureReservation.objects.get(released=False).message_id == second.pk


def test_a_message_judged_again_does_not_stand_in_its_own_way(now: datetime) -> None:
    sent = message(anna(now), now)
    assert [gate.check([sent], now)[0].code for _ in range(3)] == ["allowed"] * 3
    assert PressureReservation.objects.filter(released=False).count() == 1


def test_a_place_another_worker_took_is_lost_and_the_message_judged_again(now: datetime) -> None:
    sent = message(anna(now), now)
    first, second = (Place(sent.contact_id, number, "email", "promotion") for number in (1, 2))
    assert pressure.reserve({sent.pk: first}, now) == {sent.pk}
    assert pressure.reserve({sent.pk + 1: first, sent.pk + 2: second}, now) == {sent.pk + 2}


def test_whoever_waits_for_the_last_place_sees_it_taken(now: datetime) -> None:
    """A second worker asks while the first has the place but has not committed it."""
    contact = anna(now)
    first, second = message(contact, now), message(contact, now)
    started = Barrier(2)
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            assert isinstance(gate.check([first], now)[0], Allow)
            answer = other.submit(_in_a_worker, [second.pk], now, started)
            started.wait()
        assert [verdict.code for verdict in answer.result()] == ["pressure"]


@pytest.mark.parametrize("people", [1, 40])
def test_workers_racing_for_the_last_places_never_exceed_a_cap(people: int, now: datetime) -> None:
    anna(now)
    contacts = [person(f"p{number}", now) for number in range(people)]
    batches = [[message(contact, now).pk for contact in contacts] for _ in range(8)]
    started = Barrier(8)
    with ThreadPoolExecutor(8) as workers:
        answers = [workers.submit(_in_a_worker, batch, now, started) for batch in batches]
        verdicts = [verdict for answer in answers for verdict in answer.result()]
    assert Counter(verdict.code for verdict in verdicts) == {"allowed": people, "pressure": 7 * people}
    held = Counter(PressureReservation.objects.filter(released=False).values_list("contact_id", flat=True))
    assert set(held.values()) == {1}


def _in_a_worker(batch: Sequence[int], now: datetime, started: Barrier) -> list[Verdict]:
    """What another worker does, on a connection of its own."""
    try:
        started.wait()
        return gate.check(batch, now)
    finally:
        connections.close_all()


DAYS = st.lists(st.integers(0, 20 * 24).map(lambda hours: timedelta(hours=hours)), max_size=30)


@given(steps=DAYS, day=st.integers(1, 2), week=st.integers(1, 4))
def test_no_window_ever_holds_more_than_its_cap(steps: list[timedelta], day: int, week: int) -> None:
    start, caps, taken = datetime(2026, 1, 1).astimezone(), (Cap(day, 1), Cap(week, 7)), list[Slot]()
    for at in sorted(start + step for step in steps):
        if all(pressure.near(taken, at, cap) < cap.limit for cap in caps):
            taken.append(Slot(at))
        else:
            later = pressure.room(taken, at, caps)
            assert later > at
            assert all(pressure.near(taken, later, cap) < cap.limit for cap in caps)
    for cap in caps:
        assert all(sum(one.at <= other.at < one.at + cap.window for other in taken) <= cap.limit for one in taken)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_verdicts_do_not_depend_on_batches_or_their_order(data: st.DataObject) -> None:
    """Without two messages for one person, each verdict is the same alone, together, and in any order."""
    now = datetime(2026, 7, 27, 8).astimezone()
    if not Contact.objects.exists():
        anna(now)
        states = [None, "opt_in", "contract", "existing_customer"]
        for number in range(12):
            message(person(f"p{number}", now, basis=states[number % 4]), now, ("reactivation", "promotion")[number % 2])
    ids = list(Message.objects.order_by("id").values_list("id", flat=True))
    together = dict(zip(ids, gate.check(ids, now), strict=True))
    order = data.draw(st.permutations(ids))
    cut = data.draw(st.integers(0, len(ids)))
    gate.release(ids)
    parts = [*gate.check(order[:cut], now), *gate.check(order[cut:], now)]
    assert dict(zip(order, parts, strict=True)) == together
