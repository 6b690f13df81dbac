"""The first rows of a file, and what each would become, without reading the rest: the importer itself is asked."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from relance.core import place
from relance.core.errors import InputError
from relance.intake import consents, contacts, dates, events, files, reading, sends, sniffing, suppressions
from relance.intake.mapping import Columns
from relance.intake.options import Options, silent
from relance.intake.table import Table, opened

ROWS = 10

# Where the importer keeps what it understood, and what a field became there; a field not named keeps its name.
UNDERSTOOD = {"contacts": "person", "events": "sale", "consents": "entry", "suppressions": "address"}
BECAME: Mapping[str, Mapping[str, str]] = {
    "contacts": {
        "mobile": "sms", "phone": "coalesce(sms, phone)", "landline": "phone", "full_name": "concat_ws(' ', first_name, last_name)",
        "birthday": "json_extract_string(attributes, '$.birthday')", "status": "stop",
    },
    "events": {"amount": "money", "order_total": "money", "currency": "NULL"},
    "consents": {"dated": "moment", "expires_at": "until"},
    "suppressions": {
        "email": "CASE WHEN channel = 'email' THEN value END", "mobile": "CASE WHEN channel = 'sms' THEN value END", "dated": "moment",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """An event a line of sends becomes; `assumed`: it took the date of its send."""

    what: str  # its class
    at: datetime
    assumed: bool
    kind: str = ""  # of a bounce


@dataclass(frozen=True)
class Row:
    """A row: its cells as the file has them, and by field what the importer makes of them; `refusal` where it takes none."""

    line: int
    cells: tuple[str, ...]
    became: Mapping[str, Any]
    what: str = ""  # of an event: its class
    refusal: str = ""
    events: tuple[
        Told, ...
    ] = ()  # of sends: what the line becomes, as a mail lives through them; `became` has each by its field


@dataclass(frozen=True)
class Preview:
    """The shape found, the columns' meaning, the first rows; `problem` is what keeps the file from being read so."""

    encoding: str = ""
    separator: str = ""  # comma, semicolon, tab, bar; empty for Parquet
    headers: tuple[str, ...] = ()
    columns: Columns | None = None
    rows: tuple[Row, ...] = ()
    problem: str = ""
    asks: str = ""  # the option that is missing: dates or decimal
    type: str = field(default="")  # event type of the rows, where all have one


def preview(path: Path, kind: str, options: Options, now: datetime) -> Preview:
    """Return the preview of a file."""
    with TemporaryDirectory(dir=place.folder("spill"), prefix="preview-") as folder:
        try:
            head = _head(path, Path(folder))
            with opened(head, kind, options, silent) as table:
                return _look(table, now)
        except InputError as error:
            return _unread(path, kind, str(error))


def headers(path: Path) -> tuple[str, ...]:
    """Return the headers of a file; none where it cannot be read."""
    return preview(path, "contacts", Options(), dates.EPOCH).headers


def _head(path: Path, folder: Path) -> Path:
    """Write whole rows from the start of the file to the folder, under its name."""
    target = folder / path.name
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PAR1":
        try:
            with duckdb.connect() as con:
                con.execute(
                    f"COPY (FROM read_parquet('{reading.quoted(path)}') LIMIT {ROWS}) TO '{reading.quoted(target)}' (FORMAT parquet)"
                )
        except duckdb.Error as error:
            raise InputError(
                f"{path.name} is a damaged Parquet file ({str(error).splitlines()[0]}). Write it again."
            ) from error
        return target
    try:
        with gzip.open(path) if start[:2] == b"\x1f\x8b" else path.open("rb") as file:
            text, more = file.read(files.HEAD), bool(file.read(1))
    except EOFError as error:
        raise InputError(f"{path} ends too early: the gzip file was cut. Copy or download it again.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path} is a damaged gzip file ({error}). Copy or download it again.") from error
    target.write_bytes(text[: _whole(text)] if more else text)
    return target


def _whole(text: bytes) -> int:
    """Return where the last whole row ends: a line end with no quote open before it."""
    end = text.rfind(b"\n")
    for _ in range(ROWS):
        if end < 0 or text.count(b'"', 0, end) % 2 == 0:
            break
        end = text.rfind(b"\n", 0, end)
    return end + 1 if end > 0 else len(text)


def _look(table: Table, now: datetime) -> Preview:
    """Return what the importer makes of the head."""
    cells = ", ".join(f"c{number}" for number in range(len(table.raw.headers)))
    raw = table.con.execute(f"SELECT line, {cells} FROM raw ORDER BY line LIMIT {ROWS}").fetchall()
    problem = ""
    try:
        _understand(table, now)
    except InputError as error:
        problem = str(error)
    became, refused = ({}, {}) if problem else (_became(table), _refused(table))
    told = _told(table) if table.columns.sends and not problem else {}
    cells_of = {line: tuple(cell or "" for cell in cells) for line, *cells in raw}
    for line, reason, found in _ragged(table):
        cells_of[line] = tuple([*found, *[""] * len(table.raw.headers)][: len(table.raw.headers)])
        refused[line] = reason
    rows = tuple(
        Row(
            line, cells, became.get(line, {}) | _by_field(table, told.get(line, ())),
            "" if line in told else became.get(line, {}).get("class", ""), refused.get(line, ""), told.get(line, ()),
        )
        for line, cells in sorted(cells_of.items())[:ROWS]
    )  # fmt: skip
    shape = (
        ""
        if table.file.parquet
        else sniffing.SEPARATORS.get(sniffing.sniff(table.file, table.options.columns).separator, "")
    )
    return Preview(
        table.file.encoding, shape, table.raw.headers, table.columns, rows, problem, asks(problem),
        table.options.type or table.columns.type,
    )  # fmt: skip


