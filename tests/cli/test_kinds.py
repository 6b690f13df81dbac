"""`relance kinds` and `relance targets`."""

import json
from datetime import datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from relance.core.errors import RefusedError
from relance.dormancy.kinds import counting
from relance.segments.models import Segment
from tests.command_line import app
from tests.dormancy.kinds.conftest import do, shop

__all__ = ["shop"]


def said(*arguments: str) -> dict[str, Any]:
    """Return a command's JSON."""
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def people(found: dict[str, Any], code: str) -> int:
    return int(next(row for row in found["kinds"] if row["code"] == code)["people"])


def test_kinds_are_counted_once_then_read(shop: None, now: datetime) -> None:
    assert people(said("kinds"), "users") == 1
    do("farid", "order_placed", 1, now, amount=10)
    assert people(said("kinds"), "users") == 1
    assert people(said("kinds", "--refresh"), "users") == 0


def test_kinds_keep_the_segments_that_are_missing(shop: None) -> None:
    Segment.objects.create(name="users", definition={"segment": "users", "language": "fr"})
    assert len(said("kinds", "--keep-segments")["kept_segments"]) == 20
    assert Segment.objects.get(name="users").definition["language"] == "fr"
    assert said("kinds", "--keep-segments")["kept_segments"] == []


def test_kinds_and_targets_as_text(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "LEAST", 1)
    text = CliRunner().invoke(app, ["kinds"], env={"COLUMNS": "160"}).stdout
    assert "Never bought" in text
    assert "Objected to profiling: 1" in text
    text = CliRunner().invoke(app, ["targets"], env={"COLUMNS": "160"}).stdout
    assert "vip-welcome-back" in text
    assert "unknown" in text


def test_targets_are_ranked(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "LEAST", 1)
    found = said("targets")
    assert [row["rank"] for row in found["targets"]] == list(range(1, len(found["targets"]) + 1))
    assert found["objected"] == 1


def test_nobody_scored_is_refused(db: None) -> None:
    with pytest.raises(RefusedError, match="relance score"):
        CliRunner().invoke(app, ["targets"], catch_exceptions=False)
