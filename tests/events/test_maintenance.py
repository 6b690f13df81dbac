"""Maintenance changes no row, and leaves replaced files to readers for a day."""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from relance.core import place
from relance.events import engine, flush, hot, lake, maintenance
from relance.events.hot import NewEvent


def seen() -> list[tuple[object, ...]]:
    with engine.reading() as con:
        return con.execute("SELECT contact_id, reference, occurred_at FROM events ORDER BY ALL").fetchall()


def crowded(now: datetime) -> None:
    for number in range(6):
        hot.insert([NewEvent(32, 1, "logged_in", now - timedelta(days=number), reference=f"r{number}")])
        flush.run(now)


def test_a_crowded_bucket_becomes_one_file_with_the_same_rows(db: None, now: datetime) -> None:
    crowded(now)
    before, version = seen(), lake.snapshot().version
    assert maintenance.run(now) == 6
    assert seen() == before
    assert len(lake.snapshot().of()) == 1
    assert lake.only_flushed(version, lake.snapshot().version)
    assert flush.run(now) == 0


def test_replaced_files_go_once_they_are_a_day_old(db: None, now: datetime) -> None:
    crowded(now)
    maintenance.run(now)
    folder = Path(place.current().lake)
    assert len(list(folder.glob("bucket=*/*.parquet"))) == 7
    for file in folder.glob("bucket=*/*.parquet"):
        os.utime(file, (time.time() - 90_000,) * 2)
    assert maintenance.run(now) == 6
    assert len(seen()) == 6
