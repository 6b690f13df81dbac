"""From a verified file to the table `raw` in DuckDB: every row as text, with its exact line number in the file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from relance.core.errors import InputError
from relance.intake.files import LONGEST_LINE, Brought
from relance.intake.options import Progress
from relance.intake.sniffing import Shape

RAGGED = "{found} fields where the header has {expected}; a separator or a quote is missing or too many"


@dataclass(frozen=True)
class Raw:
    """What was read: the headers, in the order of columns c0, c1…; rows of a wrong width are in table `ragged`."""

    headers: tuple[str, ...]
    rows: int
    ragged: int


def read(con: duckdb.DuckDBPyConnection, file: Brought, shape: Shape, work: Path, progress: Progress) -> Raw:
    """Fill table `cells`, the view `raw (line, c0, c1, …)` on it, and `ragged (line, reason, fields)`."""
    con.execute("SET preserve_insertion_order = true")
    con.execute("CREATE TABLE ragged (line BIGINT, reason VARCHAR, fields VARCHAR[])")
    progress("read", 0, file.lines)
    if not (shape.positions and _read_positions(con, file, shape)) and not _read_fast(con, file, shape):
        _read_carefully(con, file, shape, work)
    rows, ragged = _count(con, "raw"), _count(con, "ragged")
    progress("read", rows + ragged, rows + ragged)
    if rows + ragged == 0:
        raise InputError(f"{file.name} holds no line of data. Export it again.")
    return Raw(shape.headers, rows, ragged)


def read_parquet(con: duckdb.DuckDBPyConnection, file: Brought) -> Raw:
    """Fill `raw` from a Parquet file; a row's number stands for its line."""
    con.execute("SET preserve_insertion_order = true")
    con.execute("CREATE TABLE ragged (line BIGINT, reason VARCHAR, fields VARCHAR[])")
    try:
        described = con.execute("DESCRIBE FROM read_parquet(?)", [str(file.path)]).fetchall()
        names = tuple(str(row[0]) for row in described)
        cells = ", ".join(f'"{name.replace(chr(34), chr(34) * 2)}"::VARCHAR AS c{n}' for n, name in enumerate(names))
        con.execute(f"CREATE TABLE cells AS SELECT {cells} FROM read_parquet('{quoted(file.path)}')")
    except duckdb.Error as error:
        raise InputError(
            f"{file.name} is a damaged Parquet file ({str(error).splitlines()[0]}). Write it again."
        ) from error
    con.execute("CREATE VIEW raw AS SELECT rowid + 1 AS line, * FROM cells")
    if not (rows := _count(con, "raw")):
        raise InputError(f"{file.name} holds no row. Export it again.")
    return Raw(names, rows, 0)


def quoted(path: Path) -> str:
    """Return the path for use between single quotes in SQL."""
    return str(path).replace("'", "''")


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    found = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found[0]) if found else 0


def _read_fast(con: duckdb.DuckDBPyConnection, file: Brought, shape: Shape) -> bool:
    """Let DuckDB read the file in parallel; true where each line gave exactly one row, so that counting rows counts lines.

    A blank line, a quoted line end or a row of a wrong width leaves fewer rows than lines: then the careful way is taken.
    """
    if file.lone_returns or shape.spaces:
        return False
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(shape.headers)))
    quote = '"' if file.quoted else ""
    try:
        con.execute(
            f"CREATE OR REPLACE TABLE cells AS FROM read_csv('{quoted(file.path)}', columns = {{{columns}}}, header = false, "
            f"auto_detect = false, skip = {shape.first_line - 1}, delim = '{shape.separator}', quote = '{quote}', escape = '{quote}', "
            f"null_padding = false, ignore_errors = true, strict_mode = true, max_line_size = {2 * LONGEST_LINE})"
        )
    except duckdb.Error:
        return False
    if _count(con, "cells") != file.lines - shape.first_line + 1:
        return False
    con.execute(f"CREATE OR REPLACE VIEW raw AS SELECT rowid + {shape.first_line} AS line, * FROM cells")
    return True


