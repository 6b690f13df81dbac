"""A team's warehouse as the place of the history: tables named in a mapping file stand for event types of the lake.

Rows are read through ADBC into DuckDB, not judged over there: contacts, suppressions and what Relance sent stay in its
own database, so a join has to happen on one side, and this side needs no right to write in the warehouse. The types a
mapping names come from the warehouse alone; all others come from the lake and the hot table as ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from pydantic import BeforeValidator, Field, field_validator, model_validator

from relance.core import zones
from relance.core.definitions import Definition, Document, read, validate
from relance.core.errors import ConfigurationError, DefinitionError, InputError
from relance.events.schemas import COLUMNS, known_types

if TYPE_CHECKING:
    import adbc_driver_postgresql.dbapi as adbc
    import duckdb

BUCKETS = 32  # as in the lake
SOURCE = 0  # the id of the source of these events; those of the database begin at 1
Scalar = str | int | bool
Values = Annotated[list[Scalar], BeforeValidator(lambda value: value if isinstance(value, list) else [value])]

# The people a key may name; who was merged into another is known by her former keys too.
KEYS = {
    "id": "SELECT id::text AS key, id AS contact_id FROM contact UNION SELECT loser_id::text, loser_id FROM contact_alias",
    "external_id": """
        SELECT key, min(id) AS contact_id FROM (
          SELECT external_id AS key, id FROM contact WHERE external_id <> ''
          UNION ALL SELECT former, id FROM contact, jsonb_array_elements_text(
            CASE jsonb_typeof(attributes->'other_external_ids') WHEN 'array' THEN attributes->'other_external_ids' ELSE '[]' END) AS former
        ) AS named GROUP BY key
    """,
    "email": "SELECT lower(value) AS key, min(contact_id) AS contact_id FROM contact_point WHERE channel = 'email' GROUP BY 1",
}


class Mapped(Definition):
    """One table's rows as events of one type. Names are the warehouse's; `where` lists the values a column may have."""

    table: str = Field(min_length=1)
    type: str
    contact: str
    occurred_at: str
    amount: str | None = None
    channel: str | None = None
    reference: str | None = None
    where: dict[str, Values] = {}
    time_zone: str = "UTC"  # of instants without one
    covered_since: date | None = None

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        return zones.zone(name).key


class Mapping(Definition):
    """What a warehouse's tables mean: which column names a contact, and which rows are events."""

    warehouse: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    contact_key: str = "external_id"
    events: list[Mapped] = Field(min_length=1)

    @model_validator(mode="after")
    def _known_key(self) -> Mapping:
        if self.contact_key not in KEYS:
            raise ValueError(f"`contact_key:` is one of {', '.join(KEYS)}")
        return self

    @property
    def types(self) -> list[str]:
        """The event types that come from the warehouse."""
        return sorted({mapped.type for mapped in self.events})


def used() -> bool:
    """Tell whether the history comes from a warehouse."""
    return bool(settings.RELANCE.warehouse)


def mapping() -> Mapping:
    """Return the mapping of the settings."""
    path = settings.RELANCE.warehouse_mapping
    if not path:
        raise ConfigurationError(
            "RELANCE_WAREHOUSE names a warehouse, but nothing says what its tables mean. Write a mapping file and name it in "
            "RELANCE_WAREHOUSE_MAPPING; see docs/en/warehouses.md."
        )
    return check(read(Path(path)))


def check(document: Document) -> Mapping:
    """Return the mapping in the document; every error names file, line and field."""
    found = validate(Mapping, document)
    types = known_types()
    problems = [
        document.problem(("events", n, "type"), f"no event type is called `{mapped.type}`.")
        for n, mapped in enumerate(found.events)
        if mapped.type not in types
    ]
    if problems:
        raise DefinitionError(problems)
    return found


def covered_since() -> dict[str, datetime]:
    """Return since when the warehouse of the settings covers each type."""
    return coverage(mapping()) if used() else {}


