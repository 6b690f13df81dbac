"""Flows: who moved from which state to which between two instants, from the changes written, or scored anew as of the first."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from relance.core.errors import InputError
from relance.dormancy import profiles, scoring, silences, untold
from relance.events import engine

ARRIVED = "not_yet"  # first seen after the first instant
IMPORTED = "imported"  # first seen before it, but brought into this base after it: nobody wrote a state of hers then
COMERS = (ARRIVED, IMPORTED)
QUIET = ("dormant", "very_dormant")
AWAKE = ("new", "active", "cooling")


@dataclass(frozen=True)
class Flow:
    """People who stood in one state at the first instant and stand in another (or the same) at the second."""

    start: str
    end: str
    people: int


@dataclass(frozen=True)
class Flows:
    """Every flow of a period. `source`: history (changes written then), or recomputed (today's policies on that day's data)."""

    since: datetime
    until: datetime
    source: str
    flows: list[Flow]

    def people(self, start: tuple[str, ...], end: tuple[str, ...] | None = None) -> int:
        """Return who went from one of these states to one of those (None: to any)."""
        return sum(one.people for one in self.flows if one.start in start and (end is None or one.end in end))

    @property
    def untold(self) -> int:
        """Of how many people nobody can tell, at the end or at the beginning, whether they are silent: who fell silent is unknown."""
        ends, starts = Counter[str](), Counter[str]()
        for one in self.flows:
            ends[one.end] += one.people
            starts[one.start] += one.people if one.start not in COMERS else 0
        return untold.people(ends) or untold.people(starts)

    def as_dict(self) -> dict[str, Any]:
        """Return the flows as plain data, for a Sankey chart."""
        return asdict(self) | {"since": self.since.isoformat(), "until": self.until.isoformat(), "untold": self.untold}


# A person's state at an instant: what the first later change left behind, or else the state of the last scoring.
_STANDING = """
    SELECT p.contact_id, CASE WHEN p.first_seen_at > $at THEN '{arrived}' WHEN brought.id IS NOT NULL THEN '{imported}'
                              ELSE coalesce(c.state, p.state) END AS state
    FROM {profiles} p LEFT JOIN brought ON brought.id = p.contact_id LEFT JOIN (
        SELECT contact_id, arg_min(json_extract_string(properties, '$.from'), occurred_at) AS state
        FROM events WHERE type = 'state_changed' AND occurred_at > $at GROUP BY 1
    ) c USING (contact_id)
"""
_BROUGHT = "SELECT id FROM contact WHERE created_at > '{at}'"

# The same, from a scoring as of that instant; people who are there now and were not scored then had not arrived.
_RECOMPUTED = """
    SELECT p.contact_id, CASE WHEN p.first_seen_at > $at THEN '{arrived}' ELSE coalesce(standing_then.state, '{arrived}') END AS state
    FROM {profiles} p LEFT JOIN standing_then USING (contact_id)
"""

_FLOWS = """
    SELECT standing.state, now.state, count(*) FROM standing JOIN {profiles} now USING (contact_id)
    GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""


def standing(con: duckdb.DuckDBPyConnection, at: datetime, known_since: datetime | None) -> str:
    """Make the table `standing` (contact_id, state) as of an instant; return `history` or `recomputed`.

    `con` sees the events; `known_since` is the first scoring of this base: states before it must be scored anew.
    """
    people, source = profiles.relation(), "history"
    query = _STANDING.format(profiles=people, arrived=ARRIVED, imported=IMPORTED)
    if known_since is None or known_since > at:
        query, source = _RECOMPUTED.format(profiles=people, arrived=ARRIVED), "recomputed"
        con.register("standing_then", _scored_anew(at))
    else:
        engine.load(con, "brought", _BROUGHT.format(at=at.isoformat()))
    con.execute(f"CREATE OR REPLACE TEMP TABLE standing AS {query}", {"at": at})
    return source


def _scored_anew(at: datetime) -> pa.Table:
    """Return everybody's state as of an instant, by the policies in force; nothing is written."""
    with engine.reading() as con:
        scoring.compute(con, at)
        return con.execute("SELECT contact_id, state FROM scored").to_arrow_table()


def since(
    con: duckdb.DuckDBPyConnection, start: datetime, now: datetime, *, known_since: datetime | None = None
) -> Flows:
    """Return the flows from `start` to the last scoring; raise InputError where people were never scored, or `start` is to come."""
    if start >= now:
        raise InputError(f"{start:%Y-%m-%d} is not before {now:%Y-%m-%d}: name an earlier day for flows to start from.")
    if not silences.scored():
        raise InputError("Nobody was scored yet, so nobody moved: run `relance score` first.")
    source = standing(con, start, known_since)
    rows = con.execute(_FLOWS.format(profiles=profiles.relation())).fetchall()
    return Flows(start, now, source, [Flow(*row) for row in rows])
