"""With --json stdout holds one JSON document whatever happens; exit codes 0, 1, 2 and 3."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from relance.cli import commands, dormancy
from tests.cli.running import Runner

RELANCE = Path(sys.executable).with_name("relance")


def test_done_is_0(relance: Runner) -> None:
    done = relance("segments", "list", "--json")
    assert (done.code, done.data) == (0, {"segments": []})


def test_refused_is_1(relance: Runner) -> None:
    done = relance("journey", "show", "dream", "--json")
    assert done.code == 1
    assert "No journey is called dream" in done.data["error"]
    assert "No journey is called dream" in done.err


@pytest.mark.parametrize(
    "arguments", [("score", "--colour"), ("score", "--as-of", "soon"), ("journey", "show"), ("foo",)]
)
def test_wrong_use_is_2(relance: Runner, arguments: tuple[str, ...]) -> None:
    done = relance(*arguments, "--json")
    assert done.code == 2
    assert set(done.data) == {"error"}


def test_a_fault_of_ours_is_3(relance: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dormancy, "_sizes", lambda: 1 // 0)
    done = relance("segments", "list", "--json")
    assert done.code == 3
    assert "A fault of Relance, not yours: ZeroDivisionError" in done.data["error"]
    assert "Traceback" in done.err


def test_stopped_by_the_person_is_130(relance: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dormancy, "_sizes", stop)
    done = relance("segments", "list", "--json")
    assert done.code == 130
    assert done.data["error"].startswith("Stopped by you.")


def run(folder: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    rest = {name: value for name, value in os.environ.items() if not name.startswith(("RELANCE_", "DJANGO_"))}
    given = {f"RELANCE_{name.upper()}": value for name, value in settings.items()}
    command = [str(RELANCE), *arguments]
    return subprocess.run(
        command,
        env=rest | {"RELANCE_DATA": str(folder / "data")} | given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_refused_setting_is_1_and_json(tmp_path: Path) -> None:
    done = run(tmp_path, "score", "--json", port="many")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"].startswith(
        "Settings refused: RELANCE_PORT: write a whole number (it is 'many')."
    )
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_an_unknown_command_makes_no_data_folder(tmp_path: Path) -> None:
    done = run(tmp_path, "foo")
    assert done.returncode == 2
    assert "foo" in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "asked",
    [
        "score",
        *(
            pytest.param(words, marks=pytest.mark.slow)
            for words in ("doctor anna@example.org", "journey list", "worker")
        ),
        pytest.param("suppress a@example.org", marks=pytest.mark.slow),
    ],
)
def test_a_command_makes_no_installation_of_a_mistyped_folder(tmp_path: Path, asked: str) -> None:
    done = run(tmp_path, *asked.split(), *([] if asked == "worker" else ["--json"]))
    assert done.returncode == 1
    assert f"There is no installation in {tmp_path / 'data'}, the folder of RELANCE_DATA." in done.stderr
    assert asked == "worker" or json.loads(done.stdout)["error"] == done.stderr.strip()
    assert not (tmp_path / "data").exists()


def test_check_finds_that_there_is_no_installation_and_makes_none(tmp_path: Path) -> None:
    done = run(tmp_path, "check", "--json")
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["level"], finding["subject"]) == ("error", "data folder")
    assert f"There is no installation in {tmp_path / 'data'}" in finding["sentence"]
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
def test_help_and_what_works_on_files_alone_need_no_installation(tmp_path: Path) -> None:
    for asked in (["doctor", "--help"], ["journey"], ["version"], ["bounces", "classify", str(tmp_path)]):
        assert "no installation" not in run(tmp_path, *asked).stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
def test_an_import_begins_an_installation_and_says_so(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("id,email\n1,anna@example.org\n", encoding="utf-8")
    done = run(tmp_path, "import", "contacts", str(people), "--json")
    assert done.returncode == 0, done.stderr
    assert f"A new installation begins in {tmp_path / 'data'}." in done.stderr
    again = run(tmp_path, "segments", "list", "--json")
    assert (again.returncode, json.loads(again.stdout)) == (0, {"segments": []})


def test_a_command_loads_its_own_files_alone() -> None:
    loaded = "import sys; from relance.cli import commands; commands.tree('queue'); print('scipy' in sys.modules)"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "relance.settings"}
    code = f"import django; django.setup(); {loaded}"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_command_of_journeys_is_found_however_it_is_asked_for() -> None:
    for among in (None, "rehearse", "lint"):
        group = typer.main.get_command(commands.tree("journey", among)).commands["journey"]
        assert {"lint", among or "rehearse"} <= set(group.commands)