def coverage(found: Mapping) -> dict[str, datetime]:
    """Return since when a mapping's tables cover each type; the earliest start counts, as with sources."""
    starts: dict[str, datetime] = {}
    for mapped in found.events:
        if mapped.covered_since is not None:
            start = datetime.combine(mapped.covered_since, datetime.min.time(), ZoneInfo(mapped.time_zone)).astimezone(
                UTC
            )
            starts[mapped.type] = min(start, starts.get(mapped.type, start))
    return starts


def query(mapped: Mapped, keys: Collection[str] | None = None, *, lower: bool = False) -> str:
    """Return the warehouse's query of one table's events, in standard SQL; `keys`: of these contacts only."""
    key = f"CAST({_name(mapped.contact)} AS VARCHAR)"
    key = f"LOWER(TRIM({key}))" if lower else key
    texts = {"channel": mapped.channel, "reference": mapped.reference}
    amount = f"CAST({_name(mapped.amount)} AS DECIMAL(18,4))" if mapped.amount else "NULL"
    columns = [f"{key} AS key", f"{_name(mapped.occurred_at)} AS occurred_at", f"CAST({amount} AS VARCHAR) AS amount"]
    columns += [f"CAST({_name(column) if column else 'NULL'} AS VARCHAR) AS {name}" for name, column in texts.items()]
    tests = [f"{_name(column)} IN ({', '.join(map(_value, values))})" for column, values in mapped.where.items()]
    if keys is not None:
        tests.append(f"{key} IN ({', '.join(map(_value, sorted(keys))) or 'NULL'})")
    only = f" WHERE {' AND '.join(tests)}" if tests else ""
    return f"SELECT {', '.join(columns)} FROM {_name(mapped.table)}{only}"


