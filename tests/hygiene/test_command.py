"""`relance clean` cleans and says what it found."""

import json

import typer
from typer.testing import CliRunner

from relance.cli import hygiene
from tests.hygiene.people import person

app = typer.Typer()
app.command("clean")(hygiene.run)


def test_clean_judges_and_reports(db: None) -> None:
    person("Anna", "anna@example.org")
    person("Boris", "boris@gmial.com")
    found = json.loads(CliRunner().invoke(app, ["--json"], catch_exceptions=False).stdout)
    assert found["done"] == 2
    assert found["email"]["reasons"]["mistyped"] == {"count": 1, "of": 2, "share": 0.5}
    shown = CliRunner().invoke(app, [], catch_exceptions=False).stdout
    assert "mistyped domain" in shown
    assert "50.00%" in shown
