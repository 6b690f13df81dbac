"""The CDNOW 1/10 sample through the importer and the scoring: frequency, recency, T as published, for every customer.

Published: Fader, Hardie and Lee (2005), `cdnow_customers_summary_with_transactions.csv`, in weeks, as of 1997-09-30: x is
distinct purchase days minus one, t_x the age at the last of them, T the age on that day.
"""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from relance.core import database, place
from relance.dormancy import scoring
from relance.events import engine
from tests.command_line import app

pytestmark = pytest.mark.data

END_OF_CALIBRATION = datetime(
    1997, 9, 30, tzinfo=UTC
)  # purchases are dated by the day: that day's count, later ones do not
COLUMNS = {"8-11": "external_id", "13-20": "occurred_at", "22-23": "quantity", "24-31": "amount"}
Published = dict[str, tuple[int, str, str]]


@pytest.fixture(scope="module")
def imported(server: None, public_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What `relance import events` answered to the file; the customers are scored as of the day."""
    folder = tmp_path_factory.mktemp("cdnow")
    with database.scratch(), place.elsewhere(data=folder, lake=str(folder / "lake")):
        maps = [word for position, name in COLUMNS.items() for word in ("--map", f"{position}={name}")]
        arguments = ["import", "events", str(public_data / "cdnow" / "CDNOW_sample.txt"), *maps]
        answer = CliRunner().invoke(app, [*arguments, "--type", "order_placed", "--zone", "UTC", "--json"])
        assert answer.exit_code == 0, answer.output
        scoring.score(END_OF_CALIBRATION)
        yield json.loads(answer.stdout)["totals"]


@pytest.fixture(scope="module")
def published(public_data: Path) -> Published:
    """Return x, t_x and T by customer, the weeks as they are written."""
    with (public_data / "cdnow" / "cdnow_customers_summary_with_transactions.csv").open(newline="") as file:
        return {row["ID"]: (int(row["x"]), row["t_x"], row["T"]) for row in csv.DictReader(file)}


def scored() -> list[tuple[str, int, int, int]]:
    """Return customer, frequency, recency and T, these two in days."""
    con = engine.connect()
    columns = "CAST(CAST(external_id AS INTEGER) AS VARCHAR), frequency, recency, T"
    found = con.execute(f"SELECT {columns} FROM read_parquet('{scoring.profiles_path()}')").fetchall()
    con.close()
    return found


def test_every_purchase_is_in(imported: dict[str, Any]) -> None:
    assert (imported["read"], imported["loaded"], imported["contacts_created"]) == (6_919, 6_919, 2_357)
    assert imported["classes"] == {"order_placed": {"rows": 6_919, "money": "244091.94"}}


def test_frequency_recency_and_age_are_the_published_ones(imported: dict[str, Any], published: Published) -> None:
    found = {who: (frequency, f"{recency / 7:.2f}", f"{age / 7:.2f}") for who, frequency, recency, age in scored()}
    assert len(found) == len(published) == 2_357
    assert {who: (found[who], published[who]) for who in published if found[who] != published[who]} == {}


def test_what_came_later_does_not_count_then_and_does_later(imported: dict[str, Any], published: Published) -> None:
    repeats = sum(x for x, _, _ in published.values())
    assert sum(frequency for _, frequency, _, _ in scored()) == repeats == 2_457
    scoring.score(datetime(1998, 6, 30, tzinfo=UTC))
    assert sum(frequency for _, frequency, _, _ in scored()) > 1.5 * repeats
