"""Why messages that are due do not leave, named in one sentence."""

import os
import re
import signal
import socket
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.utils.translation import override

from relance.core import database
from relance.core.faults import Fault
from relance.delivery import alerts, beats, dispatch, ledger, stall_facts, stall_words, stalls
from relance.delivery.beats import Sign
from relance.delivery.stall_facts import Blocked, Facts, Leased
from relance.delivery.stalls import Stall
from relance.delivery.workers import Job
from relance.eligibility import gate
from relance.journeys.models import Journey
from relance.outbox.models import Message
from relance.outbox.pulse import TeamAlert
from tests.delivery import post_office
from tests.delivery.sending import crowd, message, person, published
from tests.delivery.test_dispatch import Scripted, Shut
from tests.killing import Nursery, children

__all__ = ["children"]

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AT = datetime.fromisoformat("2026-07-27T08:00:00+00:00")
STILL = {"due": 3, "oldest_due": AT - HOUR, "sign": Sign("here-1", AT, None, "")}


@pytest.mark.parametrize(("known", "code"), [
    ({}, "unexplained"),
    ({"fault": Fault("breaker", True, AT - HOUR, AT, 3, "ZeroDivisionError: no sends")}, "unwatched"),
    ({"alone_since": AT - HOUR}, "unattended"),
    ({"alone_since": AT - HOUR, "last_sent": AT}, "unattended"),  # what is owed still leaves
    ({"restored_at": AT}, "restored"),
    ({"sign": None}, "no_worker"),
    ({"sign": None, "alone_since": AT - HOUR}, "no_worker"),
    ({"sign": Sign("here-1", AT - HOUR, None, "")}, "no_worker"),
    ({"free": 10_000}, "disk_full"),
    ({"blocked": Blocked(7, AT, "9")}, "database_blocked"),
    ({"sign": Sign("here-1", AT, AT - HOUR, "refused")}, "channel_shut"),
    ({"leased": Leased("there-2", 5, AT - HOUR, lost=True)}, "worker_stuck"),
    ({"sign": Sign("here-1", AT - HOUR, None, ""), "worker_lives": True, "job": Job("night", AT - HOUR)}, "busy_elsewhere"),
    ({"due": 0, "oldest_due": None, "waiting": 2, "reason": "quiet_hours", "next_at": AT + HOUR}, "deferred"),
    ({"due": 0, "oldest_due": None, "waiting": 2, "reason": "later", "next_at": AT + HOUR}, "provider"),
    ({"due": 0, "oldest_due": None, "resting": 2}, "journeys_paused"),
    ({"due": 0, "oldest_due": None, "held": 2, "held_since": AT}, "held"),
])  # fmt: skip
def test_each_cause_has_its_name_and_its_sentence(known: dict[str, object], code: str) -> None:
    found = stalls.judge(Facts(**{**STILL, **known}), AT)  # type: ignore[arg-type]
    assert found
    assert found.code == code
    for language in ("en", "fr"):
        assert not re.search(r"[{}]", found.said(language))


@pytest.mark.parametrize("known", [
    {"fault": Fault("breaker", True, AT - HOUR, AT, 3, "ZeroDivisionError: no sends")},
    {"sign": Sign("host-77", AT - HOUR, None, "")},
    {"blocked": Blocked(77, AT, "78")},
    {"sign": Sign("host-77", AT, AT - HOUR, "SMTP 421 try later")},
    {"leased": Leased("host-77", 5, AT - HOUR, lost=True)},
    {"sign": Sign("here-1", AT - HOUR, None, ""), "worker_lives": True, "job": Job("relance.workers.tasks.night", AT - HOUR)},
    {"free": 10_000},
    {"alone_since": AT - HOUR},
    {},
])  # fmt: skip
def test_pages_name_no_machine_and_say_whom_to_tell(known: dict[str, object]) -> None:
    found = stalls.judge(Facts(**{**STILL, **known}), AT)  # type: ignore[arg-type]
    assert found
    for language, whom in (
        ("en", "Tell the person who runs Relance"),
        ("fr", "Prévenez la personne qui exploite Relance"),
    ):
        with override(language):
            assert whom in found.sentence
            assert not re.search(r"[{}]|ZeroDivision|breaker|host|7[78]|421|tasks|pg_|log\b|journal", found.sentence)


def test_every_reason_a_message_can_wait_for_has_its_words() -> None:
    checks = "".join(path.read_text() for path in Path(gate.__file__).parent.rglob("*.py"))
    given = set(re.findall(r'Defer\([^"]*?, "(\w+)"', checks))
    assert {"call_refused", "breaker_open", "best_hour"} <= given
    assert given <= set(stall_words.REASON_WORDS)
    unheard = Stall("deferred", None, {"reason": "some_new_code", "until": AT.isoformat(), "messages": "2"})
    assert "new" not in unheard.sentence


def test_messages_that_leave_are_no_stall() -> None:
    assert stalls.judge(Facts(due=3, oldest_due=AT - HOUR, last_sent=AT - MINUTE), AT) is None
    assert stalls.judge(Facts(), AT) is None


def test_no_word_is_of_a_reason_that_is_gone() -> None:
    assert not stall_words.unknown_reasons()


def test_nobody_works(db: None, now: datetime) -> None:
    crowd(3, now)
    assert stalls.look(now + 5 * MINUTE).stall is None, "a few minutes are no stall"
    stall = stalls.look(now + 20 * MINUTE).stall
    assert stall
    assert (stall.code, stall.halts) == ("no_worker", True)


