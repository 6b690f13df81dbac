"""How much a journey sent, was refused and got back, each figure beside what it is a share of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from relance.core import database
from relance.events import engine
from relance.feedback import loops
from relance.measurement import mail_rates
from relance.measurement.intervals import Interval
from relance.measurement.mail_rates import RateSums

SIGNALS = {
    "delivered": "sent",
    "bounced": "sent",
    "clicked": "delivered",
    "replied": "delivered",
    "unsubscribed": "delivered",
    "complained": "sent_where_complaints_are_told",
}


@dataclass(frozen=True)
class StepVolume:
    """The messages of one step in one variant."""

    step: str
    variant: str
    messages: int
    states: Mapping[str, int]
    signals: Mapping[str, int]  # sent, delivered, bounced, clicked, … : distinct messages


@dataclass(frozen=True)
class VerdictVolume:
    """A verdict of the gate: how often it was given, and on how many messages of how many."""

    decision: str
    code: str
    verdicts: int
    messages: int
    of: int


@dataclass(frozen=True)
class ExitVolume:
    """A reason for which passages ended; the denominator is everyone who entered that arm."""

    reason: str
    treated: int
    control: int


@dataclass(frozen=True)
class Signal:
    """Messages that were answered in some way, the messages they are a share of, and that share's interval, by person."""

    name: str
    count: int
    of: int
    denominator: str
    interval: Interval | None


@dataclass(frozen=True)
class Volumes:
    """Everything a journey sent, was refused and got back."""

    steps: list[StepVolume] = field(default_factory=list)
    verdicts: list[VerdictVolume] = field(default_factory=list)
    exits: list[ExitVolume] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)


def read(con: duckdb.DuckDBPyConnection, journey_id: int, since: datetime | None = None) -> Volumes:
    """Return the journey's volumes (exits: of passages begun `since`); `con` sees the events."""
    steps = _steps(con, journey_id)
    return Volumes(
        steps,
        verdicts(journey_id),
        exits(journey_id, since),
        _signals(con, journey_id),
    )


def _steps(con: duckdb.DuckDBPyConnection, journey_id: int) -> list[StepVolume]:
    """Return the messages per step and variant, with their states and what came back."""
    engine.load(
        con,
        "message",
        f"SELECT id, contact_id, step, variant, state, sent_at IS NOT NULL AS sent FROM message WHERE journey_id = {journey_id}",
    )
    counts = ", ".join(f"count(*) FILTER (WHERE {name})" for name in SIGNALS)
    flags = ", ".join(f"coalesce(bool_or(type = 'message_{name}'), false) AS {name}" for name in SIGNALS)
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE told AS WITH answer AS (
            SELECT CAST(json_extract_string(properties, '$.message') AS BIGINT) AS id, type
            FROM events
            WHERE starts_with(type, 'message_')
                  AND CAST(json_extract_string(properties, '$.journey') AS BIGINT) = ?
                  AND coalesce(json_extract_string(properties, '$.machine'), 'false') <> 'true'
        ) SELECT message.id, {flags} FROM message LEFT JOIN answer USING (id) GROUP BY message.id
        """,
        [journey_id],
    )
    rows = con.execute(
        f"""
        SELECT step, variant, count(*), count(*) FILTER (WHERE sent), {counts}
        FROM message JOIN told USING (id) GROUP BY step, variant
        ORDER BY min(min(id)) OVER (PARTITION BY step), step, variant
        """
    ).fetchall()
    states: dict[tuple[str, str], dict[str, int]] = {}
    for step, variant, state, count in con.execute(
        "SELECT step, variant, state, count(*) FROM message GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        states.setdefault((step, variant), {})[state] = count
    names = ["sent", *SIGNALS]
    return [
        StepVolume(row[0], row[1], row[2], states[row[0], row[1]], dict(zip(names, row[3:], strict=True)))
        for row in rows
    ]


def verdicts(journey_id: int) -> list[VerdictVolume]:
    """Return the gate's verdicts by code, the most frequent first."""
    rows = database.rows(
        """
        WITH own AS (SELECT id FROM message WHERE journey_id = %s)
        SELECT decision, code, count(*), count(DISTINCT message_id), (SELECT count(*) FROM own)
        FROM verdict JOIN own ON own.id = verdict.message_id
        GROUP BY decision, code ORDER BY 4 DESC, 3 DESC, 1, 2
        """,
        [journey_id],
    )
    return [VerdictVolume(*row) for row in rows]


def exits(journey_id: int, since: datetime | None = None) -> list[ExitVolume]:
    """Return how passages ended, by reason and arm."""
    rows = database.rows(
        """
        SELECT end_reason, count(*) FILTER (WHERE NOT control), count(*) FILTER (WHERE control)
        FROM enrolment WHERE journey_id = %s AND ended_at IS NOT NULL AND entered_at >= coalesce(%s, '-infinity'::timestamptz)
        GROUP BY end_reason ORDER BY count(*) DESC, end_reason
        """,
        [journey_id, since],
    )
    return [ExitVolume(*row) for row in rows]


# The e-mails sent to providers with a feedback loop: a rate of complaints divides by these, not by all.
_TELLING = """
    SELECT DISTINCT message.id FROM message
    JOIN contact_point AS point ON point.contact_id = message.contact_id AND point.channel = 'email'
    WHERE journey_id = {journey} AND sent_at IS NOT NULL AND message.channel = 'email'
          AND point.id = coalesce(message.contact_point_id, point.id)
          AND split_part(point.value, '@', 2) LIKE ANY(ARRAY[{patterns}]::text[])
"""
# Each person's messages of each kind, and what came back of them.
_PERSON = """
    CREATE OR REPLACE TEMP TABLE person AS
    SELECT contact_id, {counts}, count(telling.id) AS sent_where_complaints_are_told
    FROM message JOIN told USING (id) LEFT JOIN telling USING (id) GROUP BY contact_id
"""


def _signals(con: duckdb.DuckDBPyConnection, journey_id: int) -> list[Signal]:
    """Return what came back of all messages; `message` and `told` are there."""
    patterns = ", ".join("'" + pattern.replace("'", "''") + "'" for pattern in loops.patterns())
    engine.load(con, "telling", _TELLING.format(journey=journey_id, patterns=patterns))
    counts = ", ".join(f"count(*) FILTER (WHERE {name}) AS {name}" for name in ("sent", *SIGNALS))
    con.execute(_PERSON.format(counts=counts))
    return [_signal(con, name, denominator) for name, denominator in SIGNALS.items()]


def _signal(con: duckdb.DuckDBPyConnection, name: str, denominator: str) -> Signal:
    row = con.execute(f"SELECT {mail_rates.sums_sql(name, denominator)} FROM person").fetchone()
    sums = RateSums.of(row or ())
    found = mail_rates.rate(sums)
    return Signal(name, int(sums.events), int(sums.mails), denominator, found.interval if found else None)
