"""Pages of long lists by key: the next page starts after the last row shown, so page 1,000 costs what page 1 does."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[M]):
    """Rows, and the cursor of the page after it; empty at the end."""

    rows: list[M]
    following: str
    first: bool


def page(
    rows: QuerySet[M],
    after: str,
    *,
    fields: Sequence[str],
    descending: bool = False,
    size: int = 50,
    nullable: bool = False,
) -> Page[M]:
    """Return the rows that come after the cursor, ordered by `fields` (an index must start with them; the last is unique).

    With `nullable`, rows where the first field is NULL come last, whatever the direction.
    """
    sign, than = ("-", "lt") if descending else ("", "gt")
    ordered = rows.order_by(*(f"{sign}{field}" for field in fields))
    key = read(after)
    if len(key) != len(fields) or None in key[0 if not nullable else 1 :]:
        key = []
    read_rows = _nulls_last if nullable else _after
    try:
        found = read_rows(ordered, fields, key, than, size)
    except (ValueError, TypeError, ValidationError, DataError):  # a damaged cursor is the first page
        key = []
        found = read_rows(ordered, fields, key, than, size)
    following = write([_value(found[size - 1], field) for field in fields]) if len(found) > size else ""
    return Page(found[:size], following, not key)


def _after(ordered: QuerySet[M], fields: Sequence[str], key: Sequence[Any], than: str, size: int) -> list[M]:
    """Return the rows after the key, one more than a page."""
    if not key:
        return list(ordered[: size + 1])
    # The first bound alone lets the index start there; PostgreSQL takes none from the alternatives that follow.
    start = Q(**{f"{fields[0]}__{than}e": key[0]})
    return list(ordered.filter(start & _beyond(fields, key, than))[: size + 1])


def _nulls_last(ordered: QuerySet[M], fields: Sequence[str], key: Sequence[Any], than: str, size: int) -> list[M]:
    """Return the rows after the key, those whose first field is NULL after all others: two ranges of the same index."""
    empty, in_nulls = f"{fields[0]}__isnull", bool(key) and key[0] is None
    found = [] if in_nulls else _after(ordered.filter(**{empty: False}), fields, key, than, size)
    if len(found) > size:
        return found
    rest = ordered.filter(**{empty: True})
    if in_nulls:
        rest = rest.filter(_beyond(fields[1:], key[1:], than))
    return found + list(rest[: size + 1 - len(found)])


def write(key: Sequence[Any]) -> str:
    """Return the key as a cursor for an address."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in key]
    return urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def read(cursor: str) -> list[Any]:
    """Return the key in a cursor; of a damaged one nothing, which is the first page."""
    try:
        key = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        return []
    return key if isinstance(key, list) else []


def _beyond(fields: Sequence[str], key: Sequence[Any], than: str) -> Q:
    """Return (a, b) > (x, y), spelled out: a > x, or a = x and b > y."""
    found = Q(**{f"{fields[-1]}__{than}": key[-1]})
    for field, value in list(zip(fields, key, strict=True))[-2::-1]:
        found = Q(**{f"{field}__{than}": value}) | (Q(**{field: value}) & found)
    return found


def _value(row: Model, field: str) -> Any:
    value: Any = row
    for name in field.split("__"):
        value = getattr(value, name)
    return value