def test_a_shut_channel_is_named_with_its_words_and_the_team_told_once(db: None, now: datetime) -> None:
    crowd(3, now)
    for minutes in range(0, 25, 2):
        dispatch.dispatch(now + minutes * MINUTE, Shut())
        stalls.run(now + minutes * MINUTE + timedelta(seconds=90))
    found = stalls.look(now + 26 * MINUTE)
    assert found.stall
    assert (found.stall.code, found.stall.details["failure"]) == ("channel_shut", "The line is cut.")
    assert "The line is cut." in found.stall.said("fr")
    assert TeamAlert.objects.get().kind == "stalled"
    assert alerts.run(now + 30 * MINUTE) == 1
    dispatch.dispatch(now + 30 * MINUTE, Scripted())
    assert stalls.look(now + 31 * MINUTE).stall is None


def test_a_shut_channel_with_one_message_is_named_though_others_wait_for_the_gate(db: None, now: datetime) -> None:
    crowd(1, now)
    for name in ("Anna", "Boris"):
        message(person(name, now), now, state="deferred", reason="quiet_hours", not_before=now + 9 * HOUR)
    for minutes in range(0, 25, 2):
        for seconds in (0, 5):  # the second run finds nothing due
            dispatch.dispatch(now + minutes * MINUTE + timedelta(seconds=seconds), Shut())
        beats.live("idle-1", now + minutes * MINUTE + timedelta(seconds=30))
    stall = stalls.look(now + 25 * MINUTE).stall
    assert stall
    assert stall.code == "channel_shut"
    assert stall.since
    assert stall.since < now + MINUTE


def test_a_worker_that_died_with_messages_in_hand_is_named(db: None, now: datetime) -> None:
    crowd(3, now)
    ledger.claim("there-77-aa", 10, now=now, lease_until=now + 5 * MINUTE)
    beats.live("here-1", now + 20 * MINUTE)
    stall = stalls.look(now + 20 * MINUTE).stall
    assert stall
    assert (stall.code, stall.details["worker"], stall.details["messages"]) == ("worker_stuck", "there-77", "3")


def test_a_paused_journey_is_named(db: None, now: datetime) -> None:
    published(now)
    journey = Journey.objects.create(name="back", running=False)
    message(person("Anna", now), now, journey_id=journey.pk)
    stall = stalls.look(now + HOUR).stall
    assert stall
    assert (stall.code, stall.halts) == ("journeys_paused", False)


def test_the_gate_is_named_with_its_reason_and_hour(db: None, now: datetime) -> None:
    published(now)
    anna = person("Anna", now)
    message(anna, now)
    message(anna, now)
    dispatch.dispatch(now, Scripted())
    stall = stalls.look(now + MINUTE).stall
    assert stall
    waits = Message.objects.get(state="deferred")
    assert (stall.code, stall.details["reason"]) == ("deferred", waits.reason)
    assert "plafonds de messages par personne" in stall.said("fr")


def test_a_statement_behind_a_lock_is_seen_with_who_holds_it(
    db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stall_facts, "BLOCKED", stall_facts.BLOCKED.replace("30 seconds", "0 seconds"))
    with psycopg.connect(database.dsn()) as holder, psycopg.connect(database.dsn()) as waiter:
        holder.execute("LOCK TABLE message IN EXCLUSIVE MODE")
        pid = waiter.info.backend_pid
        waiter.pgconn.send_query(b"UPDATE message SET state = state")
        while holder.execute("SELECT cardinality(pg_blocking_pids(%s))", [pid]).fetchone() == (0,):
            pass
        found = stall_facts.gather(now).blocked
        assert found
        assert (found.process, found.holder) == (pid, str(holder.info.backend_pid))
        holder.rollback()
        while waiter.pgconn.get_result():
            pass
    connection.close()


def test_a_full_disk_is_named(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(1, now)
    monkeypatch.setattr(stalls, "LITTLE", 1 << 62)
    beats.live("here-1", now + HOUR)
    stall = stalls.look(now + HOUR).stall
    assert stall
    assert stall.code == "disk_full"


def test_a_worker_killed_while_it_sends_is_named_with_what_it_holds(children: Nursery, now: datetime) -> None:
    crowd(300, now)
    with post_office.opened() as office:
        pid = children.start("dispatch", now, office.url)
        office.cut = lambda moment, _: moment == "data" and len(office.mails) == 30 and killed(pid)
        assert children.ended() == -signal.SIGKILL
    alone = stalls.look(now + 20 * MINUTE).stall
    assert alone
    assert (alone.code, alone.details["worker"]) == ("no_worker", f"{socket.gethostname()}-{pid}")
    beats.live("another-1", now + 20 * MINUTE)
    Message.objects.filter(state="sent").update(sent_at=now)
    stall = stalls.look(now + 20 * MINUTE).stall
    assert stall
    assert (stall.code, stall.details["worker"]) == ("worker_stuck", f"{socket.gethostname()}-{pid}")
    assert int(stall.details["messages"]) == Message.objects.filter(state__in=["claimed", "sending"]).count() > 0


def killed(pid: int) -> bool:
    """Kill the process; the connection is left to it."""
    os.kill(pid, signal.SIGKILL)
    return False


def test_what_waits_is_told_with_its_hour_and_its_reason() -> None:
    details = {"messages": "30", "until": "2026-08-02T09:37:00+00:00", "reason": "commercial_period"}
    assert stall_words.sentence("deferred", None, details, "fr", page=True) == (
        "30 messages en attente ; le premier partira au plus tôt le 2 août 2026 à 11:37. "
        "Motif le plus fréquent parmi les prochains : période commerciale."
    )
    assert stall_words.sentence("deferred", None, details, "en") == (
        "30 messages waiting; the first leaves on 2 August 2026, 11:37 at the earliest. "
        "Most frequent reason among the next: commercial period."
    )
