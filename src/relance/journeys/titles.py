"""What people call journeys and their steps: a text, or one per language."""

from __future__ import annotations

from typing import Literal

Words = str | dict[Literal["en", "fr"], str]


def said(words: Words, language: str) -> str:
    """Return the words in a language; in another where that one is missing."""
    if isinstance(words, str):
        return words
    return next((text for key, text in words.items() if key == language), next(iter(words.values()), ""))
