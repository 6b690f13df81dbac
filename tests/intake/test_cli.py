"""relance import: what it prints, and on which stream."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from relance.cli.imports import app, pairs
from relance.contacts.models import Contact
from relance.core.errors import InputError
from relance.intake.models import ImportRun

from .conftest import Write

pytestmark = pytest.mark.usefixtures("db")


def test_json_is_all_there_is_on_stdout(write: Write) -> None:
    path = write("mail de contact;Nom\na@x.fr;Anna\n")
    result = CliRunner().invoke(app, ["contacts", str(path), "--map", "mail de contact=email", "--json"])
    told = json.loads(result.stdout)
    assert (told["totals"]["loaded"], told["state"]) == (1, "done")
    assert told["mapping"]["columns"] == {"Nom": "last_name", "mail de contact": "email"}


def test_people_read_totals_reasons_and_where_the_rejects_are(write: Write) -> None:
    result = CliRunner().invoke(app, ["contacts", str(write("id,email\n1,a@x.fr\n,nobody\n"))])
    assert "Imported: people.csv, as contacts from source files." in result.stdout
    assert "the e-mail has no @" in result.stdout
    assert ": 1 line (line 3)" in result.stdout
    assert Path(result.stdout.split("with line and reason: ")[1].split("\n")[0]).exists()


def test_each_kind_has_its_command(write: Write) -> None:
    events = write("customer id,date,amount\n7,2025-01-05,10\n", "events.csv")
    assert (
        CliRunner().invoke(app, ["events", str(events), "--source", "till", "--covered-since", "2024-01-01"]).exit_code
        == 0
    )
    assert CliRunner().invoke(app, ["consents", str(write("client id,given\n7,yes\n", "consents.csv"))]).exit_code == 0
    assert CliRunner().invoke(app, ["suppressions", str(write("email\nb@x.fr\n", "suppressions.csv"))]).exit_code == 0
    assert set(ImportRun.objects.values_list("kind", "source__name")) == {
        ("events", "till"), ("consents", "files"), ("suppressions", "files"),
    }  # fmt: skip


def test_a_dry_run_says_so(write: Write) -> None:
    result = CliRunner().invoke(app, ["contacts", str(write("id\n1\n")), "--dry-run"])
    assert "Nothing written (dry run)" in result.stdout
    assert not Contact.objects.exists()


@pytest.mark.parametrize("arguments", [["--zone", "Mars/Olympus"], ["--map", "id"]])
def test_a_wrong_option_is_refused(write: Write, arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["contacts", str(write("id\n1\n")), *arguments])
    assert isinstance(result.exception, InputError)


def test_a_choice_that_is_none_is_wrong_use(write: Write) -> None:
    assert CliRunner().invoke(app, ["contacts", str(write("id\n1\n")), "--mode", "replace"]).exit_code == 2


def test_a_columns_name_may_hold_an_equals_sign() -> None:
    assert pairs(["a=b=email"]) == {"a=b": "email"}


def test_rejections_are_told_as_reasons_with_their_first_lines(write: Write) -> None:
    rows = "".join(f"{n},a{n}@x.fr\n" for n in range(3)) + "lost\n" + "".join(f",nobody{n}\n" for n in range(8))
    result = CliRunner().invoke(app, ["contacts", str(write("id,email\n" + rows))])
    assert (
        "1 field where the header has 2; a separator or a quote is missing or too many: 1 line (line 5)"
        in result.stdout
    )
    assert "8 lines (first lines: 6, 7, 8" in result.stdout
    assert "×" not in result.stdout
