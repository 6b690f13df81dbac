"""The shape of a text table: its separator and headers, found on its head."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from relance.core.errors import InputError
from relance.intake.files import Brought

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_DECLARED = re.compile(r'^"?sep=(.)"?$', re.IGNORECASE)
_RANGE = re.compile(r"^(\d+)-(\d+)$")
SAMPLE = 60


@dataclass(frozen=True)
class Shape:
    """How to cut the text: by separator, or by positions (first and last character, from 1)."""

    headers: tuple[str, ...]
    first_line: int  # the line data begins on
    separator: str = ","
    positions: tuple[tuple[int, int], ...] = ()
    spaces: bool = False  # quoted fields follow a space


def sniff(file: Brought, columns: Iterable[str]) -> Shape:
    """Return the shape of the file; `columns` are those the person mapped, whose form may say there is no header."""
    wanted = list(columns)
    if wanted and all(_RANGE.match(column) for column in wanted):
        return _fixed(wanted)
    lines = file.head.splitlines()
    declared = _DECLARED.match(lines[0]) if lines else None
    skipped = 1 if declared else 0
    head = file.head.split("\n", 1)[1] if declared and "\n" in file.head else file.head
    separator = declared[1] if declared else _separator(head)
    spaces = f'{separator} "' in head
    if wanted and all(column.isdigit() for column in wanted):
        width = len(next(csv.reader([lines[skipped]], delimiter=separator)))
        return Shape(tuple(str(n + 1) for n in range(width)), skipped + 1, separator, spaces=spaces)
    headers, ended = _headers(file, head, separator)
    return Shape(headers, skipped + ended + 1, separator, spaces=spaces)


def _fixed(wanted: list[str]) -> Shape:
    """Return a shape cut by positions such as 13-20."""
    positions = tuple((int(match[1]), int(match[2])) for match in map(_RANGE.match, wanted) if match)
    for column, (first, last) in zip(wanted, positions, strict=True):
        if not 1 <= first <= last:
            raise InputError(f"--map {column}: positions run from 1, first before last, such as 13-20.")
    return Shape(tuple(wanted), 1, positions=positions)


def _separator(head: str) -> str:
    """Return the separator that cuts the first lines into the most regular table."""
    scores: Mapping[str, tuple[float, int]] = {separator: _regularity(head, separator) for separator in SEPARATORS}
    best = max(scores, key=lambda separator: scores[separator])
    return best if scores[best][1] > 1 else ","


def _regularity(head: str, separator: str) -> tuple[float, int]:
    """Return the share of records as wide as the first, and that width; (0, 0) where the separator cuts nothing."""
    try:
        records = [
            row for row in islice(csv.reader(head.splitlines(keepends=True), delimiter=separator), SAMPLE) if row
        ]
    except csv.Error:
        return 0.0, 0
    if not records or len(records[0]) < 2:
        return 0.0, 0
    whole = records[:-1] or records  # the head may end within a record
    return sum(len(row) == len(records[0]) for row in whole) / len(whole), len(records[0])


def _headers(file: Brought, head: str, separator: str) -> tuple[tuple[str, ...], int]:
    """Return the headers and the line of the text they end on; refuse a file without data, or a header that stands twice."""
    reader = csv.reader(head.splitlines(keepends=True), delimiter=separator, skipinitialspace=True)
    try:
        row = next((row for row in reader if any(cell.strip() for cell in row)), None)
    except csv.Error as error:
        raise InputError(f"{file.name}, line {reader.line_num}: {error}. Is this a CSV file?") from error
    if row is None:
        raise InputError(f"{file.name} holds only empty lines. Export it again.")
    names = tuple(cell.strip().strip("\ufeff") or f"column {position}" for position, cell in enumerate(row, start=1))
    seen: set[str] = set()
    for position, name in enumerate(names, start=1):
        if name.casefold() in seen:
            raise InputError(
                f"{file.name}, line {reader.line_num}: the header “{name}” stands twice (column {position}). Rename one of the two."
            )
        seen.add(name.casefold())
    if file.lines <= reader.line_num:
        raise InputError(f"{file.name} has a header and no line below it. Export it again.")
    return names, reader.line_num
