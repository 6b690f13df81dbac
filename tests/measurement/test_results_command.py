"""`relance journey result`."""

import json

import typer
from typer.testing import CliRunner

from relance.cli import results
from tests.measurement.conftest import Running

app = typer.Typer()
app.command()(results.result)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False, env={"COLUMNS": "160"})
    assert done.exit_code == 0
    return done.stdout


def enrolled(running: Running) -> None:
    anna, *_ = running.enrol(control=False, days_ago=60, times=9)
    running.enrol(control=True, days_ago=60)
    running.happened(anna, "order_placed", days_ago=50, amount="40")


def test_people_read_rates_the_conclusion_and_the_notes(running: Running) -> None:
    enrolled(running)
    text = run("wake-up", "--as-of", running.now.isoformat())
    assert "1 (11.1%)" in text
    assert "Too few people ordered to conclude" in text
    assert "Note: No data cover store_purchase" in text


def test_programs_read_json_alone(running: Running) -> None:
    enrolled(running)
    data = json.loads(run("wake-up", "--json", "--as-of", running.now.isoformat()))
    assert (data["treated"], data["control"], data["simulated"]) == (9, 1, False)
    assert data["effects"][0]["treated"]["count"] == 1
    assert data["revenue"]["treated"] == "40.0000"


def test_nothing_is_shown_for_what_data_do_not_cover(running: Running) -> None:
    data = json.loads(run("wake-up", "--json", "--as-of", running.now.isoformat()))
    assert data["effects"][0]["known"] is False
    assert data["effects"][0]["treated"] is None
