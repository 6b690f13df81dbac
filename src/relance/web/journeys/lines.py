"""The text of a definition, changed in place: items of lists as lines, so that a comment stays with what is below it, and
values through ruamel's round trip."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from relance.core.definitions import parse

Path = tuple[int | str, ...]
MARKS = frozenset({"send", "wait", "branch", "sunset", "exit", "when", "otherwise"})  # of a step or an arm


def source_of(text: str) -> Any:
    """Return ruamel's tree of the text, which keeps comments and quotes; DefinitionError where it is no definition."""
    parse(text, "text")
    reader = YAML(typ="rt")
    reader.version = (1, 2)
    reader.preserve_quotes = True
    return reader.load(text)


def written(data: Any) -> str:
    """Return plain data as the text of a definition: short groups on one line, steps below each other."""
    return dumped(_styled(data))


def tidy(text: str) -> str:
    """Return the text with the indents that the changes below rely on; words and comments stay."""
    source = source_of(text)
    for steps in _lists(source):
        steps.fa.set_block_style()
    return dumped(source)


def value(text: str, path: Path) -> Any:
    """Return what is written at a place."""
    node = parse(text, "text").data
    for key in path:
        node = node[key]
    return node


def replace(text: str, path: Path, new: Any) -> str:
    """Write another value at a place; fields that stay the same keep their comments. None takes the field out."""
    source = source_of(tidy(text))
    *before, last = path
    node = at(source, tuple(before))
    if new is None:
        node.pop(last, None)
    elif isinstance(node, CommentedMap) and isinstance(node.get(last), CommentedMap) and isinstance(new, dict):
        _update(node[last], new)
    else:
        node[last] = _styled(new)
    return dumped(source)


def put(text: str, field: str, new: Any, *, after: str) -> str:
    """Write a field of the whole definition; one that was not there yet comes below the field `after`."""
    source = source_of(text)
    if field in source or new is None:
        return replace(text, (field,), new) if field in source else text
    source.insert(list(source).index(after) + 1, field, _styled(new, inside=True))
    return dumped(source)


def insert_item(text: str, path: Path, index: int, lines: list[str]) -> str:
    """Put an item, written from column 0 on, into the list at `path`."""
    source = source_of(text)
    items = at(source, path)
    if not items:
        return _filled(text, path, lines)
    rows = text.split("\n")
    row = _block(rows, items, index)[0] if index < len(items) else _block(rows, items, len(items) - 1)[1]
    return "\n".join([*rows[:row], *_indented(lines, _dash(items)), *rows[row:]])


def _filled(text: str, path: Path, lines: list[str]) -> str:
    """Put the first item into an empty list, `steps: []`."""
    source = source_of(text)
    row = parse(text, "text").line(path) - 1
    rows = text.split("\n")
    key = str(path[-1])
    head = re.sub(rf"({re.escape(key)}:) *\[ *\]", r"\1", rows[row])
    return "\n".join([*rows[:row], head, *_indented(lines, _column(source, path) + 2), *rows[row + 1 :]])


def cut(text: str, path: Path, index: int) -> tuple[str, list[str]]:
    """Take an item out of the list at `path`; return the text without it, and the item written from column 0 on."""
    source = source_of(text)
    items, rows = at(source, path), text.split("\n")
    start, end = _block(rows, items, index)
    lines = [line[_dash(items) :] if line.strip() else "" for line in rows[start:end]]
    if len(items) > 1:
        return "\n".join([*rows[:start], *rows[end:]]), lines
    row = parse(text, "text").line(path) - 1
    head = re.sub(rf"({re.escape(str(path[-1]))}:)", r"\1 []", rows[row], count=1)
    return "\n".join([*rows[:row], head, *rows[row + 1 : start], *rows[end:]]), lines


def _block(rows: list[str], items: CommentedSeq, index: int) -> tuple[int, int]:
    """Return the first row of an item, the comments just above it included, and the row after its last."""
    first, column = items.lc.item(index)[0], _dash(items)
    end = first + 1
    while end < len(rows) and (_idle(rows[end]) or _indent(rows[end]) > column):
        end += 1
    while _idle(rows[end - 1]):
        end -= 1
    above = items.lc.item(0)[0] if index == 0 else _block(rows, items, index - 1)[1]
    start = first
    while start > above and _idle(rows[start - 1]):
        start -= 1
    return start, end


def _dash(items: CommentedSeq) -> int:
    """Return the column of the list's dashes."""
    return int(items.lc.item(0)[1]) - 2


def _idle(row: str) -> bool:
    return not row.strip() or row.lstrip().startswith("#")


def _indented(lines: list[str], column: int) -> list[str]:
    return [f"{' ' * column}{line}" if line else "" for line in lines]


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip(" "))


def _column(source: Any, path: Path) -> int:
    """Return the column of the key at the end of `path`."""
    return int(at(source, path[:-1]).lc.key(path[-1])[1])


def at(node: Any, path: Path) -> Any:
    """Return the part of a tree at a place."""
    for key in path:
        node = node[key]
    return node


def _lists(node: Any) -> Iterator[CommentedSeq]:
    """Yield every list of steps and of arms."""
    steps = node.get("steps")
    for found in (steps, node.get("otherwise"), node.get("branch")):
        if isinstance(found, CommentedSeq) and found:
            yield found
            for item in found:
                if isinstance(item, CommentedMap):
                    item.fa.set_block_style()
                    yield from _lists(item)


def _update(node: CommentedMap, new: dict[str, Any]) -> None:
    """Bring a group of fields to what it should say, touching only what differs."""
    for key in [key for key in node if key not in new]:
        del node[key]
    for key, wanted in new.items():
        if node.get(key) != wanted:
            node[key] = _styled(wanted)


def _styled(data: Any, *, inside: bool = False) -> Any:
    """Return plain data as ruamel's, in the house's style: steps below each other, the rest on one line."""
    if isinstance(data, dict):
        node = CommentedMap((key, _styled(item, inside=True)) for key, item in data.items())
        (node.fa.set_flow_style if inside and not MARKS & set(data) else node.fa.set_block_style)()
        return node
    if isinstance(data, list):
        items = CommentedSeq(_styled(item, inside=True) for item in data)
        below = any(isinstance(item, dict) and MARKS & set(item) for item in data)
        (items.fa.set_block_style if below else items.fa.set_flow_style)()
        return items
    return data


def as_lines(item: dict[str, Any]) -> list[str]:
    """Return an item of a list as lines from column 0 on."""
    node = CommentedMap((key, _styled(part, inside=True)) for key, part in item.items())
    items = CommentedSeq([node])
    return [line[2:] for line in dumped(CommentedMap(x=items)).split("\n")[1:] if line.strip()]


def dumped(source: Any) -> str:
    """Return ruamel's tree as text."""
    writer = YAML(typ="rt")
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.width = 100_000
    out = io.StringIO()
    writer.dump(source, out)
    return out.getvalue()