def load(
    con: duckdb.DuckDBPyConnection, found: Mapping, contacts: Collection[int] | None, buckets: Collection[int] | None
) -> None:
    """Make the table `warehouse_event`, of the columns of `events`, from the warehouse (for these contacts or buckets).

    `known_key(key, contact_id)` of the connection says who is meant; rows of people it does not know are left out.
    """
    keys = None
    if contacts is not None:
        rows = con.execute(
            "SELECT key FROM known_key WHERE contact_id IN (SELECT unnest(?::BIGINT[]))", [list(contacts)]
        )
        keys = [key for (key,) in rows.fetchall()]
    con.execute(f"CREATE TABLE warehouse_event ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
    chosen = "" if buckets is None else f" AND contact_id % {BUCKETS} IN ({', '.join(map(str, buckets))})"
    with connected() as source:
        for mapped in found.events:
            with _brought(con, source, mapped, query(mapped, keys, lower=found.contact_key == "email")):
                con.execute(f"INSERT INTO warehouse_event {_once(_events(con, mapped) + chosen, mapped)}")


@contextmanager
def connected(url: str = "") -> Iterator[adbc.Connection]:
    """Give an Arrow connection to the warehouse, which only reads."""
    import adbc_driver_postgresql.dbapi as adbc  # most who ask what the warehouse covers never connect

    try:
        source = adbc.connect(url or settings.RELANCE.warehouse, autocommit=True)
    except adbc.Error as error:
        raise ConfigurationError(
            f"The warehouse cannot be reached: {_said(error)}. Check the address in RELANCE_WAREHOUSE."
        ) from None
    try:
        with source.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
        yield source
    finally:
        source.close()


def report(con: duckdb.DuckDBPyConnection, found: Mapping, source: adbc.Connection) -> list[dict[str, Any]]:
    """Return for each table what its rows say: how many, of how many people known here, from when to when, what is odd."""
    lower = found.contact_key == "email"
    return [_told(con, mapped, source, lower=lower) for mapped in found.events]


def _told(con: duckdb.DuckDBPyConnection, mapped: Mapped, source: adbc.Connection, *, lower: bool) -> dict[str, Any]:
    with _brought(con, source, mapped, query(mapped, lower=lower)):
        con.execute("CREATE OR REPLACE TEMP TABLE row_of AS FROM brought")
    at = _instant(con, "row_of", mapped)
    said = con.execute(
        f"""SELECT count(*) AS rows, count(DISTINCT key) AS keys, count(contact_id) AS rows_of_known_people,
                   count(DISTINCT contact_id) AS people, min({at}) AS first_at, max({at}) AS last_at,
                   count(*) FILTER (amount::DECIMAL(18,4) < 0) AS negative_amounts,
                   count(*) - count(amount) AS rows_without_amount,
                   count(reference) - count(DISTINCT (key, reference)) FILTER (reference IS NOT NULL) AS repeated_references
            FROM row_of LEFT JOIN known_key USING (key)"""
    )
    names = [column[0] for column in said.description]
    (row,) = said.fetchall()
    return {"table": mapped.table, "type": mapped.type, **dict(zip(names, row, strict=True))}


def _events(con: duckdb.DuckDBPyConnection, mapped: Mapped) -> str:
    """Return the query of the rows brought, as events of the people they name."""
    at = _instant(con, "brought", mapped)
    return (
        f"SELECT contact_id, {SOURCE}::INTEGER AS source_id, {_value(mapped.type)} AS type, {at} AS occurred_at, "
        "amount::DECIMAL(18,4) AS amount, channel, reference, NULL::VARCHAR AS import_file, NULL::BIGINT AS import_line, "
        f"'{{}}' AS properties, {at} AS recorded_at FROM brought JOIN known_key USING (key) WHERE occurred_at IS NOT NULL"
    )


def _once(rows: str, mapped: Mapped) -> str:
    """Return the rows, of one reference only the first: the same event twice counts once."""
    if mapped.reference is None:
        return rows
    window = "PARTITION BY contact_id, reference ORDER BY occurred_at"
    return f"SELECT * FROM ({rows}) QUALIFY reference IS NULL OR row_number() OVER ({window}) = 1"


def _instant(con: duckdb.DuckDBPyConnection, relation: str, mapped: Mapped) -> str:
    """Return the expression of a row's instant: what names no zone is in the mapping's."""
    kind = str(con.execute(f"SELECT occurred_at FROM {relation} LIMIT 0").description[0][1])
    if kind == "TIMESTAMP WITH TIME ZONE":
        return "occurred_at"
    if kind not in {"TIMESTAMP", "DATE", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"}:
        raise InputError(
            f"The column {mapped.occurred_at} of {mapped.table} holds {kind.lower()}, not a date or an instant. "
            "Name another column in `occurred_at:`, or a view that casts it."
        )
    return f"(occurred_at::TIMESTAMP AT TIME ZONE {_value(mapped.time_zone)})"


@contextmanager
def _brought(con: duckdb.DuckDBPyConnection, source: adbc.Connection, mapped: Mapped, sql: str) -> Iterator[None]:
    """Show the answer of the warehouse as `brought`, to be read once; what it refuses, then or later, is said."""
    import adbc_driver_postgresql.dbapi as adbc
    import duckdb

    try:
        with source.cursor() as cursor:
            cursor.execute(sql)
            con.register("brought", cursor.fetch_record_batch())
            yield
            con.unregister("brought")
    except (adbc.Error, duckdb.Error, OSError) as error:
        raise InputError(
            f"The table {mapped.table} cannot be read as the mapping says: {_said(error)}. Correct the mapping, or give the "
            "account of RELANCE_WAREHOUSE the right to read the table."
        ) from None


def _said(error: Exception) -> str:
    """Return what the warehouse answered, in one line and without the address, which holds a password."""
    text = next((line for line in str(error).splitlines() if "ERROR:" in line), str(error).splitlines()[0])
    return text.partition("ERROR:")[2].strip() or "it did not answer as a PostgreSQL server does"


def _name(name: str) -> str:
    """Return a name, or names joined by points, as SQL quotes them."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def _value(value: Scalar) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
