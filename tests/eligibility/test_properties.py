"""What holds for any people, any batches, any order, any interleaving: the gate's laws, tried on drawn cases."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relance.core import database
from relance.delivery import ledger, transitions
from relance.delivery.ledger import Transition
from relance.eligibility import gate
from relance.eligibility.models import PressureReservation, VerdictCount, VerdictRecord
from relance.eligibility.verdicts import Allow
from relance.intake.models import OptOutDeclaration
from relance.outbox.models import Message, State
from tests.eligibility.people import consent, message, person, suppress

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime.fromisoformat("2026-07-27T08:00:00+00:00")
DAY = timedelta(days=1)
PURPOSES = ("reactivation", "promotion", "relationship", "transactional", "notice")
# Each drawn case starts from an empty outbox within one database: what a case makes is taken away before the next.
DRAWN = settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def emptied() -> Iterator[None]:
    database.execute("TRUNCATE message, verdict, verdict_count, pressure_reservation, event")
    yield


def crowd(number: int) -> list[int]:
    """People of several sorts: dormant or not, permitted or not, suppressed or not."""
    from relance.contacts.models import Contact

    if not Contact.objects.exists():
        OptOutDeclaration.objects.create(by="Camille", at=NOW)
        for n in range(number):
            bases = ("opt_in", "opt_in", "existing_customer", None, "contract")
            one = person(f"p{n}", NOW, basis=bases[n % 5], state=("active", "dormant")[n % 2], bought=n % 4 != 0)
            if n % 7 == 3:
                suppress(f"p{n}@example.org", "unsubscribed", NOW - DAY)
            if n % 6 == 5:
                consent(one, NOW - DAY, given=False)
    return list(Contact.objects.order_by("id").values_list("id", flat=True))


ASKED = st.lists(st.tuples(st.integers(0, 11), st.sampled_from(PURPOSES), st.integers(0, 72)), min_size=1, max_size=30)


def waiting(people: list[int], asked: list[tuple[int, str, int]]) -> list[Message]:
    from relance.contacts.models import Contact

    contacts = Contact.objects.in_bulk(people)
    return [
        message(
            contacts[people[who]],
            NOW,
            purpose,
            state="ready",
            not_before=NOW + timedelta(hours=hours),
            expires_at=NOW + 6 * DAY,
        )
        for who, purpose, hours in asked
    ]


@DRAWN
@given(data=st.data())
def test_verdicts_depend_on_neither_batch_nor_order_but_through_caps(data: st.DataObject) -> None:
    """With one message for each person, alone, together, in any order and cut anywhere the verdicts are the same."""
    people = crowd(12)
    purposes = data.draw(st.lists(st.sampled_from(PURPOSES), min_size=len(people), max_size=len(people)))
    with emptied():
        ids = [one.pk for one in waiting(people, [(who, purpose, 0) for who, purpose in enumerate(purposes)])]
        together = dict(zip(ids, gate.check(ids, NOW), strict=True))
        order = data.draw(st.permutations(ids))
        cuts = sorted(data.draw(st.sets(st.integers(1, len(ids) - 1), max_size=4)))
        gate.release(ids)
        parts: dict[int, object] = {}
        for start, end in zip([0, *cuts], [*cuts, len(ids)], strict=True):
            parts |= zip(order[start:end], gate.check(order[start:end], NOW), strict=True)
        assert parts == together
        assert (
            sum(VerdictCount.objects.values_list("verdicts", flat=True))
            == VerdictRecord.objects.count()
            == 2 * len(ids)
        )


@DRAWN
@given(asked=ASKED, data=st.data())
def test_in_one_batch_the_order_asked_never_changes_a_verdict(
    asked: list[tuple[int, str, int]], data: st.DataObject
) -> None:
    """Several messages for one person compete for places: purpose, then waiting time decide, not the order of asking."""
    people = crowd(12)
    with emptied():
        ids = [one.pk for one in waiting(people, asked)]
        first = dict(zip(ids, gate.check(ids, NOW + 4 * DAY), strict=True))
        gate.release(ids)
        order = data.draw(st.permutations(ids))
        assert dict(zip(order, gate.check(order, NOW + 4 * DAY), strict=True)) == first


STEPS = st.lists(
    st.tuples(st.sampled_from(("work", "die claimed", "die judged", "fail")), st.integers(1, 40), st.integers(1, 8)),
    max_size=25,
)


@DRAWN
@given(asked=ASKED, steps=STEPS)
def test_no_message_is_lost_and_no_cap_is_exceeded_whatever_happens(
    asked: list[tuple[int, str, int]], steps: list[tuple[str, int, int]]
) -> None:
    """Workers take batches, die before and after the gate, fail to send; time goes on; in the end each has its answer."""
    people, now = crowd(12), NOW
    with emptied():
        sent = waiting(people, asked)
        for what, hours, size in [*steps, *[("work", 7, 50)] * 26]:
            now += timedelta(hours=hours)
            _work(what, size, now)
        states = {one.pk: one for one in Message.objects.all()}
        assert states.keys() == {one.pk for one in sent}
        for one in states.values():
            _has_its_answer(one, now)
        _within_caps()


def _work(what: str, size: int, now: datetime) -> None:
    ledger.retake(now)
    worker = f"w{now.timestamp()}"
    batch = ledger.claim(worker, size, now=now, lease_until=now + timedelta(minutes=5))
    if what == "die claimed":
        return
    verdicts = gate.check([due.id for due in batch], now)
    if what == "die judged":
        return
    moves = []
    for due, verdict in zip(batch, verdicts, strict=True):
        if not isinstance(verdict, Allow):
            moves.append(transitions.after_verdict(due, verdict, now))
        elif what == "fail":
            moves.append(Transition(due.id, State.FAILED, "refused"))
        else:
            moves.append(Transition(due.id, State.SENT))
    ledger.settle(worker, moves, now=now)
    gate.release([move.id for move in moves if move.state is State.FAILED])


def _has_its_answer(one: Message, now: datetime) -> None:
    match one.state:
        case "sent":
            assert one.sent_at is not None
        case "blocked" | "failed":
            assert one.reason
        case "deferred":
            assert one.not_before > now
        case state:
            raise AssertionError(f"{one} is {state} and was to have its answer")


def _within_caps() -> None:
    """Look at every window of every person: what left, and what holds a place."""
    commercial = ~Q(purpose__in=["transactional", "notice"])
    held = PressureReservation.objects.filter(released=False)
    assert set(held.values_list("message_id", flat=True)) >= set(
        Message.objects.filter(commercial, state="sent").values_list("id", flat=True)
    )
    dormant = {row[0] for row in database.rows("SELECT contact_id FROM profile WHERE state = 'dormant'")}
    for contact in set(held.values_list("contact_id", flat=True)):
        taken = list(held.filter(contact_id=contact).values_list("at", flat=True))
        for limit, days in ((1, 1), (3, 7), *([(1, 5)] if contact in dormant else [])):
            assert all(sum(at <= other < at + days * DAY for other in taken) <= limit for at in taken)
