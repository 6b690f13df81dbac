"""`relance policies`: what is shipped, and what a change would move."""

from datetime import timedelta
from pathlib import Path

import pytest

from relance.core.definitions import parse
from relance.core.models import AuditEntry
from relance.dormancy import policies
from relance.dormancy.presets import preset
from relance.segments import definitions
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


@pytest.mark.slow
def test_a_policy_is_removed_and_the_order_changed_on_the_record(relance: Runner) -> None:
    for name in ("b2b", "ecommerce", "newsletter"):
        policies.apply(preset(name).document, NOW)
    known([1, 2], NOW - timedelta(days=900))
    shown = relance("policies", "order", "ecommerce", "--dry-run", "--json").data
    assert (shown["order"], shown["written"]) == (["ecommerce", "b2b", "newsletter"], False)
    assert [one.policy for one in policies.in_force()] == ["b2b", "ecommerce", "newsletter"]
    assert "Tried in this order: ecommerce, b2b, newsletter." in relance("policies", "order", "ecommerce").out
    assert [row["policy"] for row in relance("policies", "list", "--json").data["policies"]] == shown["order"]
    gone = relance("policies", "remove", "newsletter")
    assert "2 people go from newsletter to no policy." in gone.out
    assert [one.policy for one in policies.in_force()] == ["ecommerce", "b2b"]
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"policies ordered", "policy removed"}


def test_a_policy_that_a_segment_asks_for_is_not_removed(relance: Runner) -> None:
    policies.apply(preset("b2b").document, NOW)
    definitions.apply(parse("segment: companies\npolicy: b2b\n", "s.yaml"), NOW)
    refused = relance("policies", "remove", "b2b")
    assert (refused.code, policies.in_force()[0].policy) == (1, "b2b")
    assert "the segment companies asks for it by name" in refused.err


def test_a_date_that_does_not_exist_is_refused_with_its_line(relance: Runner, tmp_path: Path) -> None:
    file = tmp_path / "when.yaml"
    file.write_text("policy: x\nsince: 2027-13-01\n")
    refused = relance("policies", "apply", file)
    assert refused.code == 1
    assert "when.yaml, line 2, 2027-13-01: this date does not exist" in " ".join(refused.err.split())
    file.write_text("calendar: x\nperiods:\n  - {name: gap, starts: 2027-02-29, ends: 2027-03-01}\n")
    refused = relance("calendar", "apply", file)
    assert refused.code == 1
    assert "when.yaml, line 3, 2027-02-29: this date does not exist" in " ".join(refused.err.split())
