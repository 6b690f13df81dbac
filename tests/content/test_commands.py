"""`relance templates` publishes, lists and previews."""

import json
from pathlib import Path

from django.conf import settings
from django.test import override_settings
from typer.testing import CliRunner

from relance.cli.templates import app
from tests.content.link_check.site import served
from tests.content.test_recipes import FOLDER
from tests.delivery.spam_filter.test_spam_filter import REPORT, daemon


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


def test_links_are_checked_from_the_command_line(db: None) -> None:
    said("publish", str(FOLDER / "offer.yaml"))
    with served() as (site, _), override_settings(RELANCE=_at(base_url=site, shop_url=site)):
        links = said("check-links", "offer", "--language", "en")["links"]
        shown = CliRunner().invoke(app, ["check-links", "offer"], catch_exceptions=False).stdout
    assert isinstance(links, list)
    assert {(row["state"], row["status"]) for row in links} == {("insecure", 200)}
    assert "insecure" in shown
    assert not any("/u/" in row["address"] or "/p/" in row["address"] for row in links)


def test_the_spam_filter_is_asked_from_the_command_line(db: None) -> None:
    said("publish", str(FOLDER / "offer.yaml"))
    with daemon(f"SPAMD/1.1 0 EX_OK\r\nSpam: False ; 3.4 / 5.0\r\n\r\n{REPORT}") as took:
        score = said("spam-score", "offer", "--language", "en")
        shown = CliRunner().invoke(app, ["spam-score", "offer"], catch_exceptions=False).stdout
    assert (score["points"], score["threshold"], score["spam"]) == (3.4, 5.0, False)
    assert "SUBJ_ALL_CAPS" in shown
    assert b"Subject: " in took[0][1]


def _at(**changes: object) -> object:
    return settings.RELANCE.model_copy(update=changes)
