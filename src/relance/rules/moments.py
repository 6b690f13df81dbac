"""Instants a compiled query waits for: named in the expression, put into the SQL when it runs.

Compiling costs a tenth of a second, a night compiles many queries that differ by their dates alone; so they are
compiled once. Windows still become UTC instants in Python (calendar months clamped); engines only compare timestamps.
"""

import re
from datetime import UTC, datetime
from typing import Any

import ibis
from ibis.expr import datatypes as kinds

from relance.core.durations import Duration

_PLACE = re.compile(r"relance_moment\('([^']*)'\)", re.IGNORECASE)

# How each dialect writes an instant of UTC, by its date and time with microseconds.
_WRITTEN = {
    "duckdb": "TIMESTAMPTZ '{}+00:00'",
    "postgres": "TIMESTAMPTZ '{}+00:00'",
    "pyspark": "TIMESTAMP '{} UTC'",
    "clickhouse": "toDateTime64('{}', 6, 'UTC')",
    "bigquery": "TIMESTAMP '{}+00:00'",
    "snowflake": "TO_TIMESTAMP_TZ('{} +00:00')",
    "trino": "TIMESTAMP '{} UTC'",
}


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


def fill(sql: str, instant: datetime, dialect: str = "duckdb") -> str:
    """Return the SQL, which is in this dialect, with every moment in its place."""
    return _PLACE.sub(lambda match: written(_meant(match[1], instant), dialect), sql)


def written(instant: datetime, dialect: str = "duckdb") -> str:
    """Return an instant as the dialect writes it."""
    return _WRITTEN[dialect].format(instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"))


def _meant(name: str, instant: datetime) -> datetime:
    kind, _, rest = name.partition(" ")
    if kind == "before":
        return Duration.parse(rest).before(instant)
    return datetime.fromisoformat(rest) if kind == "at" else instant
