"""The YAML form of a template: one part per language, each with its subjects, preheader, MJML and text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from relance.content.blocks import MOST, Blocks, Footer, Look
from relance.core.definitions import Definition

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")
Variant = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,19}$")]
_ATTRIBUTE = re.compile(r"contact\.attributes\.[a-z][a-z0-9_]*")


class Part(Definition):
    """What one language says."""

    subjects: dict[Variant, str] = Field(min_length=1)
    preheader: str
    mjml: str = ""  # the text itself, or the name of a file beside the definition; empty where there are blocks
    text: str | None = None  # None: derived from the HTML

    @field_validator("subjects")
    @classmethod
    def _subjects_say_something(cls, subjects: dict[str, str]) -> dict[str, str]:
        for variant, subject in subjects.items():
            if not subject.strip():
                raise ValueError(f"the subject of variant {variant} is empty; write one")
            if re.search(r"[\r\n]", subject.strip()):
                raise ValueError(f"the subject of variant {variant} has a line break; write it on one line")
        return {variant: subject.strip() for variant, subject in subjects.items()}

    @field_validator("preheader")
    @classmethod
    def _preheader_says_something(cls, preheader: str) -> str:
        if not preheader.strip():
            raise ValueError("the preheader is empty; write the line that mail programs show after the subject")
        return " ".join(preheader.split("\n")).strip()


class TemplateDefinition(Definition):
    """A template as people write it."""

    template: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")
    title: str | dict[Language, str] = ""  # what people call it; empty: its first subject
    commercial: bool = True  # False: a transactional message, which needs no way to unsubscribe
    images: Literal["linked", "inline"] = "linked"  # inline: those brought to Relance travel inside the mail
    values: dict[str, str] = Field(default_factory=dict)  # own attributes of contacts, each with a sample
    look: Look = Look()  # of the blocks
    blocks: Blocks | None = Field(None, max_length=MOST)  # None: each language is written as MJML
    fr: Part
    en: Part

    @field_validator("values")
    @classmethod
    def _values_are_attributes(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        for name in values:
            if not _ATTRIBUTE.fullmatch(name):
                raise ValueError(f"{name} cannot be declared here; only contact.attributes.<name> can")
        return values

    @field_validator("blocks")
    @classmethod
    def _commercial_mail_has_a_footer(cls, blocks: Blocks | None, known: ValidationInfo) -> Blocks | None:
        footers = sum(isinstance(block, Footer) for block in blocks or ())
        if blocks is not None and footers > 1:
            raise ValueError("there are several footers; keep one")
        if blocks is not None and not footers and known.data.get("commercial", True):
            raise ValueError(
                "a commercial message has no footer; add the block `footer`, which holds the unsubscribe link"
            )
        return blocks

    def part(self, language: Language) -> Part:
        """Return the part in `language`."""
        return self.fr if language == "fr" else self.en
