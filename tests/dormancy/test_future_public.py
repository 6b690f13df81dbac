"""Future inactivity on real purchases, as docs/en/dormancy.md tells it: where it beats recency it says so, elsewhere it is off."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from relance.core import database, place
from relance.core.definitions import parse
from relance.dormancy import policies
from relance.dormancy.future import keeping
from tests.command_line import app

pytestmark = [pytest.mark.data, pytest.mark.long]

CDNOW = ["8-11=external_id", "13-20=occurred_at", "22-23=quantity", "24-31=amount"]
POLICY = """policy: shop
population: {{orders: {{gte: 1}}}}
criteria:
  no_purchase: {{without: [order_placed, store_purchase], for: {window}, points: 3}}
states:
  dormant: {{points: 3, needs: no_purchase}}
cadence: {{overdue_at: 3}}
"""
Judge = Callable[[str, datetime], dict[str, Any]]


def judge(window: str, now: datetime) -> dict[str, Any]:
    """Return what is found of each horizon with a window."""
    policies.apply(parse(POLICY.format(window=window), "shop.yaml"), now)
    found: dict[str, Any] = keeping.judged(now)["shop"]["horizons"]
    for horizon, told in found.items():
        figures = told["figures"]
        print(window, horizon, told["refusal"] or "on", told["basis"], figures["learned"], figures["tested"])  # noqa: T201
        if "model" in figures:
            print("  ", figures["model"]["auc"], figures["recency"]["auc"], figures["auc_difference"])  # noqa: T201
            print("  ", figures["model"]["slope"], figures["recency"]["slope"], figures["brier_difference"])  # noqa: T201
    return found


def brought(folder: Path, arguments: list[str]) -> Iterator[Judge]:
    with database.scratch(), place.elsewhere(data=folder, lake=str(folder / "lake")):
        answer = CliRunner().invoke(app, ["import", "events", *arguments, "--zone", "UTC", "--json"])
        assert answer.exit_code == 0, answer.output
        yield judge


@pytest.fixture
def cdnow(server: None, public_data: Path, tmp_path: Path) -> Iterator[Judge]:
    maps = [word for name in CDNOW for word in ("--map", name)]
    yield from brought(tmp_path, [str(public_data / "cdnow" / "CDNOW_sample.txt"), *maps, "--type", "order_placed"])


@pytest.fixture
def online_retail(server: None, public_data: Path, tmp_path: Path) -> Iterator[Judge]:
    yield from brought(tmp_path, [str(public_data / "online_retail" / "online_retail_until_2011-06-09.csv.gz")])


def test_cdnow_has_too_few_people_to_tell_but_for_one_horizon(cdnow: Judge) -> None:
    now = datetime(1998, 7, 1, tzinfo=UTC)
    assert {told["refusal"] for told in cdnow("6 months", now).values()} <= {"too_few_to_learn", "too_few_to_test"}
    found = cdnow("4 months", now)
    assert (found["30"]["basis"], found["60"]["basis"], found["90"]["basis"]) == ("none", "recency", "model")
    assert found["90"]["figures"]["recency"]["auc"]["value"] == pytest.approx(0.718, abs=0.001)
    assert found["90"]["figures"]["auc_difference"]["low"] < 0.02  # barely


def test_online_retail_beats_recency_where_rhythm_is_quick(online_retail: Judge) -> None:
    now = datetime(2011, 6, 10, tzinfo=UTC)
    slow, quick = online_retail("3 months", now), online_retail("2 months", now)
    assert (quick["30"]["accepted"], quick["60"]["accepted"]) == (True, True)
    assert quick["60"]["figures"]["auc_difference"]["low"] > slow["60"]["figures"]["auc_difference"]["low"] > 0
    assert (slow["90"]["refusal"], quick["90"]["refusal"]) == ("too_few_to_learn", "too_few_to_learn")
