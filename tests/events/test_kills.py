"""kill -9 of flushes at random moments, alone and while writers commit late: each event is in the lake once, none is lost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import psycopg
import pytest

from relance.core import database
from relance.events import engine, flush, hot, lake
from relance.events.hot import NewEvent
from tests.killing import Nursery, at_random, children, kills

pytestmark = pytest.mark.slow

__all__ = ["children", "kills"]

EACH = 200  # events between two kills
PEOPLE = 60
DAYS = 3


def seen() -> tuple[int, int, int]:
    """Return what readers see: events, distinct references, the sum of amounts."""
    with engine.reading() as con:
        [row] = con.execute(
            "SELECT count(*), count(DISTINCT reference), coalesce(sum(amount), 0)::BIGINT FROM events"
        ).fetchall()
    return row


def in_lake() -> tuple[int, int]:
    """Return the events of the lake alone, and their distinct references."""
    con = engine.connect()
    [row] = con.execute(
        f"SELECT count(*), count(DISTINCT reference) FROM read_parquet({lake.snapshot().of()!r})"
    ).fetchall()
    con.close()
    return row


def told(now: datetime, turn: int) -> list[NewEvent]:
    """Events of the last hundred days: on each of the next days some of them become too old for PostgreSQL."""
    found = []
    for row in range(EACH):
        at = now - timedelta(days=row % 100)
        found.append(
            NewEvent(row % PEOPLE, 1, "order_placed", at, Decimal(row), reference=f"{turn}/{row}", recorded_at=at)
        )
    return found


def test_a_flush_alone(children: Nursery, now: datetime, kills: int) -> None:
    draw = Random(20260727)
    hot.insert(told(now, 0))
    children.finish("flush daily", now, 1)
    hot.insert(told(now, 1))
    seconds = children.finish("flush daily", now, DAYS)
    turns = 2
    flushed: list[bool] = []
    while len(flushed) < kills or len(set(flushed)) < 2:  # some kills before the commit, some after
        today = now + timedelta(days=turns)
        hot.insert(told(today, turns))
        turns += 1
        before = lake.snapshot().version
        pid = children.start("flush daily", today, DAYS)
        at_random(draw, seconds)
        killed = children.kill(pid)
        committed = lake.snapshot().version > before
        if killed:
            flushed.append(committed)
        seconds *= 0.9 if committed else 1.1  # the next kill comes nearer to the commit
        assert seen() == (turns * EACH, turns * EACH, turns * sum(range(EACH))), "after each kill all is there once"
        assert turns < 4 * 20, "the kills come all before, or all after the commit"

    end = now + timedelta(days=turns)
    flush.run(end)
    assert seen() == (turns * EACH, turns * EACH, turns * sum(range(EACH)))
    assert in_lake() == (turns * EACH, turns * EACH)
    young = sum(now + timedelta(days=turn or 0) - timedelta(days=row % 100) >= end - timedelta(days=90)
                for turn in [0, 0, *range(2, turns)] for row in range(EACH))  # fmt: skip
    assert database.rows("SELECT count(*) FROM event") == [(young,)]


@dataclass
class Writers:
    """People's programs that record events in transactions they keep open for a while; some think better of it."""

    dsn: str
    committed: list[str] = field(default_factory=list)
    undone: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def write(self, name: int) -> None:
        draw = Random(name)
        turn = 0
        with psycopg.connect(self.dsn) as own:
            while not self.stopped.is_set():
                turn += 1
                references = [f"{name}/{turn}/{row}" for row in range(draw.randint(2, 12))]
                self._record(own, references[:1])  # takes the transaction's id, early
                own.execute("SELECT pg_sleep(%s)", [draw.uniform(0, 0.15)])
                self._record(own, references[1:])
                if draw.random() < 0.2:
                    own.rollback()
                    self.undone += 1
                else:
                    own.commit()
                    self.committed += references

    @staticmethod
    def _record(own: psycopg.Connection, references: list[str]) -> None:
        own.execute(
            "INSERT INTO event (contact_id, source_id, type, occurred_at, amount, reference) "
            "SELECT hashtext(name) & 3, 1, 'order_placed', now(), 1, name FROM unnest(%s::text[]) AS name",
            [references],
        )


@contextmanager
def writing(number: int) -> Iterator[Writers]:
    """Let so many writers write until the block ends."""
    writers = Writers(database.dsn())
    threads = [threading.Thread(target=writers.write, args=[name]) for name in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield writers
    finally:
        writers.stopped.set()
        for thread in threads:
            thread.join()


def test_a_flush_that_races_with_writers_who_commit_late(children: Nursery, now: datetime, kills: int) -> None:
    draw = Random(20260728)
    hot.insert(told(now, 0)[:1])
    children.finish("flush daily", now, 1)
    hot.insert(told(now, 0)[1:2])
    seconds = 4 * children.finish("flush daily", now, 1)
    versions: list[int] = []
    with writing(4) as writers:
        for _ in range(kills):
            pid = children.start("flush on and on", now)
            at_random(draw, seconds)
            assert children.kill(pid)
            versions.append(lake.snapshot().version)
            seconds *= 1.2 if versions[-1] == versions[0] else 1
            least = len(writers.committed) + 2
            events, distinct, _ = seen()
            assert least <= events == distinct, "readers see all that is committed, once, whatever flushes meanwhile"
    assert len(set(versions)) > 1, "hardly anything was flushed"
    assert len(set(writers.committed)) == len(writers.committed) > 0
    assert writers.undone

    everything = len(writers.committed) + 2
    assert seen() == (everything, everything, len(writers.committed) + 1)
    flush.run(now)
    assert seen() == (everything, everything, len(writers.committed) + 1)
    assert in_lake() == (everything, everything)
    assert database.rows(
        "SELECT count(*) FROM event WHERE reference <> ALL(%s)", [[*writers.committed, "0/0", "0/1"]]
    ) == [(0,)]
