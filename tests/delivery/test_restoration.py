"""A database put back from a backup is noticed before anything leaves, and a person decides."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

from relance.core import database, place
from relance.core.errors import RefusedError
from relance.core.models import AuditEntry
from relance.delivery import dispatch, folder_mark, held, restoration, restored
from relance.outbox.models import Message
from relance.outbox.pulse import DataFolder, Pulse, Restoration, TeamAlert
from tests.delivery.sending import charged, crowd, taken
from tests.delivery.test_dispatch import Scripted

pytestmark = pytest.mark.usefixtures("db")
MINUTE = timedelta(minutes=1)


def gone_back(now: datetime) -> list[Message]:
    """Three messages left, then the rows of database were put back to before."""
    messages = crowd(3, now)
    dispatch.dispatch(now - MINUTE, Scripted())
    before = list(Pulse.objects.values()), list(DataFolder.objects.values())
    dispatch.dispatch(now, Scripted())
    Message.objects.update(state="ready", sent_at=None)
    Pulse.objects.update(**before[0][0])
    DataFolder.objects.update(number=before[1][0]["number"])
    database.execute("TRUNCATE event, pressure_reservation")
    return messages


def test_an_installation_left_alone_asks_nobody(now: datetime) -> None:
    crowd(3, now)
    for minutes in range(5):
        dispatch.dispatch(now + minutes * MINUTE, Scripted())
    assert Message.objects.filter(state="sent").count() == 3
    assert not Restoration.objects.exists()


def test_a_database_gone_back_sends_nothing_until_a_person_releases(now: datetime) -> None:
    gone_back(now)
    later, channel = now + 30 * MINUTE, Scripted()
    for minutes in range(3):
        assert dispatch.dispatch(later + minutes * MINUTE, channel).handled == 0
    assert channel.got == []
    found = restored.standing(later)
    assert found
    assert (found.restoration.kind, found.messages, [one.messages for one in found.groups]) == ("went_back", 3, [3])
    begins, ends = found.gap
    assert begins
    assert now - MINUTE <= begins < ends < later
    assert [one.kind for one in TeamAlert.objects.all()] == ["restored"]
    assert restored.release(by="Camille", now=later) == 3
    assert dispatch.dispatch(later, channel).states == {"sent": 3}
    assert restoration.open_one() is None


def test_cancelling_lets_go_of_the_gap_and_sending_goes_on(now: datetime) -> None:
    first, *_ = gone_back(now)
    dispatch.dispatch(now + MINUTE, Scripted())
    Message.objects.filter(pk=first.pk).update(not_before=now + timedelta(days=1))
    assert restored.cancel_all(by="Camille", now=now + MINUTE) == 2
    assert dispatch.dispatch(now + timedelta(days=1), Scripted()).states == {"sent": 1}
    with pytest.raises(RefusedError):
        restored.release(by="Camille", now=now)


def test_one_journey_is_cancelled_and_the_rest_goes_on(now: datetime) -> None:
    first, *_ = gone_back(now)
    dispatch.dispatch(now + MINUTE, Scripted())
    assert restored.cancel(held.NONE, by="Camille", now=now + MINUTE) == 3
    assert restoration.open_one() is not None
    restored.release(by="Camille", now=now + MINUTE)
    assert Message.objects.get(pk=first.pk).state == "blocked"


def test_a_folder_copied_back_asks(now: datetime) -> None:
    dispatch.dispatch(now, Scripted())
    path = place.current().data / folder_mark.NAME
    shutil.copy(path, path.with_suffix(".old"))
    path.with_suffix(".old").rename(path)
    crowd(1, now)
    assert dispatch.dispatch(now + MINUTE, Scripted()).handled == 0
    assert Restoration.objects.get().kind == "copied"
    restored.release(by="Camille", now=now + MINUTE)
    assert dispatch.dispatch(now + 2 * MINUTE, Scripted()).states == {"sent": 1}


def test_a_dump_on_a_machine_without_the_folder_asks_after_two_minutes(now: datetime, tmp_path: Path) -> None:
    dispatch.dispatch(now, Scripted())
    crowd(1, now)
    with place.elsewhere(data=tmp_path / "elsewhere"):
        for minutes in range(1, 5):
            assert dispatch.dispatch(now + minutes * MINUTE, Scripted()).handled == 0
        assert Restoration.objects.get().kind == "moved"
        restored.release(by="Camille", now=now + 5 * MINUTE)
        assert dispatch.dispatch(now + 5 * MINUTE, Scripted()).states == {"sent": 1}


def test_a_second_machine_joins_without_a_question(now: datetime, tmp_path: Path) -> None:
    dispatch.dispatch(now, Scripted())
    with place.elsewhere(data=tmp_path / "elsewhere"):
        dispatch.dispatch(now + MINUTE, Scripted())
    dispatch.dispatch(now + MINUTE, Scripted())
    crowd(1, now)
    with place.elsewhere(data=tmp_path / "elsewhere"):
        assert dispatch.dispatch(now + 2 * MINUTE, Scripted()).states == {"sent": 1}
    assert not Restoration.objects.exists()


def test_a_dump_into_another_cluster_asks_unless_nothing_was_sent_since(now: datetime) -> None:
    dispatch.dispatch(now, Scripted())
    mark = folder_mark.read()
    assert mark
    foreign = folder_mark.Mark(mark.folder, "7-1", mark.number, mark.at)
    folder_mark.write(foreign)
    dispatch.dispatch(now + MINUTE, Scripted())
    assert not Restoration.objects.exists()
    folder_mark.write(foreign)
    dispatch.dispatch(now + 2 * MINUTE, Scripted())
    assert Restoration.objects.get().kind == "moved"


def test_a_new_database_beside_an_old_folder_has_nothing_to_ask(now: datetime) -> None:
    dispatch.dispatch(now, Scripted())
    database.execute("TRUNCATE pulse, data_folder, beat")
    dispatch.dispatch(now + MINUTE, Scripted())
    assert not Restoration.objects.exists()


def test_of_two_workers_that_begin_in_one_folder_the_quicker_names_it(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, overtaken = folder_mark.read, [True]

    def slow() -> folder_mark.Mark | None:
        found = read()
        if overtaken and overtaken.pop():
            assert not restoration.awaits(now)
        return found

    monkeypatch.setattr(folder_mark, "read", slow)
    assert restoration.awaits(now)
    crowd(1, now)
    for seconds in range(5, 200, 30):
        dispatch.dispatch(now + timedelta(seconds=seconds), Scripted())
    assert Message.objects.get().state == "sent"
    assert DataFolder.objects.get().admitted
    assert not Restoration.objects.exists()


def test_who_came_first_in_the_database_leaves_its_place_to_who_named_the_folder(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, overtaken = folder_mark.create, [True]

    def slow(mark: folder_mark.Mark) -> bool:
        if overtaken and overtaken.pop():
            assert restoration.awaits(now)
        return create(mark)

    monkeypatch.setattr(folder_mark, "create", slow)
    assert restoration.awaits(now)
    assert DataFolder.objects.get().admitted
    assert not restoration.awaits(now + timedelta(minutes=5))


def test_a_mark_that_cannot_be_read_is_replaced(now: datetime) -> None:
    place.folder(".")
    (place.current().data / folder_mark.NAME).write_text("{")
    crowd(1, now)
    assert dispatch.dispatch(now, Scripted()).states == {"sent": 1}
    assert folder_mark.read()


def stages_done(heartbeat: str, begun: str = "10 minutes") -> None:
    """A worker whose last sign of life is that long ago has the job of the stages, begun that long ago."""
    database.execute(
        f"""
        WITH worker AS (
            INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '{heartbeat}') RETURNING id
        ), job AS (
            INSERT INTO procrastinate_jobs (queue_name, task_name, lock, status, worker_id)
            SELECT 'default', 'night', 'stages', 'doing', id FROM worker RETURNING id
        )
        INSERT INTO procrastinate_events (job_id, type, at) SELECT id, 'started', now() - interval '{begun}' FROM job
        """
    )


def test_a_sending_worker_that_begins_during_the_night_waits_for_it(now: datetime, tmp_path: Path) -> None:
    dispatch.dispatch(now, Scripted())
    stages_done("5 seconds")
    crowd(1, now)
    with place.elsewhere(data=tmp_path / "elsewhere"), restoration.only_sending():
        for minutes in range(1, 60):
            assert dispatch.dispatch(now + minutes * MINUTE, Scripted()).handled == 0
    assert not Restoration.objects.exists()
    dispatch.dispatch(now + timedelta(hours=1), Scripted())
    with place.elsewhere(data=tmp_path / "elsewhere"), restoration.only_sending():
        dispatch.dispatch(now + timedelta(hours=1), Scripted())
    assert DataFolder.objects.filter(admitted=True).count() == 2


@pytest.mark.parametrize(("heartbeat", "begun"), [("5 minutes", "10 minutes"), ("5 seconds", "7 hours")])
def test_a_night_that_came_along_in_a_dump_or_hangs_proves_nothing(
    now: datetime, tmp_path: Path, heartbeat: str, begun: str
) -> None:
    dispatch.dispatch(now, Scripted())
    stages_done(heartbeat, begun)
    with place.elsewhere(data=tmp_path / "elsewhere"), restoration.only_sending():
        for minutes in range(1, 5):
            dispatch.dispatch(now + minutes * MINUTE, Scripted())
    assert Restoration.objects.get().kind == "moved"


def test_a_worker_that_does_the_stages_is_no_proof_for_itself(now: datetime, tmp_path: Path) -> None:
    dispatch.dispatch(now, Scripted())
    stages_done("5 seconds")
    with place.elsewhere(data=tmp_path / "elsewhere"):
        for minutes in range(1, 5):
            dispatch.dispatch(now + minutes * MINUTE, Scripted())
    assert Restoration.objects.get().kind == "moved"


def test_what_is_cancelled_gives_back_its_place_and_its_money(now: datetime) -> None:
    first, *_ = gone_back(now)
    charged(first, now)
    dispatch.dispatch(now + MINUTE, Scripted())
    restored.cancel_all(by="Camille", now=now + MINUTE)
    assert taken(first) == (0, 0)


def test_of_two_people_who_decide_at_once_one_does(now: datetime) -> None:
    gone_back(now)
    dispatch.dispatch(now + MINUTE, Scripted())
    both = Barrier(2)

    def decide(by: str) -> int | str:
        try:
            both.wait()
            return restored.release(by=by, now=now + MINUTE)
        except RefusedError as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        said = list(pool.map(decide, ["Anna", "Boris"]))
    assert 3 in said
    assert any("No restored database waits" in str(one) for one in said)
    assert AuditEntry.objects.filter(action="restoration settled").count() == 1


def test_who_dies_while_deciding_has_decided_nothing(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    gone_back(now)
    Message.objects.update(due_since=now)
    dispatch.dispatch(now + MINUTE, Scripted())
    with monkeypatch.context() as context:
        context.setattr(restored, "_settle", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            restored.release(by="Camille", now=now + MINUTE)
    assert set(Message.objects.values_list("due_since", flat=True)) == {now}
