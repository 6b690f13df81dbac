"""A stage that fails stops none of the others, and what sells waits while what watches over sending fails."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import override_settings

from relance.core import database, faults
from relance.delivery import dispatch, overdue, stalls
from relance.delivery.channels.simulated import SimulatedChannel
from relance.outbox.models import Message
from relance.workers import stages, tasks
from tests.delivery.sending import message, person

pytestmark = pytest.mark.usefixtures("db")
MINUTE = timedelta(minutes=1)


def fails(_: datetime) -> int:
    raise ZeroDivisionError("no sends\x00 at all")


def broken(monkeypatch: pytest.MonkeyPatch, name: str, run: Callable[[datetime], int] = fails) -> None:
    monkeypatch.setattr(
        stages, "STAGES", tuple(replace(one, run=run) if one.name == name else one for one in stages.STAGES)
    )


def test_those_after_it_run_and_the_fault_goes_once_it_succeeds(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as context:
        broken(context, "hits")
        for minutes in (0, 1):
            done = [name for name, _ in stages.run_each(now + timedelta(minutes=minutes), nightly=False)]
            assert "hits" not in done
            assert {"dispatch", "breaker", "tally"} <= set(done)
        with pytest.raises(ZeroDivisionError):
            list(stages.run(now, nightly=False))
    (fault,) = faults.known()
    assert (fault.stage, fault.times, fault.since, fault.at) == ("hits", 2, now, now + timedelta(minutes=1))
    assert fault.error == "ZeroDivisionError: no sends  at all"
    assert not faults.unguarded()
    list(stages.run_each(now, nightly=False))
    assert faults.known() == []


def test_a_database_that_is_away_is_nobodys_fault(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    there = connection.settings_dict["HOST"]

    def away(_: datetime) -> int:
        connection.close()
        connection.settings_dict["HOST"] = "/nowhere"
        return len(database.rows("SELECT 1"))

    broken(monkeypatch, "hits", away)
    try:
        with pytest.raises(OperationalError):
            list(stages.run_each(now, nightly=False))
    finally:
        connection.settings_dict["HOST"] = there
    assert faults.known() == []


def test_a_statement_that_takes_too_long_is_its_stages_fault(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_: datetime) -> int:
        with transaction.atomic():
            database.execute("SET LOCAL statement_timeout = 5")
            return len(database.rows("SELECT pg_sleep(5)"))

    broken(monkeypatch, "breaker", slow)
    assert "tally" in dict(stages.run_each(now, nightly=False))
    assert [fault.stage for fault in faults.known()] == ["breaker"]
    assert faults.unguarded()


@pytest.mark.parametrize("guard", ["heed", "settle", "breaker"])
def test_nothing_that_sells_leaves_unwatched(now: datetime, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    anna = person("Anna", now)
    order, offer = message(anna, now, purpose="transactional"), message(anna, now)
    broken(monkeypatch, guard)
    list(stages.run_each(now, nightly=False))
    Message.objects.filter(pk__in=[order.pk, offer.pk]).update(state="ready", not_before=now, attempt=0)
    dispatch.dispatch(now, SimulatedChannel())
    states = dict(Message.objects.values_list("pk", "state"))
    assert (states[order.pk], states[offer.pk]) == ("sent", "ready")


def test_workers_that_only_send_sell_nothing_where_nobody_watches(now: datetime) -> None:
    first, second = (message(person(name, now), now) for name in ("Anna", "Boris"))
    Message.objects.filter(pk=second.pk).update(not_before=now + timedelta(minutes=61))
    list(stages.run_each(now, nightly=False))
    done = dispatch.dispatch(now + timedelta(minutes=61), SimulatedChannel())
    states = dict(Message.objects.values_list("pk", "state"))
    assert (done.handled, states[first.pk], states[second.pk]) == (0, "sent", "ready")
    overdue.notice(now + timedelta(minutes=61))
    assert dispatch.dispatch(now + timedelta(minutes=61), SimulatedChannel()).handled == 1


def test_who_notes_an_outage_and_fails_forgets_nothing_and_nobody_moves_on_meanwhile(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(stages.run_each(now, nightly=False))
    moved: list[datetime] = []
    broken(monkeypatch, "advance", lambda at: moved.append(at) or 0)
    back = now + timedelta(days=5)
    database.execute("ALTER TABLE late_passage RENAME TO gone")
    try:
        done = [name for name, _ in stages.run_each(back, nightly=False)]
    finally:
        database.execute("ALTER TABLE gone RENAME TO late_passage")
    assert not {"overdue", "enter", "advance"} & set(done)
    assert (moved, overdue.last_advance()) == ([], now)
    assert {"overdue", "enter", "advance"} <= set(dict(stages.run_each(back + MINUTE, nightly=False)))
    assert (moved, overdue.last_advance()) == ([back + MINUTE], back + MINUTE)


def test_a_mailbox_unread_for_a_day_watches_over_nothing(now: datetime) -> None:
    unread = settings.RELANCE.model_copy(update={"bounce_mailbox": "imap://u:p@127.0.0.1:1"})
    with override_settings(RELANCE=unread):
        for hours, guards in ((0, False), (23, False), (24, True)):
            list(stages.run_each(now + timedelta(hours=hours), nightly=False))
            assert [(fault.stage, fault.guards) for fault in faults.known()] == [("returned", guards)]
    list(stages.run_each(now + timedelta(hours=25), nightly=False))
    assert faults.known() == []


def test_the_fault_of_a_stage_that_is_no_more_stops_nothing(now: datetime) -> None:
    faults.note("former", "ZeroDivisionError", now, guards=True)
    list(stages.run_each(now, nightly=False))
    assert faults.known() == []


def at_work(minutes: int) -> None:
    """A living worker began its night this many minutes ago."""
    tasks.night.defer(timestamp=0)
    database.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    database.execute(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)"
    )
    database.execute("UPDATE procrastinate_events SET at = now() - %s WHERE type = 'started'", [minutes * MINUTE])


def test_workers_that_only_send_go_on_through_a_long_night(now: datetime) -> None:
    list(stages.run_each(now, nightly=False))
    message(person("Anna", now), now)
    at_work(90)
    assert dispatch.dispatch(now + 90 * MINUTE, SimulatedChannel()).states == {"sent": 1}


@pytest.mark.parametrize(("minutes", "heartbeat"), [(7 * 60, "0 minutes"), (90, "5 minutes")])
def test_a_night_that_hangs_or_whose_worker_died_watches_over_nothing(
    now: datetime, minutes: int, heartbeat: str
) -> None:
    list(stages.run_each(now, nightly=False))
    at_work(minutes)
    database.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - %s::interval", [heartbeat])
    later = now + minutes * MINUTE
    message(person("Anna", now), later)
    assert dispatch.dispatch(later, SimulatedChannel()).handled == 0
    dispatch.dispatch(later + 20 * MINUTE, SimulatedChannel())
    stall = stalls.look(later + 20 * MINUTE).stall
    assert stall
    assert (stall.code, stall.since, stall.halts) == ("unattended", now, True)


def test_passes_go_on_while_there_is_something_to_send(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[bool] = []

    def each(_: datetime, *, nightly: bool) -> list[tuple[str, int]]:
        passes.append(nightly)
        return [("dispatch", 5 if len(passes) < 3 else 0), ("tally", 1)]

    monkeypatch.setattr(stages, "run_each", each)
    tasks._run(nightly=True)
    assert passes == [True, False, False]


def test_a_dispatch_ends_after_its_time(now: datetime) -> None:
    for number in range(3):
        message(person(f"Anna{number}", now), now)
    assert dispatch.dispatch(now, SimulatedChannel(), seconds=0).handled == 0
