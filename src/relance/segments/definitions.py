"""Segments as written in YAML: a name and a condition."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from relance.core.definitions import Document
from relance.core.errors import DefinitionError
from relance.rules import All, Compare, Condition, parse
from relance.rules.grammar import leaves
from relance.segments.models import Segment
from relance.segments.vocabulary import PEOPLE_AND_SEGMENTS


def check(document: Document) -> tuple[str, Condition]:
    """Return the segment's name and condition; every error names file, line and field."""
    data = dict(document.data)
    name = data.pop("segment", None)
    data.pop("description", None)
    if not isinstance(name, str) or not name:
        raise DefinitionError([document.problem(("segment",), "a segment starts with `segment: its-name`.")])
    condition = parse(data, document.problem, vocabulary=PEOPLE_AND_SEGMENTS) if data else All(())
    known = set(Segment.objects.values_list("name", flat=True))
    unknown = [other for other in referred(condition) if other == name or other not in known]
    if unknown:
        raise DefinitionError(
            [
                document.problem(("segment",), f"it refers to the segment `{other}`, which is not defined before it.")
                for other in unknown
            ]
        )
    return name, condition


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
    segment, _ = Segment.objects.update_or_create(name=name, defaults={"definition": document.data})
    return segment


def condition_of(definition: dict[str, Any]) -> Condition:
    """Return the condition of a stored definition."""
    data = {key: value for key, value in definition.items() if key not in {"segment", "description"}}
    return parse(data, str(definition["segment"]), vocabulary=PEOPLE_AND_SEGMENTS) if data else All(())
