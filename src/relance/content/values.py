"""The values a template may speak of: declared here once, with samples; nothing else is known to a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

Tree = dict[str, Any]

# Samples as a person who bought would have them; a list holds elements of one shape.
SAMPLES: Tree = {
    "contact": {"first_name": "Anna", "last_name": "Martin", "language": "fr", "attributes": {}},
    "last_order": {
        "number": "2026-1042",
        "date": date(2025, 9, 14),
        "amount": Decimal("84.50"),
        "lines": [
            {"product": "MUG-01", "name": "Stoneware mug", "quantity": 2},
            {"product": "TEA-07", "name": "Breakfast tea, 100 g", "quantity": 1},
        ],
    },
    "offer": {
        "code": "RETOUR10",
        "amount": Decimal("10"),
        "minimum": Decimal("50"),
        "ends_on": date(2026, 9, 30),
    },
    "shop": {
        "name": "Maison Claire",
        "url": "https://shop.example.org",
        "postal_address": "12 rue des Lilas, 69003 Lyon, France",
    },
    "unsubscribe_url": "https://relance.example.org/u/sample",
    "preferences_url": "https://relance.example.org/p/sample",
    "may_sell": True,
}
LASTS = timedelta(days=14)  # how long the sample offer lasts from the day somebody looks at it
# The same for everybody, so that a stored link can be completed without knowing whom it was sent to.
SHARED = ("shop", "offer")
# Always there, even for a person of whom nothing is known.
_ALWAYS = ("shop", "offer", "unsubscribe_url", "preferences_url", "may_sell")


def samples(own: Mapping[str, str], language: str) -> Tree:
    """Return the sample values, with the template's own attributes added."""
    tree = merged(SAMPLES, {"contact": {"language": language}, "offer": {"ends_on": _ends_on()}})
    if language == "fr":
        lines = [
            {"product": "MUG-01", "name": "Mug en grès", "quantity": 2},
            {"product": "THE-07", "name": "Thé du matin, 100 g", "quantity": 1},
        ]
        tree = merged(tree, {"last_order": {"lines": lines}})
    tree["contact"]["attributes"] = _attributes(own)
    return tree


def unknown_person(own: Mapping[str, str], language: str) -> Tree:
    """Return the values of a contact without name, orders or attributes."""
    tree = empties(own)
    known = merged({name: SAMPLES[name] for name in _ALWAYS}, {"offer": {"ends_on": _ends_on()}})
    return merged(tree, known | {"contact": {"language": language}})


def _ends_on() -> date:
    """Return the day to which the sample offer lasts: a day to come, as in a message that leaves today."""
    return (datetime.now(UTC) + LASTS).date()


def empties(own: Mapping[str, str]) -> Tree:
    """Return every declared value, empty."""
    tree: Tree = _emptied(SAMPLES)
    tree["contact"]["attributes"] = dict.fromkeys(_attributes(own))
    return tree


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Tree:
    """Return `below` with the values of `above` laid over it, level by level; nothing leaves what is below."""
    tree = dict(below)
    for name, value in above.items():
        under = tree.get(name)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            tree[name] = merged(under, value)
        elif value is not None and value != "":
            tree[name] = value
    return tree


def complete(below: Mapping[str, Any], known: Mapping[str, Any]) -> Tree:
    """Return the known values over the empty ones, each line of the order with all its fields."""
    tree = merged(below, known)
    fields = dict.fromkeys(SAMPLES["last_order"]["lines"][0])
    tree["last_order"] = {**tree["last_order"], "lines": [fields | line for line in tree["last_order"]["lines"]]}
    return tree


def find(tree: object, segments: Sequence[object]) -> object | None:
    """Return the sample that the path `segments` leads to, or None where no such value is declared."""
    node = tree
    for segment in segments:
        if isinstance(node, Mapping) and segment in node:
            node = node[segment]
        elif isinstance(node, list) and (segment in ("first", "last") or isinstance(segment, int)):
            node = node[0]
        elif isinstance(node, list | str) and segment == "size":
            node = 0
        else:
            return None
    return node


def names(tree: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return the declared names, dotted, for messages and for docs."""
    found: list[str] = []
    for name, value in tree.items():
        if isinstance(value, Mapping):
            found += names(value, f"{prefix}{name}.")
        else:
            found.append(prefix + name)
    return found


def _attributes(own: Mapping[str, str]) -> dict[str, str]:
    return {name.rpartition(".")[2]: sample for name, sample in own.items()}


def _emptied(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {name: _emptied(value) for name, value in node.items()}
    return [] if isinstance(node, list) else None
