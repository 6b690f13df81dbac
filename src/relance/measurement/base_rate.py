"""The rate at which people come back by themselves, whom nobody writes to: what a smallest effect is added to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa

from relance.core import database
from relance.core.durations import Duration
from relance.events import engine
from relance.events.schemas import PURCHASES
from relance.measurement import power
from relance.measurement.outcomes import Outcome
from relance.measurement.preflight import natural_return
from relance.measurement.preflight.natural_return import Natural

ASSUMED = 0.02  # the base rate where no event tells one
LEAST_BASE = 100  # people below whose number a share is no rate to plan with
NINE_IN_TEN = 0.1  # of those who would enter, the quantile of silence that nine in ten reach
FRESH = timedelta(days=7)  # standings kept by a scoring older than this are not relied on


@dataclass(frozen=True)
class Base:
    """The rate at which people like those who would enter come back by themselves.

    Either people alike told it, window by window (`windows`, `watched`), or a single share does (`returned` `of` those
    silent for `silent_days` or longer), or it is assumed.
    """

    rate: float = ASSUMED
    assumed: bool = True
    returned: int = 0
    of: int = 0
    silent_days: int | None = None
    until: datetime | None = None
    windows: int = 0
    watched: int = 0  # silences of people alike, each person's of each window


def of(outcome: Outcome, people: str, within: Duration, now: datetime, natural: Natural | None = None) -> Base:
    """Return the rate of people like those of the table `people` (contact_id and control); the assumed one if none tell.

    It is that of the results to expect (`natural`, watched here where it was not before). Where these are unknown, it is
    the share of one window: purchases are told by the standings of the last scoring, where it is recent; anything else
    is read from the history.
    """
    alike = natural or natural_return.watch(outcome.types, _treated(people), within, start=now, now=now)
    if not alike.refusal:
        return Base(alike.rate, assumed=False, until=alike.until, windows=len(alike.windows), watched=alike.alike)
    return _of_one_window(outcome, people, within, now)


def _treated(people: str) -> list[int]:
    return [one for (one,) in database.rows(f"SELECT contact_id FROM {people} WHERE NOT control")]


def _of_one_window(outcome: Outcome, people: str, within: Duration, now: datetime) -> Base:
    kept = set(outcome.types) == set(PURCHASES) and _scored_lately(now)
    days, until = _kept_silence(people, now) if kept else _silence(outcome, people, now)
    if days is None or until is None:
        return Base()
    silent = Duration(days, "day")
    returned, count = (
        _kept_returning(until, silent, within)
        if kept
        else power.returning(until, silent=silent, within=within, types=outcome.types)
    )
    enough = count >= LEAST_BASE
    return Base(returned / count if enough else ASSUMED, not enough, returned, count, days, until)


def _scored_lately(now: datetime) -> bool:
    ((last,),) = database.rows("SELECT max(scored_at) FROM profile")
    return last is not None and timedelta(0) <= now - last <= FRESH


# The days of silence that nine in ten of these people reach, counted back from the last purchase anybody made.
KEPT_SILENCE = """
    WITH latest AS (SELECT max(last_purchase_at) AS told_until FROM profile WHERE last_purchase_at <= %(now)s)
    SELECT percentile_disc(%(share)s) WITHIN GROUP (
               ORDER BY floor(extract(epoch FROM told_until - last_purchase_at) / 86400)::int), told_until
    FROM {people} JOIN profile USING (contact_id), latest WHERE last_purchase_at <= told_until GROUP BY told_until
"""


def _kept_silence(people: str, now: datetime) -> tuple[int | None, datetime | None]:
    rows = database.rows(KEPT_SILENCE.format(people=people), {"now": now, "share": NINE_IN_TEN})
    return rows[0] if rows else (None, None)


def _kept_returning(until: datetime, silent: Duration, within: Duration) -> tuple[int, int]:
    """Return what `power.returning` does: whoever stayed away is told by the standing, the history is asked of the others."""
    start = within.before(until)
    silent_since = silent.before(start)
    ((away,),) = database.rows("SELECT count(*) FROM profile WHERE last_purchase_at <= %s", [silent_since])
    back = [row[0] for row in database.rows("SELECT contact_id FROM profile WHERE last_purchase_at > %s", [start])]
    returned = _were_silent(back, start, silent_since) if back else 0
    return returned, away + returned


def _were_silent(people: list[int], start: datetime, silent_since: datetime) -> int:
    """Return how many of these people had bought before `start`, for the last time at `silent_since` or earlier."""
    with engine.reading(types=PURCHASES) as con:
        con.register("back", pa.table({"contact_id": pa.array(people, pa.int64())}))
        row = con.execute(
            """
            SELECT count(*) FROM (
                SELECT max(occurred_at) AS last_before FROM events SEMI JOIN back USING (contact_id)
                WHERE list_contains($types, type) AND occurred_at <= $start GROUP BY contact_id
            ) WHERE last_before <= $silent_since
            """,
            {"types": list(PURCHASES), "start": start, "silent_since": silent_since},
        ).fetchone()
    return int(row[0]) if row else 0


def _silence(outcome: Outcome, people: str, now: datetime) -> tuple[int | None, datetime | None]:
    """Return the days of silence that nine in ten of these people reach, and the instant of the last event known."""
    ids = [row[0] for row in database.rows(f"SELECT contact_id FROM {people}")]
    if not ids:
        return None, None
    with engine.reading(types=outcome.types) as con:
        con.register("entrant", pa.table({"id": pa.array(ids, pa.int64())}))
        row = con.execute(
            """
            WITH known AS (
                SELECT contact_id, max(occurred_at) AS last_at FROM events
                WHERE list_contains($types, type) AND occurred_at <= $now GROUP BY contact_id
            ), latest AS (SELECT max(last_at) AS told_until FROM known)
            SELECT CAST(quantile_disc(date_sub('day', last_at, told_until), $share) AS INTEGER), any_value(told_until)
            FROM known JOIN entrant ON id = contact_id, latest
            """,
            {"types": list(outcome.types), "now": now, "share": NINE_IN_TEN},
        ).fetchone()
    return (row[0], row[1]) if row else (None, None)
