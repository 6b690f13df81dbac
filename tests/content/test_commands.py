"""`relance templates` publishes, lists and previews."""

import json
from pathlib import Path

from typer.testing import CliRunner

from relance.cli.templates import app
from tests.content.test_recipes import FOLDER


def said(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    answer: dict[str, object] = json.loads(result.stdout)
    return answer


def test_publish_list_and_preview(db: None, tmp_path: Path) -> None:
    published = said("publish", str(FOLDER / "offer.yaml"), str(FOLDER / "last-call.yaml"))["templates"]
    assert isinstance(published, list)
    assert [(row["template"], row["version"], row["warnings"]) for row in published] == [
        ("offer", 1, []),
        ("last-call", 1, []),
    ]
    listed = said("list")["templates"]
    assert isinstance(listed, list)
    assert [row["template"] for row in listed] == ["last-call", "offer"]
    seen = said("preview", "offer", "--language", "en", "--variant", "a", "--out", str(tmp_path / "offer.html"))
    assert seen["subject"] == "€10 off from €50"
    assert "https://shop.example.org" in (tmp_path / "offer.html").read_text()


def test_a_person_reads_the_subject_and_the_text(db: None, tmp_path: Path) -> None:
    said("publish", str(FOLDER / "last-call.yaml"))
    shown = (
        CliRunner()
        .invoke(app, ["preview", "last-call", "--out", str(tmp_path / "x.html")], catch_exceptions=False)
        .stdout
    )
    assert "On reste en contact\u00a0?" in shown
    assert "last-call" in CliRunner().invoke(app, ["list"], catch_exceptions=False).stdout
