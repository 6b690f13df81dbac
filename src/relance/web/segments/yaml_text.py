"""A segment as the YAML a person would write: groups in blocks, short lists and comparisons on one line."""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

LONG = 88  # of a line; longer ones are broken into blocks


def write(definition: dict[str, Any]) -> str:
    """Return the definition as YAML; reading it gives the same data."""
    writer = YAML()
    writer.width, writer.allow_unicode = 10_000, True
    writer.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    writer.dump(_map(definition, inside=False), out)
    return out.getvalue()


def _map(data: dict[str, Any], *, inside: bool) -> CommentedMap:
    """Return a mapping; one that stands inside a list and is short goes on one line."""
    node = CommentedMap((key, _node(key, value)) for key, value in data.items())
    if inside and not _has_groups(data) and len(str(data)) <= LONG and len(data) > 1:
        node.fa.set_flow_style()
    return node


def _node(key: str, value: Any) -> Any:
    if key in {"all", "any"} and isinstance(value, list):
        return CommentedSeq(_map(part, inside=True) if isinstance(part, dict) else part for part in value)
    if key == "not" and isinstance(value, dict):
        return _map(value, inside=True)
    if isinstance(value, dict | list) and len(str(value)) <= LONG:
        return _flow(value)
    return _map(value, inside=False) if isinstance(value, dict) else value


def _flow(value: Any) -> Any:
    node: Any = (
        CommentedSeq(value) if isinstance(value, list) else CommentedMap((k, _node(k, v)) for k, v in value.items())
    )
    node.fa.set_flow_style()
    return node


def _has_groups(data: dict[str, Any]) -> bool:
    return any(key in {"all", "any", "not"} for key in data)
