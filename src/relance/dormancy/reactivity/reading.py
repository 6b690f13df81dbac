"""Any CSV as typed columns: numbers, dates as days, words as codes; what is missing stays missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from relance.core.errors import InputError
from relance.events import engine

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.int64]
Kind = Literal["number", "date", "text"]

MISSING = "('', 'na', 'n/a', 'nan', 'null', 'none', '#n/a', '\\n')"
DAY_FIRST = "['%d/%m/%Y', '%d/%m/%Y %H:%M', '%d/%m/%Y %H:%M:%S', '%d.%m.%Y', '%d-%m-%Y']"
LEAST_ROWS = 20
LARGEST = 1e150  # a number beyond it, either way, is taken as missing: its square is none that a computer can hold


@dataclass(frozen=True)
class Column:
    """One column: `numbers` (rows,) with NaN where missing, dates in days since 1970; or `codes` (rows,) into `levels`, -1 missing."""

    name: str
    kind: Kind
    distinct: int
    numbers: Floats | None = None
    codes: Codes | None = None
    levels: tuple[str, ...] = ()
    too_large: int = 0  # numbers of the file beyond LARGEST, taken as missing

    def coded(self) -> Codes:
        """Return each row's code, -1 where missing; numbers are coded in their order."""
        if self.codes is not None:
            return self.codes
        assert self.numbers is not None
        _, codes = np.unique(self.numbers, return_inverse=True)  # NaN sorts last, once
        return np.where(np.isnan(self.numbers), -1, codes)

    def names(self) -> tuple[str, ...]:
        """Return what each code is called, numbers as people write them."""
        if self.codes is not None:
            return self.levels
        assert self.numbers is not None
        return tuple(written(value) for value in np.unique(self.numbers[~np.isnan(self.numbers)]).tolist())

    def take(self, rows: Bools) -> Column:
        """Return the column with these rows only."""
        numbers = None if self.numbers is None else self.numbers[rows]
        codes = None if self.codes is None else self.codes[rows]
        return Column(self.name, self.kind, self.distinct, numbers, codes, self.levels, self.too_large)


@dataclass(frozen=True)
class Table:
    """A file's columns by name, in the file's order."""

    name: str
    rows: int
    columns: dict[str, Column]

    @property
    def too_large(self) -> int:
        """Return how many numbers of the file were beyond LARGEST."""
        return sum(column.too_large for column in self.columns.values())

    def column(self, name: str) -> Column:
        """Return the column of this name; raise InputError with the names there are."""
        if name not in self.columns:
            there = ", ".join(list(self.columns)[:40])
            raise InputError(f"{self.name} has no column `{name}`. It has: {there}. Names count with their capitals.")
        return self.columns[name]

    def take(self, rows: Bools) -> Table:
        """Return the table with these rows only."""
        return Table(self.name, int(rows.sum()), {name: column.take(rows) for name, column in self.columns.items()})


def written(number: float) -> str:
    """Return a number as people write it."""
    return str(int(number)) if number == int(number) else repr(number)


def read(path: Path, *, least: int = LEAST_ROWS) -> Table:
    """Return the CSV (`.csv`, `.tsv`, `.gz`) as a table; raise InputError where it is none, or holds fewer rows than `least`."""
    if not path.is_file():
        raise InputError(f"{path} is {'a folder' if path.is_dir() else 'not there'}. Name a CSV file.")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty. Export it again.")
    con = engine.connect()
    try:
        con.execute("SET preserve_insertion_order = true")
        names, rows = _load(con, path)
        if rows < least:
            raise InputError(f"{path} holds {rows} rows of data; {least} are the least that anything can be said of.")
        return Table(path.name, rows, {name: _column(con, n, name) for n, name in enumerate(names)})
    finally:
        con.close()


def _load(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[list[str], int]:
    """Fill table `cells (c0, c1, …)` with trimmed text, NULL where missing; return the headers and the number of rows."""
    try:
        con.execute(
            f"CREATE TEMP TABLE brought AS FROM read_csv({engine.literal(str(path))}, header = true, all_varchar = true, "
            "sample_size = 20000)"
        )
    except (duckdb.Error, UnicodeDecodeError) as error:
        first = str(error).strip().splitlines()[0]
        raise InputError(f"{path} cannot be read as CSV ({first}). Save it as CSV in UTF-8, with a header.") from None
    names = [str(row[0]) for row in con.execute("DESCRIBE brought").fetchall()]
    if any("\0" in name for name in names):
        raise InputError(f"{path} is no text: its first line holds a NUL byte. Save it as CSV in UTF-8, with a header.")
    cells = ", ".join(
        f"CASE WHEN lower(trim({_quoted(name)})) IN {MISSING} THEN NULL ELSE trim({_quoted(name)}) END AS c{n}"
        for n, name in enumerate(names)
    )
    con.execute(f"CREATE TEMP TABLE cells AS SELECT {cells} FROM brought")
    con.execute("DROP TABLE brought")
    found = con.execute("SELECT count(*) FROM cells").fetchone()
    return names, int(found[0]) if found else 0


def _column(con: duckdb.DuckDBPyConnection, position: int, name: str) -> Column:
    """Return one column, as numbers where every value is one, else as days, else as words."""
    cell = f"c{position}"
    number = f"TRY_CAST(CASE WHEN regexp_full_match({cell}, '-?\\d+,\\d+') THEN replace({cell}, ',', '.') ELSE {cell} END AS DOUBLE)"
    instant = f"coalesce(TRY_CAST({cell} AS TIMESTAMP), try_strptime({cell}, {DAY_FIRST}))"
    known, numbers, distinct = _counts(con, cell, number)
    if known == numbers:
        return _of_numbers(name, distinct, _numbers(con, number))
    first = con.execute(f"SELECT {instant} FROM cells WHERE {cell} IS NOT NULL LIMIT 1").fetchone()
    if first and first[0] is not None and _counts(con, cell, instant)[1] == known:
        return Column(name, "date", distinct, numbers=_numbers(con, f"epoch({instant}) / 86400"))
    words = con.execute(f"SELECT {cell} FROM cells").to_arrow_table().column(0).combine_chunks()
    coded = words.dictionary_encode()
    codes = np.asarray(coded.indices.cast(pa.int64()).fill_null(-1), dtype=np.int64)
    return Column(name, "text", distinct, codes=codes, levels=tuple(coded.dictionary.to_pylist()))


def _of_numbers(name: str, distinct: int, numbers: Floats) -> Column:
    """Return a column of numbers without those beyond LARGEST."""
    beyond = np.abs(numbers) > LARGEST
    left = np.unique(numbers[~beyond & ~np.isnan(numbers)]).size if beyond.any() else distinct
    return Column(name, "number", left, numbers=np.where(beyond, np.nan, numbers), too_large=int(beyond.sum()))


def _counts(con: duckdb.DuckDBPyConnection, cell: str, reading: str) -> tuple[int, int, int]:
    """Return how many rows have a value, how many can be read so, and how many values are distinct."""
    found = con.execute(f"SELECT count({cell}), count({reading}), count(DISTINCT {cell}) FROM cells").fetchone()
    return found or (0, 0, 0)


def _numbers(con: duckdb.DuckDBPyConnection, expression: str) -> Floats:
    """Return an expression's value on every row, NaN where there is none or it is infinite."""
    column = con.execute(f"SELECT {expression} AS number FROM cells").to_arrow_table().column(0)
    numbers = np.array(column.to_numpy(), dtype=np.float64)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
