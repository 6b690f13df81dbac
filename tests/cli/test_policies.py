"""`relance policies`: what is shipped, and what a change would move."""

from datetime import timedelta
from pathlib import Path

from relance.dormancy import policies
from relance.dormancy.presets import preset
from tests.cli.running import Runner
from tests.conftest import NOW
from tests.dormancy.base import cover, did, known


def test_presets_are_shown_with_their_reasons(relance: Runner) -> None:
    shown = relance("policies", "presets", "--json")
    assert shown.code == 0
    cars = next(row for row in shown.data["presets"] if row["policy"] == "cars")
    assert (cars["given"], cars["applied"]) == (False, False)
    assert "service" in cars["reason"]["en"]
    assert relance("policies", "presets", "--show", "cars").out == preset("cars").path.read_text("utf-8")
    refused = relance("policies", "presets", "--show", "care")
    assert refused.code == 1
    assert "No preset is called care" in refused.err


def test_a_comparison_says_who_would_move_and_writes_nothing(relance: Runner, tmp_path: Path) -> None:
    policies.apply(preset("ecommerce").document, NOW)
    cover(NOW, "order_placed", "store_purchase")
    known([1], NOW - timedelta(days=900))
    did(1, "order_placed", NOW - timedelta(days=200), amount=9)
    file = tmp_path / "new.yaml"
    file.write_text(preset("ecommerce").path.read_text("utf-8").replace("12 months", "6 months"))
    found = relance("policies", "compare", file, "--as-of", "2026-07-27", "--json").data
    assert (found["people"], found["moved"], found["opens"]) == (1, 1, None)
    assert [(m["before"], m["after"], m["sample"]) for m in found["matrix"]] == [("active", "dormant", [1])]
    assert policies.in_force()[0].criteria["no_purchase"].duration.count == 12
    file.write_text("policy: new\n")
    assert relance("policies", "compare", file).code == 1
