"""People judged a share at a time: each share has a database of its own, which sees what the first one made of everybody.

Judging makes wide tables on the way, and writing profiles holds the joined people in memory: of half the people half as
much. A share of a few people is work of one processor, so two shares take both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import duckdb
import pyarrow as pa

from relance.dormancy import tables
from relance.dormancy.program import FUTURE, LIFETIME, RETURNS, Program
from relance.events import engine

SHARES = 2
LEAST = 100_000  # people; of fewer a second database costs more than it brings


@contextmanager
def share(
    database: str, program: Program, now: datetime, contact: pa.Table, number: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection that sees one share of the people of a database: features, figures, models, `person`."""
    there = (*program.figures, *(name for name in (LIFETIME, RETURNS, FUTURE) if name in program.models))
    with engine.connected() as own:
        own.register("everybody", contact)
        own.execute(f"CREATE TEMP VIEW contact AS FROM everybody WHERE id % {SHARES} = {number}")
        for name in ("feature", "received"):
            own.execute(f"CREATE VIEW {name} AS FROM {database}.{name} WHERE contact_id % {SHARES} = {number}")
        for name in there:
            own.execute(f"CREATE VIEW {name} AS FROM {database}.{name}")
        if program.reads_events:
            own.execute(f"CREATE VIEW events AS FROM {database}.events")
        tables.describe(own, program, now)
        yield own
