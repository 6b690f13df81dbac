"""The command line speaks English whatever the customers speak; its JSON has the French beside."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import trans_real

from relance.eligibility import gate, permission
from relance.settings import Settings
from tests.cli.running import Runner
from tests.delivery.sending import crowd
from tests.eligibility.people import consent, message, person
from tests.journeys.people import SIMPLE, dormant, shop


@pytest.fixture(autouse=True)
def french_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RELANCE", Settings(**settings.RELANCE.model_dump() | {"language": "fr"}))
    monkeypatch.setattr(settings, "LANGUAGE_CODE", "fr")
    monkeypatch.setattr(trans_real, "_default", None)  # Django keeps the language of the first text it translates


def test_findings_of_a_journey(relance: Runner, tmp_path: Path) -> None:
    shop(datetime.now(UTC))
    path = tmp_path / "wake.yaml"
    path.write_text(SIMPLE.replace("template: last-call", "template: lost"))
    assert "No published template is called `lost`" in relance("journey", "lint", path).out
    findings = {found["code"]: found for found in relance("journey", "lint", path, "--json").data["findings"]}
    assert findings["unknown_template"]["sentence"].startswith("No published template")
    assert findings["unknown_template"]["sentence_fr"].startswith("Aucun modèle publié")
    assert "No published template" in relance("journey", "publish", path).err


def test_what_to_expect_of_a_journey(relance: Runner, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    shop(now)
    dormant(range(1, 21), now)
    permission.declare_no_opt_outs("Camille", "", now)
    path = tmp_path / "wake.yaml"
    path.write_text(SIMPLE)
    assert "people in the journey" in relance("journey", "publish", path).out
    assert "people in the journey" in relance("journey", "start", "wake").out
    assert set(relance("journey", "start", "wake", "--json").data["expected"]["sentences"]) == {"en", "fr"}


def test_reasons_of_the_gate(relance: Runner) -> None:
    now = datetime.now(UTC)
    anna = person("anna", now)
    consent(anna, now, given=False)
    permission.declare_no_opt_outs("Camille", "", now)
    gate.check([message(anna, now)], now)
    assert "The person withdrew their consent" in relance("doctor", "anna@example.org").out
    [verdict] = relance("doctor", "anna@example.org", "--json").data["messages"][0]["verdicts"]
    assert verdict["sentence"].startswith("The person withdrew")
    assert verdict["sentence_fr"].startswith("La personne a retiré")


def test_commands_that_speak_both_languages_speak_english_unless_told(relance: Runner) -> None:
    crowd(3, datetime.now(UTC) - timedelta(hours=1))
    sentence = relance("queue", "--json").data["stall"]["sentence"]
    shown, french = relance("queue").out, relance("queue", "--language", "fr").out
    assert sentence["en"] in shown
    assert sentence["fr"] not in shown
    assert sentence["fr"] in french
    refused = relance("queue", "--language", "de")
    assert refused.code != 0


def test_one_name_for_each_commercial_period(relance: Runner) -> None:
    shown = relance("calendar", "show", "--year", "2027").out
    assert "winter sales" in shown
    assert "winter_sales" not in shown
    assert "soldes" not in shown
    first = relance("calendar", "show", "--year", "2027", "--json").data["periods"][0]
    assert (first["label"], first["label_fr"]) == ("winter sales", "soldes d’hiver")
