"""The dialects of the sample files: each tool a shop exports from writes CSV in its own way."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv

from relance.rehearsal.sample_shop.arrays import Numbers, Texts, digits, join


@dataclass(frozen=True)
class Dialect:
    """How a file is written."""

    delimiter: str
    encoding: str = "utf-8"
    quoted: bool = False
    line_end: str = "\n"


SHOP = Dialect(";", "utf-8-sig", quoted=True, line_end="\r\n")
BACK_OFFICE = Dialect(";", "cp1252", line_end="\r\n")
TILL = Dialect("\t")
WEB = Dialect(",")
MAILING_TOOL = Dialect(",", quoted=True)


def write(path: Path, columns: Mapping[str, Texts], dialect: Dialect) -> int:
    """Write the columns as a file; return how many lines it has under its header."""
    table = pa.table(dict(columns))
    mark = b"\xef\xbb\xbf" if dialect.encoding == "utf-8-sig" else b""
    with path.open("wb") as file:
        file.write(mark + _header(table.column_names, dialect))
        for batch in table.to_batches(max_chunksize=65_536):
            file.write(_lines(batch, dialect))
    return int(table.num_rows)


def _header(names: list[str], dialect: Dialect) -> bytes:
    quote = '"' if dialect.quoted else ""
    text = dialect.delimiter.join(f"{quote}{name}{quote}" for name in names) + dialect.line_end
    return text.encode(dialect.encoding.removesuffix("-sig"))


def _lines(batch: pa.RecordBatch, dialect: Dialect) -> bytes:
    sink = pa.BufferOutputStream()
    options = arrow_csv.WriteOptions(
        include_header=False,
        delimiter=dialect.delimiter,
        quoting_style="all_valid" if dialect.quoted else "none",
    )
    arrow_csv.write_csv(batch, sink, options)
    text: bytes = sink.getvalue().to_pybytes()
    if dialect.line_end != "\n":
        text = text.replace(b"\n", dialect.line_end.encode())
    return text if dialect.encoding.startswith("utf-8") else text.decode().encode(dialect.encoding)


def with_comma(cents: Numbers) -> Texts:
    """Return the amounts as 1234,50."""
    return join(digits(cents // 100), ",", digits(cents % 100, 2))


def with_point(cents: Numbers) -> Texts:
    """Return the amounts as 1234.50."""
    return join(digits(cents // 100), ".", digits(cents % 100, 2))