def _understand(table: Table, now: datetime) -> None:
    """Let the importer read the rows, as far as nothing is written."""
    if table.kind == "suppressions":
        table.require("email", "mobile")
        suppressions.read_addresses(table, now)
        return
    if table.kind == "events":
        events.require(table)
        events.read_rows(table, now)
        return
    table.require("external_id", "email")
    if table.kind == "contacts":
        contacts.read_people(table)
    else:
        table.require("given")
        consents.read_entries(table, now)


def _became(table: Table) -> dict[int, dict[str, Any]]:
    """Return by line and field what the importer understood; instants as such."""
    relation = UNDERSTOOD[table.kind]
    kinds = {row[0]: str(row[1]) for row in table.con.execute(f"DESCRIBE {relation}").fetchall()}
    wanted = [name for name in table.columns.fields if name in BECAME[table.kind] or name in kinds]
    if table.kind == "events":
        wanted = ["class", *(name for name in wanted if name != "type")]
    if table.columns.sends:  # a line has several rows, each of another event; what they share is the line's
        relation = f"(SELECT DISTINCT ON (line) * FROM {relation})"
        wanted = [name for name in wanted if name not in ("class", "occurred_at", "kind", "url", "reason")]
    if not wanted:
        return {}
    named = {name: BECAME[table.kind].get(name, name) for name in wanted}
    instants = {name for name, sql in named.items() if kinds.get(sql) == "TIMESTAMP WITH TIME ZONE"}
    shown = ", ".join(f"epoch_us({sql})" if name in instants else sql for name, sql in named.items())
    found = table.con.execute(f"SELECT line, {shown} FROM {relation} ORDER BY line LIMIT {ROWS}").fetchall()
    return {
        row[0]: {name: _value(value, name in instants) for name, value in zip(named, row[1:], strict=True)}
        for row in found
    }


def _told(table: Table) -> dict[int, tuple[Told, ...]]:
    """Return by line the events that a line of sends becomes."""
    order = ", ".join(f"'{name}'" for name in sends.FIELDS)
    found = table.con.execute(
        f"""
        SELECT line, list([class::VARCHAR, epoch_us(occurred_at)::VARCHAR, assumed::VARCHAR, coalesce(kind, '')]
                          ORDER BY list_position([{order}], class::VARCHAR), occurred_at)
        FROM sale GROUP BY line ORDER BY line LIMIT {ROWS}
        """
    ).fetchall()
    return {
        line: tuple(Told(what, dates.instant(int(at)), assumed == "true", kind) for what, at, assumed, kind in told)
        for line, told in found
    }


def _by_field(table: Table, told: Collection[Told]) -> dict[str, Told | None]:
    """Return the event that each column of sends became; None where it became none."""
    events_ = {one.what: one for one in told}
    found = {name: events_.get(sends.event_of(name)) for name in table.columns.sends} if told else {}
    if sends.BOUNCED in events_ and sends.told_by_kind(table):
        found["kind"] = events_[sends.BOUNCED]
    return {name: one if one and one.kind == sends.KINDS.get(name, one.kind) else None for name, one in found.items()}


def _value(value: Any, instant: bool) -> Any:
    return dates.instant(value) if instant and value is not None else value


def _refused(table: Table) -> dict[int, str]:
    """Return by line why a row is not taken."""
    return dict(table.con.execute("SELECT line, reason FROM reject ORDER BY line LIMIT 100").fetchall())


def _ragged(table: Table) -> list[tuple[int, str, list[str]]]:
    """Return the first rows of a wrong width: line, why they are not taken, and what they hold."""
    found = table.con.execute(f"SELECT line, reason, fields FROM ragged ORDER BY line LIMIT {ROWS}").fetchall()
    return [(line, reason, [cell or "" for cell in cells or ()]) for line, reason, cells in found]


def asks(problem: str) -> str:
    """Return which option would settle the problem: dates, decimal; empty where none would."""
    return "dates" if "--dates" in problem else "decimal" if "--decimal" in problem else ""


def _unread(path: Path, kind: str, problem: str) -> Preview:
    """Return what can be told of a file whose columns' meaning, or whose text, stands in the way."""
    try:
        with (
            TemporaryDirectory(dir=place.folder("spill"), prefix="preview-") as folder,
            opened(_head(path, Path(folder)), kind, Options(), silent) as table,
        ):
            found = _look(table, dates.EPOCH)
    except InputError:
        return Preview(problem=problem, asks=asks(problem))
    return Preview(found.encoding, found.separator, found.headers, None, found.rows, problem, asks(problem))
