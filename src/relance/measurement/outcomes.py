"""What the people of a journey did after they entered it, whether or not anything was sent to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np

from relance.core.durations import Duration
from relance.events import engine
from relance.measurement.intervals import Floats

STANDARD = {"order": ("order_placed", "store_purchase"), "visit": ("site_visited",), "login": ("logged_in",)}
ONE_ARM_ONLY = "message_"  # what only a person who was written to can do is no outcome


@dataclass(frozen=True)
class Outcome:
    """A thing that people of both arms can do, told by any of its event types."""

    name: str
    types: tuple[str, ...]


@dataclass(frozen=True)
class Arm:
    """One arm: who entered, how many did what, and what they spent."""

    people: int
    counts: Mapping[str, int]
    revenue: Decimal
    amounts: Floats  # revenue of each passage that has any


@dataclass(frozen=True)
class Passages:
    """When people entered, and when the last window closes."""

    first_entry: datetime | None
    last_entry: datetime | None
    ends_at: datetime | None
    unfinished: int


def outcomes(goal_event: str) -> list[Outcome]:
    """Return the outcomes to look at: order, visit, login, and the journey's own goal where it is none of them."""
    known = [Outcome(name, types) for name, types in STANDARD.items()]
    if any(goal_event in outcome.types for outcome in known) or goal_event.startswith(ONE_ARM_ONLY):
        return known
    return [Outcome(goal_event, (goal_event,)), *known]


def load(
    con: duckdb.DuckDBPyConnection,
    journey_id: int,
    windows: Mapping[int, Duration],
    now: datetime,
    since: datetime | None = None,
) -> Passages:
    """Make the table `passage` (every enrolment begun `since`, with its arm and window) and return when they are."""
    begun = f" AND entered_at >= '{since.isoformat()}'" if since else ""
    engine.load(
        con,
        "enrolment",
        f"SELECT id, contact_id, version_id, control, entered_at FROM enrolment WHERE journey_id = {journey_id}{begun}",
    )
    con.execute("CREATE TABLE goal_window (version_id BIGINT, length INTERVAL)")
    for version, length in windows.items():
        con.execute("INSERT INTO goal_window VALUES (?, CAST(? AS INTERVAL))", [version, str(length)])
    con.execute(
        """
        CREATE TABLE passage AS
        SELECT id, coalesce(survivor_id, contact_id) AS contact_id, control, entered_at, entered_at + length AS ends_at
        FROM enrolment JOIN goal_window USING (version_id) LEFT JOIN contact_alias ON loser_id = contact_id
        """
    )
    row = _one(
        con,
        "SELECT min(entered_at), max(entered_at), max(ends_at), count(*) FILTER (WHERE ends_at > ?) FROM passage",
        [now],
    )
    return Passages(row[0], row[1], row[2], int(row[3]))


def arms(con: duckdb.DuckDBPyConnection, wanted: Sequence[Outcome], now: datetime) -> dict[bool, Arm]:
    """Return both arms by `control`: all who entered, and what they did from entry (excluded) to the window's end."""
    flags = ", ".join(f"bool_or(type IN ({_quoted(outcome.types)})) AS did_{n}" for n, outcome in enumerate(wanted))
    every_type = {"refund", *STANDARD["order"]} | {name for outcome in wanted for name in outcome.types}
    con.execute(
        f"""
        CREATE TABLE observed AS
        SELECT passage.id, {flags},
               sum(CASE WHEN type IN ({_quoted(STANDARD["order"])}) THEN amount
                        WHEN type = 'refund' THEN -amount END) AS revenue
        FROM passage JOIN events ON events.contact_id = passage.contact_id
             AND occurred_at > entered_at AND occurred_at <= least(ends_at, $now)
        WHERE type IN ({_quoted(tuple(sorted(every_type)))})
        GROUP BY passage.id
        """,
        {"now": now},
    )
    return {control: _arm(con, wanted, control) for control in (False, True)}


def _arm(con: duckdb.DuckDBPyConnection, wanted: Sequence[Outcome], control: bool) -> Arm:
    counts = ", ".join(f"count(*) FILTER (WHERE did_{n})" for n in range(len(wanted)))
    source = "FROM passage LEFT JOIN observed USING (id) WHERE control = ?"
    row = _one(con, f"SELECT count(*), coalesce(sum(revenue), 0), {counts} {source}", [control])
    amounts = con.execute(
        f"SELECT CAST(revenue AS DOUBLE) AS revenue {source} AND revenue <> 0 ORDER BY 1", [control]
    ).fetchnumpy()
    named = {outcome.name: int(count) for outcome, count in zip(wanted, row[2:], strict=True)}
    return Arm(int(row[0]), named, Decimal(row[1]), np.asarray(amounts["revenue"], float))


def latest(con: duckdb.DuckDBPyConnection, types: tuple[str, ...], now: datetime) -> datetime | None:
    """Return when the last event of these types happened: how far the data reach."""
    last: datetime | None = _one(
        con, f"SELECT max(occurred_at) FROM events WHERE type IN ({_quoted(types)}) AND occurred_at <= ?", [now]
    )[0]
    return last


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join("'" + name.replace("'", "''") + "'" for name in names)


def _one(con: duckdb.DuckDBPyConnection, query: str, parameters: list[object]) -> tuple[Any, ...]:
    row: tuple[Any, ...] = con.execute(query, parameters).fetchone() or ()
    return row
