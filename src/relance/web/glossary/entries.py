"""The words and their meanings, in groups; each word has an anchor that other pages link to."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from relance.core import definitions
from relance.core.definitions import Definition

FILE = Path(__file__).parent / "words.yaml"
Spoken = tuple[str, str]  # a word and its meaning


class Title(Definition):
    """The name of a group."""

    en: str
    fr: str


class Entry(Definition):
    """A word in both languages, its anchor, the words to see, and other names it is searched by."""

    anchor: str
    en: Spoken
    fr: Spoken
    see: list[str]
    also: list[str] = []

    def spoken(self, language: str) -> Spoken:
        """Return word and meaning in the language."""
        return self.fr if language == "fr" else self.en


class Group(Definition):
    """Words that belong together."""

    title: Title
    entries: list[Entry]


class Glossary(Definition):
    """The whole file."""

    groups: list[Group]


@dataclass(frozen=True)
class Shown:
    """An entry as the page shows it: in one language, with its twin in the other."""

    anchor: str
    word: str
    twin: str
    twin_language: str
    meaning: str
    see: list[tuple[str, str]]  # anchor and word


@dataclass(frozen=True)
class ShownGroup:
    """A group as the page shows it, its words in the order of their language."""

    anchor: str
    title: str
    entries: list[Shown]


@cache
def glossary() -> Glossary:
    """Return the words as the file has them."""
    return definitions.validate(Glossary, definitions.read(FILE))


def groups(asked: str, language: str) -> list[ShownGroup]:
    """Return the groups with the entries that `asked` finds, by word, twin, meaning or another name."""
    wanted = folded(asked.strip())
    words = {entry.anchor: entry.spoken(language)[0] for group in glossary().groups for entry in group.entries}
    shown = [
        ShownGroup(
            f"group-{number}",
            group.title.fr if language == "fr" else group.title.en,
            [
                _shown(entry, language, words)
                for entry in _sorted(group.entries, language)
                if wanted in _searched(entry, language)
            ],
        )
        for number, group in enumerate(glossary().groups, 1)
    ]
    return [group for group in shown if group.entries]


def folded(text: str) -> str:
    """Return the text without case, accents or curls, as people type when they search."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _sorted(entries: list[Entry], language: str) -> list[Entry]:
    return sorted(entries, key=lambda entry: folded(entry.spoken(language)[0]))


def _searched(entry: Entry, language: str) -> str:
    return folded(" | ".join([entry.en[0], entry.fr[0], entry.spoken(language)[1], *entry.also]))


def _shown(entry: Entry, language: str, words: dict[str, str]) -> Shown:
    other = "en" if language == "fr" else "fr"
    word, meaning = entry.spoken(language)
    return Shown(
        entry.anchor, word, entry.spoken(other)[0], other, meaning, [(anchor, words[anchor]) for anchor in entry.see]
    )
