"""The lake's last state is remembered, and read again as soon as somebody committed after it or another lake is there."""

import multiprocessing
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from relance.core import place
from relance.events import flush, hot, lake
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
