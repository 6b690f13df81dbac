"""A file opened for import: verified, read into DuckDB, its columns named; the table `given` has one text column per field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from relance.core import place
from relance.events import engine
from relance.intake import amounts, dates, files, mapping, reading, sniffing
from relance.intake.files import Brought
from relance.intake.mapping import Columns
from relance.intake.options import Options, Progress
from relance.intake.reading import Raw

BLANKS = ("' '", "chr(9)", "chr(10)", "chr(13)")
FURTHER_BLANKS = ("chr(160)", "chr(8239)", "chr(65279)")  # beyond ASCII


@dataclass
class Table:
    """The file's rows in DuckDB: `given` (line and a text column per field, NULL where empty), `raw`, `ragged`, `reject`."""

    con: duckdb.DuckDBPyConnection
    kind: str
    file: Brought
    raw: Raw
    columns: Columns
    options: Options
    progress: Progress
    work: Path = field(repr=False)

    @property
    def name(self) -> str:
        """Return the file's name."""
        return self.file.name

    def label(self, column: str) -> str:
        """Return how errors call the column of a field."""
        number = self.columns.fields.get(column)
        return f"{self.name}, column “{self.raw.headers[number] if number is not None else column}”"

    def date(self, column: str) -> str:
        """Return the SQL that reads a field as an instant."""
        if column not in self.columns.fields:
            return "NULL::TIMESTAMPTZ"
        return dates.decide(self.con, "given", column, self.options, label=self.label(column))

    def amount(self, column: str) -> str:
        """Return the SQL that reads a field as money."""
        if column not in self.columns.fields:
            return f"NULL::{amounts.MONEY}"
        return amounts.decide(self.con, "given", column, self.options, label=self.label(column))

    def count(self, table: str, where: str = "true") -> int:
        """Return the number of rows."""
        found = self.con.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
        return int(found[0]) if found else 0

    def forget_cells(self) -> None:
        """Keep of the file's cells those of rejected rows only: what follows needs the memory."""
        self.con.execute("CREATE TABLE refused AS FROM raw SEMI JOIN reject USING (line)")
        self.con.execute("CREATE OR REPLACE VIEW raw AS FROM refused")
        for table in ("cells", "trimmed"):
            self.con.execute(f"DROP TABLE IF EXISTS {table}")

    def require(self, *names: str) -> None:
        """Raise a sentence unless the file has one of the fields named."""
        mapping.require(self.name, self.kind, self.columns, self.raw.headers, *names)


@contextmanager
def opened(path: Path, kind: str, options: Options, progress: Progress) -> Iterator[Table]:
    """Open the file for import; its copies are gone at the end."""
    con = engine.connect()
    with TemporaryDirectory(dir=place.folder("spill"), prefix="import-") as folder:
        work = Path(folder)
        try:
            file = files.bring(Path(path), work, progress)
            raw = _read(con, file, options, work, progress)
            con.execute("SET preserve_insertion_order = false")  # rows have their line from here on
            table = Table(
                con, kind, file, raw, mapping.map_columns(kind, raw.headers, options), options, progress, work
            )
            con.execute(f"SET TimeZone = '{options.time_zone}'")
            con.execute("CREATE TABLE reject (line BIGINT, reason VARCHAR)")
            _name_columns(table)
            yield table
        finally:
            con.close()


def _read(con: duckdb.DuckDBPyConnection, file: Brought, options: Options, work: Path, progress: Progress) -> Raw:
    if file.parquet:
        return reading.read_parquet(con, file)
    return reading.read(con, file, sniffing.sniff(file, options.columns), work, progress)


def _name_columns(table: Table) -> None:
    """Make the view `given`: each field trimmed, NULL where empty or absent; attributes named by the person as a0, a1…

    Nothing is stored where nothing is to be trimmed; else only what the file has: a column of NULLs costs as much memory as
    one of short words.
    """
    columns = {**table.columns.fields, **{f"a{n}": number for n, number in enumerate(table.columns.free.values())}}
    loose = _loose(table, sorted(set(columns.values())))
    blanks = " || ".join((*BLANKS, *FURTHER_BLANKS))
    trimmed = {number: f"trim(c{number}, {blanks})" if number in loose else f"c{number}" for number in columns.values()}
    cells = [f"nullif({trimmed[number]}, '') AS {name}" for name, number in columns.items()]
    query = f"SELECT {', '.join(['line', *cells])} FROM raw"
    if loose:
        table.con.execute(f"CREATE TABLE trimmed AS {query}")
    table.con.execute(f"CREATE VIEW field AS {'FROM trimmed' if loose else query}")
    values = {name: literal(value) for name, value in table.columns.values.items()}
    absent = {
        name: f"{values.get(name, 'NULL')}::VARCHAR" for name in mapping.fields_of(table.kind) if name not in columns
    }
    table.con.execute(widened("given", "field", absent))


def _loose(table: Table, numbers: list[int]) -> set[int]:
    """Return the columns of `raw` of which some value begins or ends with a blank; asking costs a fraction of trimming all.

    What sorts before “!” begins with an ASCII blank or a control character, or is empty.
    """
    if not numbers:
        return set()
    further = () if table.file.ascii else FURTHER_BLANKS
    tests = (
        " OR ".join(
            [
                f"c{n} < '!'",
                *(f"starts_with(c{n}, {b})" for b in further),
                *(f"ends_with(c{n}, {b})" for b in (*BLANKS, *further)),
            ]
        )
        for n in numbers
    )
    found = table.con.execute(f"SELECT {', '.join(f'bool_or({test})' for test in tests)} FROM raw").fetchone() or ()
    return {number for number, loose in zip(numbers, found, strict=True) if loose}


def widened(view: str, table: str, absent: Mapping[str, str], where: str = "true") -> str:
    """Return the statement of a view that shows a narrow table with further columns, given as SQL."""
    further = "".join(f", {sql} AS {name}" for name, sql in absent.items())
    return f"CREATE OR REPLACE VIEW {view} AS SELECT *{further} FROM {table} WHERE {where}"


def literal(value: str) -> str:
    """Return the value as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"
