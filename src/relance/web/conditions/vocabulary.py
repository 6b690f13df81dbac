"""A vocabulary of the rule language as the builder needs it: what may be asked, in words of the language in force."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from relance.core import database
from relance.events.schemas import STANDARD
from relance.measurement import formats
from relance.rules import Field, Vocabulary
from relance.web.conditions import words
from relance.web.language import current

Choices = Mapping[str, Sequence[tuple[str, str]]]
NAMES = "names"  # the kind of a field whose owner reads a name or a list of names

# The latest people are sample enough to know which attributes there are.
_ATTRIBUTES = """
    SELECT DISTINCT jsonb_object_keys(attributes) FROM (SELECT attributes FROM contact ORDER BY id DESC LIMIT 1000) AS latest
    ORDER BY 1 LIMIT 100
"""


def vocabulary(known: Vocabulary, *, choices: Choices | None = None, recent: bool = False) -> dict[str, Any]:
    """Return what the builder offers; `choices` gives the values of fields (steps, say), segments' are found here."""
    listed = dict(choices or {})
    if "segment" in known.fields and "segment" not in listed:
        listed["segment"] = _segments()
    if "policy" in known.fields and "policy" not in listed:
        listed["policy"] = [(name, name) for (name,) in database.rows("SELECT name FROM policy ORDER BY position, id")]
    fields = [_field(name, field, listed.get(name)) for name, field in known.fields.items() if field.hot or not recent]
    order = list(words.FIELDS)
    return {
        "fields": sorted(fields, key=lambda f: order.index(f["name"]) if f["name"] in order else len(order)),
        "events": [{"name": name, "label": label} for name, label in event_labels().items()],
        "attributes": [name for (name,) in database.rows(_ATTRIBUTES)] if known.attributes else None,
        "groups": {name: str(label) for name, label in words.GROUPS.items()},
        "operators": {name: str(label) for name, (label, _sentence) in words.OPERATORS.items()},
        "units": {name: str(label) for name, (label, *_sentences) in words.UNITS.items()},
        "properties": {name: str(label) for name, label in words.PROPERTIES.items()},
        "words": {name: str(word) for name, word in words.BUILDER.items()}
        | {"money": formats.SYMBOLS.get(settings.RELANCE.currency, settings.RELANCE.currency)},
        "language": current(),
    }


def event_labels() -> dict[str, str]:
    """Return every event type with its label, the standard ones first."""
    labels = {name: known.label_fr if current() == "fr" else known.label_en for name, known in STANDARD.items()}
    declared = database.rows("SELECT name, label FROM event_type ORDER BY name")
    return {name: formats.typography(label, current()) for name, label in labels.items()} | {
        name: label or name for name, label in declared if name not in labels
    }


def _field(name: str, field: Field, choices: Sequence[tuple[str, str]] | None) -> dict[str, Any]:
    """Return one field: its kind, its words, its values where they are few."""
    word = words.FIELDS.get(name, words.Word(name, "contact"))
    labels = words.VALUES.get(name, {})
    values = choices if choices is not None else [(value, str(labels.get(value, value))) for value in field.values]
    return {
        "name": name,
        "label": str(word.label),
        "group": word.group,
        "kind": NAMES if field.parse is not None else field.kind,
        "values": [list(value) for value in values] if values or field.parse is not None else None,
        "closed": bool(field.values or choices or field.parse),
        "known": {value: str(label) for value, label in labels.items()},
        "unit": word.unit,
        "hint": str(word.hint),
    }


def _segments() -> list[tuple[str, str]]:
    """Return the segments by name, with the title people know them by."""
    rows = database.rows("SELECT name, definition->'title' FROM segment ORDER BY name")
    return [(name, _title(title) or name) for name, title in rows]


def _title(stored: Any) -> str:
    value = json.loads(stored) if isinstance(stored, str) else stored
    return (
        str(value.get(current(), "") or next(iter(value.values()), "")) if isinstance(value, dict) else str(value or "")
    )
