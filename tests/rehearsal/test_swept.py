"""A rehearsal killed outright leaves a database and a folder, which the next start removes; a running one keeps its own."""

import subprocess
import sys
from datetime import datetime

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from relance.core import database, place
from relance.rehearsal import scratch
from tests.journeys import people

pytestmark = pytest.mark.slow

CHILD = """
import sys
import django
django.setup()
from datetime import datetime
from pathlib import Path
from django.db import connection
from relance.core import database, place
from relance.rehearsal import rates, rehearse
name, lake, data, now = sys.argv[1:]
database._switch(name)

def hang(stage, done, total):
    print(connection.settings_dict["NAME"], flush=True)
    sys.stdin.read()

with place.elsewhere(lake=lake, data=Path(data)):
    rehearse.rehearse(rehearse.Options("wake", datetime.fromisoformat(now), 60, rates.load()), hang)
"""


def databases() -> set[str]:
    """Return the databases of the server."""
    with psycopg.connect(database.dsn("postgres")) as own:
        return {name for (name,) in own.execute("SELECT datname FROM pg_database").fetchall()}


def folders() -> set[str]:
    """Return the scratch folders of rehearsals."""
    return {path.name for path in place.folder("rehearsals").glob("scratch-*")}


def killed_rehearsal(now: datetime) -> str:
    """Kill -9 a process in the middle of a rehearsal; return the name of its database."""
    here = place.current()
    command = [
        sys.executable,
        "-c",
        CHILD,
        connection.settings_dict["NAME"],
        here.lake,
        str(here.data),
        now.isoformat(),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        process.kill()
    return name


def test_what_a_killed_rehearsal_left_is_swept_and_a_running_one_stays(db: None, now: datetime) -> None:
    people.shop(now)
    people.dormant(range(1, 50), now)
    people.running(people.SIMPLE, now)
    name = killed_rehearsal(now)
    (left,) = folders()
    assert name in databases()
    live = connection.settings_dict["NAME"]
    with scratch.copy() as mine:  # the next rehearsal sweeps first
        running = str(connection.settings_dict["NAME"])
        assert folders() == {mine.name}
        assert name not in databases()
        database._switch(live)  # as another process of the same installation sees it
        assert scratch.sweep() == []
        assert (folders(), running in databases()) == ({mine.name}, True)
        database._switch(running)
    assert left not in folders()
    assert (folders(), running in databases()) == (set(), False)


def test_a_database_of_somebody_elses_is_no_scratch_of_ours(db: None) -> None:
    other = f"{connection.settings_dict['NAME']}_scratch_pad"
    database._create_database(other)
    try:
        assert database.sweep() == []
        assert other in databases()
    finally:
        database._drop_database(other)
    assert settings.DATABASES["default"]["NAME"] == connection.settings_dict["NAME"]
