"""Counts: each answer once, whoever tells it and whoever is killed; by the hour the message was sent in."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection, connections, transaction

from relance.core import database
from relance.delivery import ledger
from relance.delivery.ledger import Transition
from relance.eligibility.breaker import counting, providers, stage
from relance.eligibility.breaker.models import BreakerCohort, BreakerCount
from relance.feedback import bounces, complaints
from relance.outbox.models import Message, State
from tests.eligibility.breaker.sending import bounce, journey, send, stopped

pytestmark = pytest.mark.usefixtures("db")


def totals(journey_id: int) -> tuple[int, int, int]:
    rows = BreakerCohort.objects.filter(journey_id=journey_id).values_list("sends", "hard_bounce", "complaint")
    return tuple(map(sum, zip(*rows, strict=True))) if rows else (0, 0, 0)  # type: ignore[return-value]


def fold() -> None:
    with transaction.atomic():
        counting.fold()


def test_told_twice_counts_once_for_the_journey_and_once_for_the_sender(now: datetime) -> None:
    back = journey("back", now)
    sent = send(20, now, back)
    for _ in range(2):
        bounce(sent[:3], now)
        complaints.record_many([one.pk for one in sent[3:5]], now)
    fold()
    assert totals(back.pk) == totals(counting.ALL) == (20, 3, 2)


def test_workers_that_tell_the_same_feedback_at_once_count_it_once(now: datetime) -> None:
    back = journey("back", now)
    sent = send(60, now, back)
    ready = Barrier(2)

    def tell(_: int) -> None:
        try:
            ready.wait()
            for start in range(0, 30, 10):
                bounce(sent[start : start + 10], now)
                stage.run(now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(tell, range(2)))
    stage.run(now)
    assert totals(back.pk) == totals(counting.ALL) == (60, 30, 0)
    assert stopped().count((back.pk, "gmail", "hard_bounce", 1)) == 1


def test_a_worker_killed_before_it_commits_counts_nothing_and_the_next_one_all(now: datetime) -> None:
    back = journey("back", now)
    sent = send(30, now, back)
    for half_way in ("told", "folded"):
        connection.close()
        if (pid := os.fork()) == 0:
            with transaction.atomic():
                bounce(sent[:5], now)
                if half_way == "folded":
                    counting.fold()
                os.kill(os.getpid(), signal.SIGKILL)
        assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    bounce(sent[:5], now)
    fold()
    assert totals(back.pk) == (30, 5, 0)
    assert not BreakerCount.objects.exists()


def test_a_late_answer_belongs_to_the_hour_of_its_message(now: datetime) -> None:
    back = journey("back", now)
    early, late = send(5, now, back), send(5, now + timedelta(hours=2), back)
    bounce(early[:2], now + timedelta(days=3))
    bounce(late[:1], now + timedelta(days=3))
    fold()
    rows = (
        BreakerCohort.objects.filter(journey_id=back.pk)
        .order_by("cohort")
        .values_list("cohort", "sends", "hard_bounce")
    )
    assert list(rows) == [(now, 5, 2), (now + timedelta(hours=2), 5, 1)]


def test_a_refusal_at_the_door_counts_as_sent_and_refused_and_its_event_not_again(now: datetime) -> None:
    back = journey("back", now)
    sent = send(3, now, back)
    Message.objects.update(state="sending", sent_at=None, worker="w")
    BreakerCount.objects.all().delete()
    moves = [
        Transition(sent[0].pk, State.FAILED, "no_mailbox: 550 5.1.1 unknown"),
        Transition(sent[1].pk, State.FAILED, "failed: 550 5.7.1 refused by policy"),
        Transition(sent[2].pk, State.FAILED, "failed: 552 5.3.4 too big"),
    ]
    ledger.settle("w", moves, now=now)
    bounces.heed(now)
    fold()
    row = BreakerCohort.objects.get(journey_id=back.pk)
    assert (row.sends, row.hard_bounce, row.block) == (2, 1, 1)


def test_a_provider_tells_of_complaints_or_not() -> None:
    told = {name for name in providers.PROVIDERS if counting.tells_of_complaints(name)}
    assert {"microsoft", "yahoo", "orange", "free", "sfr", "laposte"} <= told
    assert not told & {"gmail", "icloud", "other"}


def test_providers_in_sql_are_those_in_python() -> None:
    domains = ["gmail.com", "googlemail.com", "hotmail.co.uk", "live.fr", "outlook.com", "yahoo.fr", "wanadoo.fr", "icloud.com",
               "neuf.fr", "laposte.net", "example.org", "yahoo.evil.co.uk.org", "outlook", "", "aol.com"]  # fmt: skip
    provider = providers.sql("domain").replace("%", "%%")
    found = database.rows(f"SELECT domain, {provider} FROM unnest(%s::text[]) AS domain", [domains])
    assert dict(found) == {domain: providers.of(domain) for domain in domains}
