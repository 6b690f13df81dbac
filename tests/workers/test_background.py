"""Long works: progress others see meanwhile, a stop that is heeded, workers that die."""

import asyncio
from datetime import datetime
from typing import Any

import psycopg
import pytest

from relance.contacts.models import Contact
from relance.core import database
from relance.core.errors import InputError
from relance.intake.models import Work
from relance.intake.options import Progress
from relance.workers import background, tasks


def asked(now: datetime, **fields: Any) -> Work:
    """Return a work somebody asked for."""
    return Work.objects.create(kind="refresh", by="anna", asked_at=now, **fields)


def test_progress_is_seen_by_others_while_the_work_has_written_nothing_yet(db: None, now: datetime) -> None:
    seen: list[Any] = []

    def do(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
        progress("read", 1, 2)
        with psycopg.connect(database.dsn()) as other:
            seen.append(other.execute("SELECT state, stage, done, total FROM work WHERE id = %s", [work.id]).fetchone())
        return {"lines": 2}

    work = asked(now)
    background.run(str(work.id), do)
    work.refresh_from_db()
    assert seen == [("running", "read", 1, 2)]
    assert (work.state, work.result, [stage for _at, stage, _done in work.log]) == ("done", {"lines": 2}, ["read"])


def test_a_stop_takes_back_what_can_be_taken_back(db: None, now: datetime) -> None:
    def do(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
        background.stop(work, now)
        progress("load", 1, 1)
        raise AssertionError("it went on")

    work = asked(now)
    background.run(str(work.id), do)
    work.refresh_from_db()
    assert (work.state, work.sentence) == ("stopped", "")


def test_a_stop_comes_too_late_once_events_are_written(db: None, now: datetime) -> None:
    def do(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
        background.stop(work, now)
        progress("events", 1, 1)
        return {}

    work = asked(now)
    background.run(str(work.id), do)
    work.refresh_from_db()
    assert work.state == "done"


def test_a_refusal_is_kept_as_its_sentence(db: None, now: datetime) -> None:
    def do(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
        raise InputError("The file is empty. Export it again.")

    work = asked(now)
    background.run(str(work.id), do)
    work.refresh_from_db()
    assert (work.state, work.sentence) == ("failed", "The file is empty. Export it again.")


def test_a_fault_of_ours_is_kept_and_raised(db: None, now: datetime) -> None:
    def do(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
        raise ZeroDivisionError

    work = asked(now)
    with pytest.raises(ZeroDivisionError):
        background.run(str(work.id), do)
    work.refresh_from_db()
    assert (work.state, work.sentence) == ("failed", "fault: ZeroDivisionError")


def test_a_work_is_abandoned_once_its_worker_is_gone(db: None, now: datetime) -> None:
    work = asked(now, state="running")
    worker = psycopg.connect(database.dsn(), autocommit=True)
    worker.execute(f"SELECT pg_advisory_lock({background.HELD})", [str(work.id)])
    assert not background.abandoned(work)
    database.execute("SELECT pg_terminate_backend(%s, 10000)", [worker.info.backend_pid])
    assert background.abandoned(work)
    worker.close()


def test_a_work_that_just_ended_is_not_taken_for_abandoned(db: None, now: datetime) -> None:
    work = asked(now, state="running")
    Work.objects.filter(id=work.id).update(state="stopped")
    assert not background.abandoned(work)
    assert work.state == "stopped"


def test_the_jobs_of_a_dead_worker_are_given_to_the_living(db: None, now: datetime) -> None:
    work = asked(now)
    tasks.refresh_base.defer(work_id=str(work.id))
    database.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - INTERVAL '1 hour')")
    database.execute(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)"
    )
    asyncio.run(tasks.rescue.func(0))
    assert database.rows("SELECT status::text FROM procrastinate_jobs") == [("todo",)]


def test_refreshing_lets_nobody_in_and_sends_nothing(db: None, now: datetime) -> None:
    Contact.objects.create(external_id="anna", first_seen_at=now)
    work = asked(now)
    tasks.refresh_base(str(work.id))
    work.refresh_from_db()
    assert {"clean", "flush", "score", "segments"} <= set(work.result)
    assert not {"enter", "advance", "dispatch"} & set(work.result)
