"""Segments as written in YAML: a name and a condition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from relance.core.definitions import Document
from relance.core.errors import DefinitionError
from relance.rules import All, Compare, Condition, parse
from relance.rules.grammar import leaves
from relance.segments.models import Segment
from relance.segments.vocabulary import PEOPLE_AND_SEGMENTS

WORDS = ("title", "description")  # a text, or one per language
LARGEST_WORDS = 500


def check(document: Document) -> tuple[str, Condition]:
    """Return the segment's name and condition; every error names file, line and field."""
    data = dict(document.data)
    name = data.pop("segment", None)
    wrong = [field for field in WORDS if not _are_words(data.pop(field, ""))]
    if wrong:
        said = "a text of up to 500 characters, or one per language as in `{en: …, fr: …}`."
        raise DefinitionError([document.problem((field,), said) for field in wrong])
    if not isinstance(name, str) or not name:
        raise DefinitionError([document.problem(("segment",), "a segment starts with `segment: its-name`.")])
    condition = parse(data, document.problem, vocabulary=PEOPLE_AND_SEGMENTS) if data else All(())
    _refuse_circles(document, name, condition)
    return name, condition


def _are_words(value: Any) -> bool:
    texts = list(value.values()) if isinstance(value, dict) else [value]
    return all(isinstance(text, str) and len(text) <= LARGEST_WORDS for text in texts)


def _refuse_circles(document: Document, name: str, condition: Condition) -> None:
    """Refuse a reference to a segment that is not there, or that is itself built on this one."""
    stored = dict(Segment.objects.values_list("name", "definition"))
    for other in referred(condition):
        if other not in stored or other == name:
            sentence = f"it refers to the segment `{other}`, which is not defined before it."
        elif name in _foundations(other, stored):
            sentence = f"it refers to the segment `{other}`, which is itself built on `{name}`. One of the two must do without the other."
        else:
            continue
        raise DefinitionError([document.problem(("segment",), sentence)])


def _foundations(name: str, stored: Mapping[str, dict[str, Any]]) -> set[str]:
    """Return every segment that a segment is built on, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for other in referred(condition_of(stored[waiting.pop()])):
            if other not in found and other in stored:
                found.add(other)
                waiting.append(other)
    return found


def referred(condition: Condition) -> list[str]:
    """Return the names of the segments a condition refers to."""
    return [
        name
        for leaf in leaves(condition)
        if isinstance(leaf, Compare) and leaf.field == "segment"
        for name in leaf.value
    ]


def apply(document: Document, now: datetime) -> Segment:
    """Keep the segment under its name; its members come with the next refresh."""
    name, _ = check(document)
    segment, _ = Segment.objects.update_or_create(name=name, defaults={"definition": storable(document.data)})
    return segment


def storable(data: Any) -> Any:
    """Return the data with calendar days, which YAML knows and JSON does not, as text."""
    if isinstance(data, dict):
        return {key: storable(value) for key, value in data.items()}
    if isinstance(data, list):
        return [storable(value) for value in data]
    return data.isoformat() if isinstance(data, date) else data


def data_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition's part of a definition, as written."""
    return {key: value for key, value in definition.items() if key not in {"segment", *WORDS}}


def said(words: Any, language: str) -> str:
    """Return a title or a description in a language; in another where that one is missing."""
    if isinstance(words, dict):
        return str(words.get(language) or next(iter(words.values()), ""))
    return str(words or "")


def title(segment: Segment, language: str) -> str:
    """Return what people call the segment."""
    return said(segment.definition.get("title"), language) or segment.name


def titles(segment: Segment, languages: Iterable[str]) -> dict[str, str]:
    """Return what people call the segment in each of these languages, in the marks of quotation it has there."""
    marks = {"fr": "«\u202f{}\u202f»"}
    return {language: marks.get(language, "“{}”").format(title(segment, language)) for language in languages}


def in_order(segments: list[Segment]) -> list[Segment]:
    """Return the segments so that each comes after those it is built on."""
    stored = {segment.name: segment.definition for segment in segments}
    return sorted(segments, key=lambda segment: (len(_foundations(segment.name, stored)), segment.pk))


def condition_of(definition: dict[str, Any]) -> Condition:
    """Return the condition of a stored definition."""
    data = data_of(definition)
    return parse(data, str(definition["segment"]), vocabulary=PEOPLE_AND_SEGMENTS) if data else All(())
