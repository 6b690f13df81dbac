"""Every reason says why and what to do, in both languages, and stands in both docs; every verdict can be read."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import translation

from relance.contacts import matrix
from relance.core.definitions import parse, validate
from relance.eligibility.calendar import tables
from relance.eligibility.calendar.definition import CalendarFile
from relance.eligibility.calendar.labels import LABELS, SOURCES_IN_FRENCH
from relance.eligibility.moment.lawful import Lawful
from relance.eligibility.reasons import LAW, PRACTICE, REASONS
from relance.eligibility.verdicts import Allow, Block, Defer, sentence

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src/relance/eligibility"
CALENDARS = {"en": ROOT / "docs/en/calendar.md", "fr": ROOT / "docs/fr/calendrier.md"}
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
    literals, given = set[str](), {"allowed"}
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Block", "Defer"}:
                given |= {
                    arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                }
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and path.name not in {"reason.py", "reasons.py"}
            ):
                literals.add(node.value)
    assert given <= set(REASONS)
    assert set(REASONS) - given <= literals  # of a cap the code is chosen before the verdict is made


@pytest.mark.parametrize("page", DOCS)
def test_the_docs_show_every_line_of_the_permission_matrix(page: str) -> None:
    text = DOCS[page].read_text()
    for line in matrix.lines():
        days = " ".join([f">= {line.since}"] * bool(line.since) + [f"< {line.until}"] * bool(line.until))
        row = f"| `{line.basis}` | {', '.join(line.channel)} | {', '.join(line.purpose)} | {line.needs} | {days} | {line.source} |"
        assert row in text


def test_the_docs_name_every_french_period_and_their_examples_can_be_applied() -> None:
    for language, path in CALENDARS.items():
        text = path.read_text()
        shop, hours = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
        assert len(validate(CalendarFile, parse(shop, path.name)).periods) == 6
        assert len(validate(Lawful, parse(hours, path.name)).lawful) == 1
        for name in tables.described("FR"):
            label = re.sub(r",? (spring|autumn|de .*)$", "", LABELS[name][language == "fr"])
            assert label.lower() in text.lower(), name


def test_every_source_of_the_tables_is_told_in_french() -> None:
    told = {entry.source for country in tables.countries() for entry in tables.entries(country)}
    assert told == set(SOURCES_IN_FRENCH)


def test_a_verdict_is_read_in_the_language_in_force() -> None:
    waiting = Defer(datetime(2027, 2, 6, 8, tzinfo=UTC), "commercial_period", {"period": "winter_sales"})
    with translation.override("en"):
        assert "(winter sales)" in waiting.sentence
        assert "until 6 February 2027, 09:00" in waiting.sentence
    with translation.override("fr"):
        assert "(soldes d’hiver)" in waiting.sentence
        assert Allow().sentence == "Rien ne s’oppose à l’envoi de ce message."
        assert "boîte inexistante" in Block("address_invalid", {"channel": "email", "reason": "bounced"}).sentence


def test_a_detail_without_a_translation_is_shown_as_it_is() -> None:
    assert "(no_such_domain)" in sentence(
        "address_invalid", {"channel": "email", "reason": "no_such_domain"}, language="fr"
    )
