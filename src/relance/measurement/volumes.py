"""How much a journey sent, was refused and got back, each figure beside what it is a share of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from relance.core import database
from relance.events import engine
from relance.feedback import loops
from relance.measurement.intervals import Interval, exact

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
    """Messages that were answered in some way, the messages they are a share of, and the interval of that share."""

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
        _signals(steps, _sent_where_complaints_are_told(journey_id)),
    )


def _steps(con: duckdb.DuckDBPyConnection, journey_id: int) -> list[StepVolume]:
    """Return the messages per step and variant, with their states and what came back."""
    engine.load(
        con,
        "message",
        f"SELECT id, step, variant, state, sent_at IS NOT NULL AS sent FROM message WHERE journey_id = {journey_id}",
    )
    counts = ", ".join(f"count(*) FILTER (WHERE {name})" for name in SIGNALS)
    flags = ", ".join(f"coalesce(bool_or(type = 'message_{name}'), false) AS {name}" for name in SIGNALS)
    rows = con.execute(
        f"""
        WITH answer AS (
            SELECT CAST(json_extract_string(properties, '$.message') AS BIGINT) AS id, type
            FROM events
            WHERE starts_with(type, 'message_')
                  AND CAST(json_extract_string(properties, '$.journey') AS BIGINT) = ?
                  AND coalesce(json_extract_string(properties, '$.machine'), 'false') <> 'true'
        ), told AS (SELECT message.id, {flags} FROM message LEFT JOIN answer USING (id) GROUP BY message.id)
        SELECT step, variant, count(*), count(*) FILTER (WHERE sent), {counts}
        FROM message JOIN told USING (id) GROUP BY step, variant
        ORDER BY min(min(id)) OVER (PARTITION BY step), step, variant
        """,
        [journey_id],
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


def _sent_where_complaints_are_told(journey_id: int) -> int:
    """Return the e-mails sent to providers with a feedback loop: a rate of complaints divides by these, not by all."""
    return int(
        database.rows(
            """
            SELECT count(DISTINCT message.id) FROM message
            JOIN contact_point AS point ON point.contact_id = message.contact_id AND point.channel = 'email'
            WHERE journey_id = %s AND sent_at IS NOT NULL AND message.channel = 'email'
                  AND point.id = coalesce(message.contact_point_id, point.id) AND split_part(point.value, '@', 2) LIKE ANY(%s)
            """,
            [journey_id, loops.patterns()],
        )[0][0]
    )


def _signals(steps: list[StepVolume], telling: int) -> list[Signal]:
    totals = {name: sum(step.signals[name] for step in steps) for name in ("sent", *SIGNALS)}
    totals["sent_where_complaints_are_told"] = telling
    return [_signal(name, totals[name], totals[denominator], denominator) for name, denominator in SIGNALS.items()]


def _signal(name: str, count: int, of: int, denominator: str) -> Signal:
    return Signal(name, count, of, denominator, exact(count, of) if of > 0 and count <= of else None)
