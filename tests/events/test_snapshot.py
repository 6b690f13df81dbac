"""The lake's last state is remembered, and read again as soon as somebody committed after it or another lake is there."""

import multiprocessing
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from relance.core import place
from relance.events import engine, flush, hot, lake
from relance.events.hot import NewEvent


def told(now: datetime, days: int) -> None:
    hot.insert([NewEvent(32, 1, "logged_in", now - timedelta(days=days), reference=f"r{days}")])
    flush.run(now)


def _commit(path: str) -> None:
    DeltaTable(path).create_write_transaction([], "append", lake.SCHEMA, ["bucket"])


def test_a_state_is_read_once(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    told(now, 1)
    before = lake.snapshot()
    monkeypatch.setattr(lake, "table", lambda: pytest.fail("the lake was read again"))
    assert lake.snapshot() is before


@pytest.mark.slow
def test_a_commit_of_another_process_is_seen(db: None, now: datetime) -> None:
    told(now, 1)
    before = lake.snapshot()
    other = multiprocessing.get_context("spawn").Process(target=_commit, args=(place.current().lake,))
    other.start()
    other.join()
    assert lake.snapshot().version == before.version + 1


def test_another_lake_in_the_same_place_is_seen(db: None, now: datetime, tmp_path: Path) -> None:
    told(now, 1)
    here = Path(place.current().lake)
    shutil.copytree(here, tmp_path / "older")
    told(now, 2)
    newer = lake.snapshot()
    assert len(newer.of()) == 2
    shutil.rmtree(here)
    shutil.copytree(tmp_path / "older", here)  # put back from a backup
    assert len(lake.snapshot().of()) == 1
    told(now, 3)  # the same version as the newer one, another state
    assert lake.snapshot().version == newer.version
    assert lake.snapshot().of() != newer.of()


def test_who_names_types_fetches_those_alone_from_the_database(db: None, now: datetime) -> None:
    told(now, 400)  # in the lake
    kinds = ("logged_in", "order_placed", "site_visited")
    hot.insert([NewEvent(32, 1, kind, now - timedelta(days=1), reference=kind) for kind in kinds])
    with engine.reading(types=("logged_in", "order_placed")) as con:
        assert con.execute("SELECT type FROM hot ORDER BY type").fetchall() == [("logged_in",), ("order_placed",)]
        found = con.execute("SELECT count(*) FROM events WHERE type IN ('logged_in', 'order_placed')").fetchone()
    assert found == (3,)
    with engine.reading(types=()) as con:
        assert con.execute("SELECT count(*) FROM hot").fetchone() == (0,)
    with engine.reading(types=["it's"]) as con:
        assert con.execute("SELECT count(*) FROM hot").fetchone() == (0,)