def _read_positions(con: duckdb.DuckDBPyConnection, file: Brought, shape: Shape) -> bool:
    """Cut each line by positions; false where a blank line would spoil the count of lines."""
    if file.lone_returns:
        return False
    con.execute(
        f"CREATE OR REPLACE TABLE cells AS FROM read_csv('{quoted(file.path)}', columns = {{'text': 'VARCHAR'}}, header = false, "
        f"auto_detect = false, delim = '\x01', quote = '', escape = '', max_line_size = {2 * LONGEST_LINE})"
    )
    if _count(con, "cells") != file.lines:
        return False
    cells = ", ".join(f"text[{first}:{last}] AS c{n}" for n, (first, last) in enumerate(shape.positions))
    con.execute(f"CREATE OR REPLACE VIEW raw AS SELECT rowid + 1 AS line, {cells} FROM cells")
    return True


class _Lines:
    """The lines of a text, remembering those of the record being read."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.record.append(line)
            yield line


def _records(file: Brought, shape: Shape) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is no blank line with the line it begins on, in Python: slower, and exact in every case."""
    csv.field_size_limit(LONGEST_LINE)
    with file.path.open(encoding="utf-8-sig", newline="") as text:
        lines = _Lines(islice(text, shape.first_line - 1, None))
        if shape.positions:
            for number, line in enumerate(lines, start=1):
                lines.record.clear()
                if line.strip():
                    yield number, [line.rstrip("\r\n")[first - 1 : last] for first, last in shape.positions]
            return
        reader, before = csv.reader(lines, delimiter=shape.separator, skipinitialspace=shape.spaces), 0
        try:
            for row in reader:
                begins = shape.first_line + before
                before = reader.line_num
                if len(lines.record) > 1:
                    _refuse_open_quote(file, lines.record, begins)
                lines.record.clear()
                if row:
                    yield begins, row
        except csv.Error as error:
            begins = shape.first_line + before
            raise InputError(
                f"{file.name}, line {begins}: {error}. A quote opened there is probably never closed."
            ) from error


def _refuse_open_quote(file: Brought, record: list[str], line: int) -> None:
    """Refuse a record over several lines whose quotes do not pair: it swallowed the rest of the file."""
    if sum(text.count('"') for text in record) % 2:
        raise InputError(
            f"{file.name}, line {line}: a quote opened there is never closed. Close it, or double it if it belongs to the text."
        )


def _read_carefully(con: duckdb.DuckDBPyConnection, file: Brought, shape: Shape, work: Path) -> None:
    """Rewrite the file with line numbers and whole rows only, then read that; rows of a wrong width go to `ragged`."""
    clean, ragged, width = work / "numbered.csv", work / "ragged.csv", len(shape.headers)
    with clean.open("w", encoding="utf-8", newline="") as good, ragged.open("w", encoding="utf-8", newline="") as bad:
        rows, odd = csv.writer(good, lineterminator="\n"), csv.writer(bad, lineterminator="\n")
        for line, row in _records(file, shape):
            if len(row) == width:
                rows.writerow([line, *row])
            else:
                odd.writerow([line, RAGGED.format(found=len(row), expected=width), _as_list(row)])
    columns = ", ".join(["'line': 'BIGINT'", *(f"'c{n}': 'VARCHAR'" for n in range(width))])
    exactly = "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', parallel = false"
    size = f"max_line_size = {4 * LONGEST_LINE}"
    con.execute(
        f"CREATE OR REPLACE TABLE cells AS FROM read_csv('{quoted(clean)}', columns = {{{columns}}}, {exactly}, {size})"
    )
    con.execute("CREATE OR REPLACE VIEW raw AS FROM cells")
    con.execute(
        f"INSERT INTO ragged SELECT line, reason, string_split(fields, chr(31)) FROM read_csv('{quoted(ragged)}', "
        f"columns = {{'line': 'BIGINT', 'reason': 'VARCHAR', 'fields': 'VARCHAR'}}, {exactly}, {size})"
    )


def _as_list(row: list[str]) -> str:
    """Return the fields as one, joined by the unit separator, which no real file holds."""
    return "\x1f".join(row)
