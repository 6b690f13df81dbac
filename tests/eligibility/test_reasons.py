"""Every reason says why and what to do, in both languages, and stands in both docs; every verdict can be read."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import translation

from relance.core.definitions import parse, validate
from relance.eligibility.calendar_file import CalendarFile
from relance.eligibility.french_periods import LABELS
from relance.eligibility.reasons import LAW, PRACTICE, REASONS
from relance.eligibility.verdicts import Allow, Block, Defer, sentence

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src/relance/eligibility"
DOCS = {"en": ROOT / "docs/en/gate.md", "fr": ROOT / "docs/fr/garde-fou.md"}


@pytest.mark.parametrize("code", REASONS)
def test_a_reason_stands_in_both_docs_with_its_sentence_and_source(code: str) -> None:
    reason = REASONS[code]
    for language, text in (("en", reason.english), ("fr", reason.french)):
        [line] = [line for line in DOCS[language].read_text().splitlines() if line.startswith(f"| `{code}` |")]
        assert text in line
        assert reason.source in line
    assert reason.kind in {LAW, PRACTICE}


@pytest.mark.parametrize("code", REASONS)
def test_both_sentences_need_the_same_details(code: str) -> None:
    details = [set(re.findall(r"{(\w+)}", text)) for text in (REASONS[code].english, REASONS[code].french)]
    assert details[0] == details[1]


def test_every_code_the_gate_gives_is_a_reason_and_every_reason_is_given() -> None:
    given = {"allowed"}
    for path in SOURCES.glob("*.py"):
        given |= set(re.findall(r'Block\("(\w+)"', path.read_text()))
        given |= set(re.findall(r'Defer\([^"]*"(\w+)"', path.read_text()))
    assert given == set(REASONS)


def test_the_docs_name_every_period_and_their_example_is_a_calendar() -> None:
    for language, path in DOCS.items():
        text = path.read_text()
        [example] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
        assert len(validate(CalendarFile, parse(example, path.name)).periods) == 4
        for name, labels in LABELS.items():
            label = re.sub(r",? (spring|autumn|de .*|season)$|semaine du |saison de ", "", labels[language == "fr"])
            assert label.removesuffix(" week").lower() in text.lower(), name


def test_a_verdict_is_read_in_the_language_in_force() -> None:
    waiting = Defer(datetime(2027, 2, 6, 8, tzinfo=UTC), "commercial_period", {"period": "winter_sales"})
    with translation.override("en"):
        assert "(winter sales)" in waiting.sentence
        assert "until 2027-02-06 09:00" in waiting.sentence
    with translation.override("fr"):
        assert "(soldes d'hiver)" in waiting.sentence
        assert Allow().sentence == "Rien ne s'oppose à l'envoi de ce message."
        assert "boîte inexistante" in Block("address_invalid", {"channel": "email", "reason": "bounced"}).sentence


def test_a_detail_without_a_translation_is_shown_as_it_is() -> None:
    assert "(no_such_domain)" in sentence(
        "address_invalid", {"channel": "email", "reason": "no_such_domain"}, language="fr"
    )
