"""Blocks: every sequence of them compiles, says the same after publication, and what it lacks is said where it lacks."""

from __future__ import annotations

import itertools
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import relance
from relance.content import block_markup, drafts, mjml, publishing
from relance.content.blocks import KINDS, READER, Blocks, Look
from relance.core.definitions import Document, read
from relance.core.errors import DefinitionError

STARTERS = Path(relance.__file__).parent / "content" / "starters"
WORDS = {"fr": "Bonjour & bienvenue", "en": "Hello & welcome"}
FULL: dict[str, dict[str, Any]] = {
    "heading": {"block": "heading", "words": WORDS},
    "text": {"block": "text", "words": {"fr": "Un **mot** et [un lien]({{ shop.url }}/a?b=1&c=2)\n\n- un\n- deux", "en": "A *word* < two"}},
    "image": {"block": "image", "src": "https://shop.example.org/a.jpg", "alt": {"fr": 'Un "mug"', "en": "A mug"}, "width": 300},
    "button": {"block": "button", "words": WORDS},
    "products": {"block": "products", "source": "list", "items": [{"name": WORDS, "price": {"fr": "12 €", "en": "€12"}}]},
    "divider": {"block": "divider"},
    "footer": {"block": "footer"},
}  # fmt: skip


def blocks(*kinds: str) -> Blocks:
    return READER.validate_python([FULL[kind] | {"id": f"b{at}"} for at, kind in enumerate(kinds)])


def document(made: Blocks, **more: Any) -> Document:
    part = {"subjects": {"a": "Bonjour"}, "preheader": "Un mot"}
    dumped = [block.model_dump(mode="json") for block in made]
    return Document("spring.yaml", {"template": "spring", "fr": part, "en": part, "blocks": dumped, **more})


def test_every_kind_has_a_full_example() -> None:
    assert set(FULL) == set(KINDS)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_sequence_of_two_compiles(language: str) -> None:
    for pair in itertools.product(FULL, repeat=2):
        kept = mjml.Liquid()
        checked = mjml.check(kept.take_out(block_markup.mjml(blocks(*pair), Look(), language)))
        assert checked.problems == [], pair
        page = mjml.to_html(checked.markup, language=language, preheader="")
        assert "<mj-" not in page, pair


def test_the_whole_lot_publishes_and_comes_back_as_it_went(db: None, now: datetime) -> None:
    made = blocks(*FULL)
    version = publishing.publish(document(made), now)
    assert READER.validate_python(version.definition["blocks"]) == made
    assert publishing.publish(Document("again", version.definition), now) == version
    mail = publishing.preview("spring", "fr", "a")
    assert "<strong>mot</strong>" in mail.html
    assert 'alt="Un &#34;mug&#34;"' in mail.html or 'alt="Un &quot;mug&quot;"' in mail.html
    assert 'href="https://shop.example.org/a?b=1&amp;c=2"' in mail.html
    assert "&lt; two" in publishing.preview("spring", "en", "a").html


def test_words_missing_in_one_language_are_said_of_their_block() -> None:
    made = READER.validate_python([{"block": "heading", "words": {"fr": "Bonjour"}}, {"block": "footer"}])
    found = drafts.findings(document(made).data)
    assert [(f.block, f.path[-1], f.language) for f in found] == [(0, "en", "en")]
    with pytest.raises(DefinitionError, match="no words in this language"):
        publishing.check(document(made))


def test_a_value_nobody_knows_is_said_of_its_block() -> None:
    made = READER.validate_python(
        [{"block": "heading", "words": {"fr": "{{ contact.dog }}", "en": "Hello"}}, {"block": "footer"}]
    )
    assert [(f.block, f.language) for f in drafts.findings(document(made).data)] == [(0, "fr")]


def test_a_commercial_message_keeps_its_footer() -> None:
    with pytest.raises(DefinitionError, match="no footer"):
        publishing.check(document(blocks("heading")))
    publishing.check(document(blocks("heading"), commercial=False))


@pytest.mark.parametrize(("language", "words"), [("fr", "Choisir ce que je reçois"), ("en", "Choose what I receive")])
def test_the_footer_leads_to_the_preferences_and_out(db: None, now: datetime, language: str, words: str) -> None:
    publishing.publish(document(blocks("heading", "footer")), now)
    mail = publishing.preview("spring", language, "a", {"preferences_url": "https://r.fr/p/1"})
    assert 'href="https://r.fr/p/1"' in mail.html
    assert words in mail.html
    assert "https://r.fr/p/1" in mail.text


def test_a_line_of_the_mjml_leads_back_to_its_block() -> None:
    made = blocks("heading", "text", "footer")
    lines = block_markup.mjml(made, Look(), "en").split("\n")
    at = next(number for number, line in enumerate(lines, 1) if "Hello &amp; welcome" in line)
    assert block_markup.position_of(at, made, Look(), "en") == 0
    assert block_markup.position_of(1, made, Look(), "en") is None


@pytest.mark.parametrize("path", sorted(STARTERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_starter_publishes_but_the_blank_one(path: Path) -> None:
    if path.stem == "blank":
        with pytest.raises(DefinitionError):
            publishing.check(read(path))
    else:
        _, compiled = publishing.check(read(path))
        assert [part.warnings for part in compiled.values()] == [[], []]


@pytest.mark.parametrize(("colour", "ink"), [("#1d5b4f", "#ffffff"), ("#ffe08a", "#10151a")])
def test_a_button_can_be_read_on_any_colour(colour: str, ink: str) -> None:
    assert block_markup.readable_on(colour) == ink
