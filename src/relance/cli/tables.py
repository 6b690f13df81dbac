"""Tables for a terminal: never a figure cut nor a word broken; where the columns do not fit, each row as a few lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import wrap
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Table
from rich.text import Text

GAP = 2  # characters between two columns
NARROWEST = 14  # characters: a column of words is not made narrower than this, unless all its words are shorter
MOST_LINES = 5  # of a cell that wraps; one that would take more has its row as lines
_NUMBER = re.compile(r"[+\-−]?[€$£]?[+\-−]?[\d,]*\.?\d+(%| pts?)?")
_FIGURE = re.compile(r"[+\-−<]?[€$£]?\d.*")  # numbers, dates, intervals, periods: what is read as one
_NOTHING = frozenset({"", "-", "unknown", "no mail", "never"})


@dataclass(frozen=True)
class Grid:
    """Rows under their headers, as wide as the terminal allows; numbers stand to the right."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        if self.title:
            yield Text(self.title, style="bold")
        widths = self._widths(options.max_width)
        if widths is None:
            yield from self._lines(options.max_width)
        else:
            yield self._table(widths)

    @cached_property
    def _columns(self) -> list[list[str]]:
        return [[row[n] for row in self.rows] for n in range(len(self.headers))]

    def _widths(self, room: int) -> list[int] | None:
        """Return each column's width; None where figures would be cut, or words squeezed to a strip."""
        widest = [max(_longest_line(cell) for cell in ["", *cells]) for cells in self._columns]
        heads = [max(map(cell_len, header.split()), default=0) for header in self.headers]
        widths = [max(1, *pair) for pair in zip(widest, heads, strict=True)]
        least = [self._least(n, heads[n]) for n in range(len(widths))]
        room -= GAP * (len(widths) - 1)
        while sum(widths) > room:
            n = max(range(len(widths)), key=lambda n: widths[n] - least[n])
            if widths[n] <= least[n]:
                return None
            widths[n] -= 1
        tall = any(
            _longest_line(cell) > MOST_LINES * widths[n] for n, cells in enumerate(self._columns) for cell in cells
        )
        return None if tall else self._with_heads(widths, room)

    def _with_heads(self, widths: list[int], room: int) -> list[int]:
        """Give what room is left to the headers that stand on the most lines."""
        while sum(widths) < room:
            lines = [self._height(n, width) for n, width in enumerate(widths)]
            if max(lines) == 1:
                break
            widths[lines.index(max(lines))] += 1
        return widths

    def _height(self, n: int, width: int) -> int:
        """Return how many lines a column's header takes."""
        return len(wrap(self.headers[n], width)) or 1

    def _least(self, n: int, head: int) -> int:
        """Return how narrow a column may become: only words wrap."""
        cells = self._columns[n]
        if any(_FIGURE.fullmatch(line) for cell in cells for line in cell.splitlines()):
            return max(head, *map(_longest_line, cells))
        words = [
            cell_len(part) for cell in cells for word in cell.split() for part in wrap(word, 1, break_long_words=False)
        ]
        return max(head, min(NARROWEST, max(map(_longest_line, cells), default=0)), *words, 1)

    def _right(self, n: int) -> bool:
        """Tell whether a column holds numbers."""
        told = [cell for cell in self._columns[n] if cell not in _NOTHING]
        return bool(told) and all(_NUMBER.fullmatch(cell) for cell in told)

    def _table(self, widths: list[int]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0))
        for n, header in enumerate(self.headers):
            justify: Literal["right", "left"] = "right" if self._right(n) else "left"
            table.add_column(
                Text(header, style="bold"), width=widths[n], justify=justify, vertical="top", overflow="fold"
            )
        for row in self.rows:
            table.add_row(*(Text(_folded(cell, width)) for cell, width in zip(row, widths, strict=True)))
        return table

    def _lines(self, room: int) -> Iterator[Text]:
        """Return each row as its first cell, then `header value` pairs, as many to a line as fit."""
        for row in self.rows:
            first, *others = [(header, cell) for header, cell in zip(self.headers, row, strict=True) if cell]
            numbered = (
                f"{first[1]}. {others.pop(0)[1]}"
                if first[1].isdigit() and others and not _FIGURE.fullmatch(others[0][1])
                else first[1]
            )
            yield Text(" ".join(numbered.split()), style="bold")
            line = Text(" ")
            for header, cell in others:
                pair = Text(f" {header} ", style="dim") + Text(" ".join(cell.split()))
                if line.cell_len > 1 and line.cell_len + pair.cell_len + 1 > room:
                    yield line
                    line = Text(" ")
                line = line + pair if line.cell_len == 1 else line + Text(",") + pair
            yield line


def _folded(cell: str, width: int) -> str:
    """Return a cell in lines of its column's width, broken between words and after hyphens."""
    lines = [wrap(line, width, break_long_words=False) or [""] for line in cell.splitlines()]
    return "\n".join(part for line in lines for part in line)


def _longest_line(cell: str) -> int:
    return max((cell_len(line) for line in cell.splitlines()), default=0)
