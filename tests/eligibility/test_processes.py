"""Real processes, forked at once, racing for the same people: no cap is exceeded by one, nobody is left without a verdict."""

import json
import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connections

from relance.core import database
from relance.eligibility import gate
from relance.eligibility.models import PressureReservation, VerdictRecord
from relance.outbox.models import Message
from tests.eligibility.people import anna, message, person

pytestmark = pytest.mark.usefixtures("db")


def forked(number: int, work: Callable[[int], list[str]]) -> list[list[str]]:
    """Fork so many processes that start at the same instant, and return what each answered."""
    connections.close_all()
    ready, start = os.pipe(), os.pipe()
    children = [_fork(worker, work, ready, start) for worker in range(number)]
    os.close(start[0])
    os.close(ready[1])
    waiting = number
    while waiting:
        waiting -= len(os.read(ready[0], waiting))
    os.close(start[1])  # the end of the file is the shot
    answers = []
    for pid, answer in children:
        with os.fdopen(answer) as pipe:
            answers.append(json.loads(pipe.read() or "null"))
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(ready[0])
    return answers


def _fork(
    worker: int, work: Callable[[int], list[str]], ready: tuple[int, int], start: tuple[int, int]
) -> tuple[int, int]:
    answer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(answer[1])
        return pid, answer[0]
    code = 1
    try:
        os.close(start[1])
        connections["default"].ensure_connection()
        os.write(ready[1], b".")
        os.read(start[0], 1)
        os.write(answer[1], json.dumps(work(worker)).encode())
        code = 0
    finally:
        os._exit(code)


def race(processes: int, people: int, now: datetime) -> None:
    """Let each process judge a message to each person, at its own moment of the week; then look at every window."""
    anna(now)
    contacts = [person(f"p{number}", now, state="dormant" if number % 3 == 0 else "active") for number in range(people)]
    batches = [
        [message(contact, now, ("promotion", "reactivation")[worker % 2]).pk for contact in contacts]
        for worker in range(processes)
    ]

    def work(worker: int) -> list[str]:
        return [verdict.code for verdict in gate.check(batches[worker], now + timedelta(hours=worker % 3 * 26))]

    answers = forked(processes, work)
    assert all(len(codes) == people for codes in answers)
    assert VerdictRecord.objects.count() == processes * people
    for number, contact in enumerate(contacts):
        taken = sorted(
            PressureReservation.objects.filter(contact_id=contact.pk, released=False).values_list("at", flat=True)
        )
        assert taken, "somebody got nothing at all"
        caps = [(1, 1), (3, 7), (15, 30), *([(1, 5)] if number % 3 == 0 else [])]
        for limit, days in caps:
            window = timedelta(days=days)
            assert all(sum(at <= other < at + window for other in taken) <= limit for at in taken), (
                contact.first_name,
                taken,
            )
    allowed = Counter(code for codes in answers for code in codes)["allowed"]
    assert allowed == PressureReservation.objects.filter(released=False).count()
    assert Message.objects.count() == processes * people


def test_eight_processes_forked_at_once_never_exceed_a_cap(now: datetime) -> None:
    race(8, 5, now)


@pytest.mark.long
def test_two_hundred_processes_forked_at_once_never_exceed_a_cap_by_one(now: datetime) -> None:
    assert int(database.rows("SHOW max_connections")[0][0]) >= 250
    race(200, 4, now)


@pytest.mark.long
def test_two_hundred_processes_at_one_person_at_one_instant(now: datetime) -> None:
    contact = anna(now)
    ids = [message(contact, now).pk for _ in range(200)]
    answers = forked(200, lambda worker: [gate.check([ids[worker]], now)[0].code])
    assert Counter(code for [code] in answers) == {"allowed": 1, "pressure": 199}
