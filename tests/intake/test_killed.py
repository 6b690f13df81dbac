"""An import killed at any moment leaves nothing half-written, and can be run again without doubling anything."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from relance.contacts.models import Contact, ContactPoint
from relance.core import place
from relance.events import engine
from relance.intake import contacts, events
from relance.intake.options import Options

from .conftest import Write

PEOPLE, KILLS = 3_000, 20

CHILD = """
import sys
import django
django.setup()
from datetime import datetime
from pathlib import Path
from relance.core import database, place
from relance.intake import contacts, events
from relance.intake.options import Options
name, lake, data, people, orders, now = sys.argv[1:]
database._switch(name)
with place.elsewhere(lake=lake, data=Path(data)):
    print("ready", flush=True)
    contacts.load(Path(people), Options(), datetime.fromisoformat(now))
    events.load(Path(orders), Options(), datetime.fromisoformat(now))
"""


def start(people: Path, orders: Path, now: datetime) -> subprocess.Popen[bytes]:
    """Start an import of both files in a process of its own, on this test's database and lake."""
    here = place.current()
    arguments = [connection.settings_dict["NAME"], here.lake, str(here.data), str(people), str(orders), now.isoformat()]
    child = subprocess.Popen([sys.executable, "-c", CHILD, *arguments], stdout=subprocess.PIPE, env=dict(os.environ))
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    return child


@pytest.mark.long
@pytest.mark.usefixtures("db")
def test_twenty_kills_leave_exact_counts(write: Write, now: datetime) -> None:
    people = write("id,email\n" + "".join(f"{n},p{n}@x.fr\n" for n in range(PEOPLE)))
    rows = [f"{n % PEOPLE},2025-01-05,{n},O{n // 2}" for n in range(2 * PEOPLE)] + [f"{n},2026-07-20,1," for n in range(PEOPLE)]
    orders = write("customer id,date,amount,order number\n" + "\n".join(rows) + "\n", "orders.csv")
    draw = random.Random(2026)
    for _ in range(KILLS):
        child = start(people, orders, now)
        time.sleep(draw.uniform(0, 1.2))  # the moment of the kill, not a wait for a result
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert Contact.objects.count() in {0, PEOPLE}
    contacts.load(people, Options(), now)
    events.load(orders, Options(), now)
    assert Contact.objects.count() == ContactPoint.objects.count() == PEOPLE
    with engine.reading() as con:
        assert con.execute("SELECT count(*), sum(amount) FROM events").fetchall() == [
            (2 * PEOPLE + PEOPLE, sum(range(2 * PEOPLE)) + PEOPLE)
        ]  # fmt: skip
