"""The glossary: every word in both languages, once, with links that lead somewhere."""

import re
from collections import Counter

import pytest
from django.utils import translation

from relance.web.glossary import entries
from relance.web.tags import STATES
from tests.web.conftest import SignIn

ENTRIES = [entry for group in entries.glossary().groups for entry in group.entries]


def anchors(asked: str, language: str) -> set[str]:
    return {entry.anchor for group in entries.groups(asked, language) for entry in group.entries}


def test_every_anchor_and_every_word_stands_once() -> None:
    assert len(ENTRIES) >= 45
    for values in ([e.anchor for e in ENTRIES], [e.en[0] for e in ENTRIES], [e.fr[0] for e in ENTRIES]):
        assert [value for value, times in Counter(values).items() if times > 1] == []


def test_every_word_to_see_is_there_and_no_word_sends_to_itself() -> None:
    known = {entry.anchor for entry in ENTRIES}
    assert [(e.anchor, see) for e in ENTRIES for see in e.see if see not in known or see == e.anchor] == []


def test_meanings_are_sentences_and_french_is_written_as_french() -> None:
    for entry in ENTRIES:
        for meaning in (entry.en[1], entry.fr[1]):
            assert meaning.endswith("."), entry.anchor
            assert meaning[0].isupper(), entry.anchor
        assert "'" not in entry.fr[0] + entry.fr[1], entry.anchor


@pytest.mark.parametrize("language", ["en", "fr"])
def test_states_are_called_as_on_every_page(language: str) -> None:
    found = {entry.anchor: entry.spoken(language)[0] for entry in ENTRIES}
    with translation.override(language):
        assert {name: found[name.replace("_", "-")] for name in STATES} == {
            name: str(word) for name, (word, _) in STATES.items()
        }


@pytest.mark.parametrize("language", ["en", "fr"])
def test_words_are_in_the_order_of_the_language_shown(language: str) -> None:
    for group in entries.groups("", language):
        words = [entries.folded(entry.word) for entry in group.entries]
        assert words == sorted(words)


def test_the_search_finds_by_either_language_without_accents_and_by_other_names() -> None:
    assert "control-group" in anchors("temoin", "en") & anchors("CONTROL", "fr") & anchors("holdout", "fr")
    assert "bounce-hard" in anchors("npai", "en")
    assert "mailbox-provider" in anchors("FAI", "fr")
    assert anchors("zzz", "fr") == set()


def test_the_page_shows_the_twin_and_links_to_see(sign_in: SignIn) -> None:
    page = sign_in("reader", "fr").get("/glossary/").text
    assert re.search(
        r'id="control-group"><dt><a href="#control-group">Groupe témoin</a><small lang="en">Control group</small>', page
    )
    assert '<a href="#incremental">Incrémental</a>' in page
    assert "See also" not in page


def test_a_search_without_an_answer_says_what_to_try(sign_in: SignIn) -> None:
    client = sign_in("reader")
    assert "No such word" in client.get("/glossary/?q=zzz").text
    assert "control-group" in client.get("/glossary/?q=t%C3%A9moin").text


def test_what_is_asked_is_shown_and_not_run(sign_in: SignIn) -> None:
    page = sign_in("reader").get("/glossary/", {"q": '"><b>x'}).text
    assert "<b>x" not in page
