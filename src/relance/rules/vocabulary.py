"""The fields a condition may name, passed by whoever owns them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

TEXT, NUMBER, DATE, BOOLEAN = "text", "number", "date", "boolean"
KINDS = {TEXT: "string", NUMBER: "decimal(18,4)", DATE: "timestamp('UTC')", BOOLEAN: "boolean"}


@dataclass(frozen=True)
class Field:
    """A field: its kind, its column of the person relation, the values it may have, and where it is known.

    `hot` tells that PostgreSQL knows it; a field of the lake's features only sends its condition to DuckDB.
    `parse` and `build`, where given, take the place of the ordinary comparison (a leaf of the owner's own).
    """

    kind: str = TEXT
    column: str = ""
    values: tuple[str, ...] = ()
    hot: bool = True
    parse: Callable[[Any], Any] | None = None
    build: Callable[..., Any] | None = None


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Fields by name, and the PostgreSQL query of the relation `person` (one row per contact) that holds their columns."""

    fields: Mapping[str, Field]
    person: str
    attributes: bool = True
    types: frozenset[str] = frozenset()
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def with_fields(
        self, fields: Mapping[str, Field], *, person: str = "", tables: Mapping[str, Mapping[str, str]] | None = None
    ) -> Vocabulary:
        """Return this vocabulary with more fields, another person relation, more tables for the owners' leaves."""
        return replace(
            self,
            fields={**self.fields, **fields},
            person=person or self.person,
            tables={**self.tables, **(tables or {})},
        )

    def columns(self) -> dict[str, str]:
        """Return the person relation's columns with their Ibis types."""
        named = {f.column: KINDS[f.kind] for f in self.fields.values() if f.column}
        return {"id": "int64", "first_seen_at": KINDS[DATE], **named}


CONTACT_COLUMNS = "id, language, country, city, postcode, kind, company, site, external_id, first_seen_at, attributes"

CONTACTS = Vocabulary(
    fields={
        "language": Field(TEXT, "language"),
        "country": Field(TEXT, "country"),
        "city": Field(TEXT, "city"),
        "postcode": Field(TEXT, "postcode"),
        "kind": Field(TEXT, "kind", values=("b2c", "b2b")),
        "company": Field(TEXT, "company"),
        "site": Field(TEXT, "site"),
        "external_id": Field(TEXT, "external_id"),
        "first_seen": Field(DATE, "first_seen_at"),
    },
    person=f"SELECT {CONTACT_COLUMNS} FROM contact WHERE erased_at IS NULL",
)
