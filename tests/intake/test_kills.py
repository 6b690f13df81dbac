"""kill -9 of imports at random moments: nothing is half-written, and running them again doubles and loses nothing."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from relance.contacts.models import Consent, Contact, ContactPoint
from relance.core import database
from relance.events import engine, lake
from relance.intake import contacts, events
from relance.intake.models import ImportRun
from relance.intake.options import Options
from tests.intake.conftest import Write
from tests.killing import Nursery, at_random, children, kills

pytestmark = pytest.mark.slow

__all__ = ["children", "kills"]

PEOPLE = 200  # in each file; half of them stand in the next file too
UNIT = 3  # files a process brings before it is done


def whole(write: Write, lines: Callable[[int], str], kills: int) -> list[Path]:
    return [write(lines(number), f"file{number:02}.csv") for number in range(kills + UNIT)]


def kill(children: Nursery, work: str, files: list[Path], now: datetime) -> list[int]:
    """Kill a process that brings three files, again and again; return how many events or contacts were there after each."""
    draw = Random(20260727)
    children.finish(work, now, files[0])
    seconds = UNIT * children.finish(work, now, files[1])
    found: list[int] = []
    kills = len(files) - UNIT
    while (turn := len(found)) < kills:  # the last one goes on until they came at more than one moment
        pid = children.start(work, now, *files[turn + 1 : turn + 1 + UNIT])
        at_random(draw, seconds)
        if children.kill(pid):
            count = COUNT[work]()
            if turn + 1 < kills or {count} != set(found):
                found.append(count)
            seconds *= 1.1
        else:
            seconds *= 0.8  # the machine has less other work than it had
    return found


def count_events() -> int:
    with engine.reading() as con:
        ((count,),) = con.execute("SELECT count(*) FROM events").fetchall()
    return int(count)


COUNT: dict[str, Callable[[], int]] = {"import contacts": Contact.objects.count, "import events": count_events}


def person(file: int, row: int) -> int:
    return file * PEOPLE // 2 + row


def contact_lines(file: int) -> str:
    rows = (f"{n},P{n}@Example.org,Anna {n},yes,2025-01-05" for n in (person(file, row) for row in range(PEOPLE)))
    return "id,email,first name,newsletter,opt-in date\n" + "\n".join(rows) + "\n"


def test_contacts(children: Nursery, write: Write, now: datetime, kills: int) -> None:
    files = whole(write, contact_lines, kills)
    seen = kill(children, "import contacts", files, now)
    known = (len(files) + 1) * PEOPLE // 2
    assert all(count % (PEOPLE // 2) == 0 for count in seen), "a file was half-written"
    assert len(set(seen)) > 1, "the kills came at one moment"
    for file in files:
        contacts.load(file, Options(), now)
    assert Contact.objects.count() == ContactPoint.objects.count() == Consent.objects.count() == known
    assert set(Contact.objects.values_list("external_id", flat=True)) == {str(n) for n in range(known)}
    assert set(ContactPoint.objects.values_list("value", flat=True)) == {f"p{n}@example.org" for n in range(known)}
    assert set(ImportRun.objects.values_list("state", flat=True)) == {"done"}


def moment(now: datetime, row: int) -> datetime:
    """Half of what happens is older than what PostgreSQL keeps, half is recent."""
    return now - timedelta(days=400 if row % 2 else 10, minutes=row)


def order_lines(now: datetime) -> Callable[[int], str]:
    """Return what writes a file of orders of two lines each, every other one known from the file before, and of visits."""

    def lines(file: int) -> str:
        rows = []
        for row in range(PEOPLE):
            number = person(file, row)
            at = moment(now, number).isoformat()
            rows += [f"{number % 60},order,{at},{number}.50,O{number}", f"{number % 60},order,{at},1,O{number}"]
        rows += [f"{row % 60},visit,{moment(now, file * PEOPLE + row).isoformat()},," for row in range(20)]
        return "customer id,type,date,amount,order number\n" + "\n".join(rows) + "\n"

    return lines


def test_events(children: Nursery, write: Write, now: datetime, kills: int) -> None:
    files = whole(write, order_lines(now), kills)
    seen = kill(children, "import events", files, now)
    orders = (len(files) + 1) * PEOPLE // 2
    assert len(set(seen)) > 1, "the kills came at one moment"
    for file in files:
        events.load(file, Options(), now)

    with engine.reading() as con:
        kinds = dict(con.execute("SELECT type, count(*) FROM events GROUP BY 1").fetchall())
        money = con.execute(
            "SELECT sum(amount), count(DISTINCT reference) FROM events WHERE type = 'order_placed'"
        ).fetchall()
        places = con.execute(
            "SELECT count(DISTINCT (import_file, import_line)) FROM events WHERE type = 'site_visited'"
        ).fetchall()
    assert kinds == {"order_placed": orders, "site_visited": 20 * len(files)}
    assert money == [(sum((Decimal(n) + Decimal("1.5") for n in range(orders)), Decimal(0)), orders)]
    assert places == [(20 * len(files),)]
    assert Contact.objects.count() == 60
    assert kept_where_they_belong(now, orders, len(files))


def kept_where_they_belong(now: datetime, orders: int, files: int) -> bool:
    """Tell whether the hot table holds the recent events and no other, and the lake all of them."""
    recent = Counter(row % 2 == 0 for row in range(orders))[True] + 10 * files
    ((hot, old),) = database.rows(
        "SELECT count(*), count(*) FILTER (WHERE occurred_at < %s) FROM event", [now - timedelta(days=90)]
    )
    con = engine.connect()
    found = con.execute(f"SELECT count(*) FROM read_parquet({lake.snapshot().of()!r})").fetchall()
    con.close()
    return (hot, old, found) == (recent, 0, [(orders + 20 * files,)])


def send_lines(now: datetime) -> Callable[[int], str]:
    """Return what writes a file of sends: by turns one that is delivered, opened and clicked, and one that bounces."""

    def lines(file: int) -> str:
        rows = []
        for row in range(PEOPLE):
            at = moment(now, row)
            reacted = f"{at.isoformat()},{(at + timedelta(hours=1)).isoformat()},2," if row % 2 else ",,0,hard"
            rows.append(f"p{row % 60}@example.org,Mail {file},{at.isoformat()},{reacted}")
        return "email,campaign,sent at,delivered at,opened at,clicks,bounce type\n" + "\n".join(rows) + "\n"

    return lines


def test_sends(children: Nursery, write: Write, now: datetime, kills: int) -> None:
    files = whole(write, send_lines(now), kills)
    seen = kill(children, "import events", files, now)
    assert len(set(seen)) > 1, "the kills came at one moment"
    for file in files:
        events.load(file, Options(), now)
    with engine.reading() as con:
        kinds = dict(con.execute("SELECT type, count(*) FROM events GROUP BY 1").fetchall())
    half = len(files) * PEOPLE // 2
    told = ("message_delivered", "message_opened", "message_clicked", "message_bounced")
    assert kinds == {"message_sent": 2 * half} | dict.fromkeys(told, half)
    assert Contact.objects.count() == 60
