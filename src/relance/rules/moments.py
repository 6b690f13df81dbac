"""Instants a compiled query waits for: named in the expression, put into the SQL when it runs.

Compiling costs a tenth of a second, a night compiles many queries that differ by their dates alone; so they are
compiled once. Windows still become UTC instants in Python (calendar months clamped); engines only compare timestamps.
"""

import re
from datetime import datetime
from typing import Any

import ibis
from ibis.expr import datatypes as kinds

from relance.core.durations import Duration

_PLACE = re.compile(r"relance_moment\('([^']*)'\)", re.IGNORECASE)


@ibis.udf.scalar.builtin(name="relance_moment")  # type: ignore[untyped-decorator]
def _moment(named: str) -> kinds.Timestamp("UTC"):  # type: ignore[valid-type]
    """Stand for an instant."""


def now() -> Any:
    """Return the instant the query will run for."""
    return _moment("now")


def before(duration: Duration) -> Any:
    """Return the instant so long before the one the query will run for."""
    return _moment(f"before {duration}")


def at(instant: datetime) -> Any:
    """Return a fixed instant."""
    return _moment(f"at {instant.isoformat()}")


def fill(sql: str, instant: datetime) -> str:
    """Return the SQL with every moment in its place."""
    return _PLACE.sub(lambda match: f"TIMESTAMPTZ '{_meant(match[1], instant).isoformat()}'", sql)


def _meant(name: str, instant: datetime) -> datetime:
    kind, _, rest = name.partition(" ")
    if kind == "before":
        return Duration.parse(rest).before(instant)
    return datetime.fromisoformat(rest) if kind == "at" else instant
