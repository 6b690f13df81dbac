"""`relance journey`: what it prints, for people and for programs."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from relance.cli.journeys import app
from relance.core.errors import DefinitionError, NotFoundError, RefusedError
from relance.core.models import AuditEntry
from relance.eligibility import permission
from relance.journeys import advance, entry
from tests.journeys.people import SIMPLE, dormant, shop

JOURNEY = SIMPLE.replace("holdout: none", "holdout: 10%")


@pytest.fixture
def file(shared: None, tmp_path: Path) -> Path:
    shop(datetime.now(UTC))
    permission.declare_no_opt_outs("Anna", "", datetime.now(UTC))
    path = tmp_path / "wake.yaml"
    path.write_text(JOURNEY)
    return path


def run(*arguments: object) -> str:
    """Return what the command prints; raise what it raises."""
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=True)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_lint_is_content_with_a_sound_journey(file: Path) -> None:
    assert "Nothing to say" in run("lint", file)
    assert json.loads(run("lint", file, "--json"))["findings"] == []


def test_lint_names_line_step_and_code_and_refuses(file: Path) -> None:
    file.write_text(JOURNEY.replace("template: last-call", "template: lost"))
    [finding] = json.loads(run("lint", file, "--json"))["findings"]
    assert (finding["level"], finding["code"], finding["step"], finding["line"]) == (
        "error",
        "unknown_template",
        "bye",
        11,
    )
    assert CliRunner().invoke(app, ["lint", str(file), "--json"]).exit_code == 1
    with pytest.raises(RefusedError, match="1 error to correct"):
        run("lint", file)


def test_publish_says_whether_the_version_is_new_and_notes_who_did_it(file: Path) -> None:
    first, second = (json.loads(run("publish", file, "--json")) for _ in range(2))
    assert (first["version"], first["new"], second["version"], second["new"]) == (1, True, 1, False)
    assert AuditEntry.objects.filter(action="publish journey", subject="wake 1").count() == 1


def test_publish_refuses_what_is_no_journey(file: Path) -> None:
    file.write_text("journey: wake\n")
    with pytest.raises(DefinitionError, match=r"purpose: this field is missing"):
        run("publish", file)


def test_publish_and_start_say_what_the_groups_can_show(file: Path) -> None:
    dormant(range(1, 2001), datetime.now(UTC))
    expected = json.loads(run("publish", file, "--json"))["expected"]
    assert expected["treated"] + expected["control"] == 2000
    assert "in the control group; if 2.0% come back by themselves, a rise of" in run("start", "wake")
    assert expected["sentences"]["fr"].startswith(f"1\u202f{expected['treated'] - 1000:03} personnes dans le parcours")


def test_start_pause_list_and_show(file: Path) -> None:
    run("publish", file)
    assert "wake is running" in run("start", "wake")
    now = datetime.now(UTC)
    dormant(range(1, 101), now)
    entry.run(now)
    advance.run(now)
    data = json.loads(run("show", "wake", "--json"))
    waiting = {step["position"]: step["people"] for step in data["steps"]}
    assert waiting["1"] + data["control"] == 100
    assert data["control"] > 0
    assert f"wait 7 days: {waiting['1']}" in run("show", "wake")
    [row] = json.loads(run("list", "--json"))["journeys"]
    assert (row["journey"], row["version"], row["open"]) == ("wake", 1, waiting["1"])
    assert json.loads(run("pause", "wake", "--json")) == {"journey": "wake", "running": False}


def test_several_channels_are_shown_in_their_order_and_warned_of(file: Path) -> None:
    listed = "channel: [sms, email], choose: cheapest, template: {sms: short, email: last-call}"
    file.write_text(file.read_text().replace("channel: email, template: last-call", listed))
    assert "warning: line" in run("lint", file)
    assert "Relance does not send by sms yet" in run("lint", file)
    run("publish", file)
    shown = run("show", "wake")
    assert "send hello (hello-no-offer): 0" in shown
    assert "send bye (the cheapest of sms short, email last-call): 0" in " ".join(shown.split())


def test_a_name_nobody_gave_is_refused(shared: None) -> None:
    with pytest.raises(NotFoundError, match="No journey is called dream"):
        run("show", "dream")
