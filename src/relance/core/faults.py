"""Stages that fail: what is wrong, since when; and whether what watches over sending is among them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from relance.core import database, texts

AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class Fault:
    """A stage that fails: `since` its first failure in a row, `at` its last."""

    stage: str
    guards: bool
    since: datetime
    at: datetime
    times: int
    error: str


def note(stage: str, error: str, now: datetime, *, guards: bool, after: timedelta = AT_ONCE) -> int:
    """Write down that a stage failed; return how often it now has in a row.

    One that guards counts as such once it has failed for as long as `after`.
    """
    ((times,),) = database.rows(
        """
        INSERT INTO stage_fault AS known (stage, guards, since, at, error)
        VALUES (%(stage)s, %(guards)s AND %(after)s = interval '0', %(now)s, %(now)s, %(error)s)
        ON CONFLICT (stage) DO UPDATE SET guards = %(guards)s AND excluded.at - known.since >= %(after)s,
            at = excluded.at, error = excluded.error, times = known.times + 1
        RETURNING times
        """,
        {"stage": stage, "guards": guards, "after": after, "now": now, "error": texts.plain(error, 500)},
    )
    return int(times)


def clear(stage: str) -> bool:
    """Write down that a stage succeeded; tell whether it had been failing."""
    return bool(database.execute("DELETE FROM stage_fault WHERE stage = %s", [stage]))


def keep(stages: Collection[str]) -> int:
    """Drop the faults of all but these stages; return how many there were."""
    return database.execute("DELETE FROM stage_fault WHERE stage <> ALL(%s::text[])", [list(stages)])


def known() -> list[Fault]:
    """Return the stages that fail, the longest failing first."""
    return [
        Fault(*row)
        for row in database.rows("SELECT stage, guards, since, at, times, error FROM stage_fault ORDER BY since, stage")
    ]


def unguarded() -> bool:
    """Tell whether something that watches over sending fails: nothing that sells may leave meanwhile."""
    return bool(database.rows("SELECT 1 FROM stage_fault WHERE guards LIMIT 1"))
