"""Silences: the days between one purchase day and the next, and those that still run, counted inside the engine.

A silence begins with a day on which somebody bought (for a population that does not buy: did anything) and ends with the
next such day, or still runs. Days are those of UTC, `now`'s own, which is not over, left out. Only what happened in the
window is counted: a silence that began before it enters at the age it then had (delayed entry), so nobody's early
returns are counted without the people who might have returned then. Nothing per contact leaves the engine: what comes
out is how many silences of each of 32 groups of contacts entered, ended or still ran at each age.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np

from relance.core.durations import Duration
from relance.dormancy import profiles
from relance.dormancy.survival import LONGEST, Floats, Silences
from relance.events.schemas import ENGAGEMENTS, PURCHASES
from relance.intake import coverage

WINDOW = Duration(36, "month")  # whole years: each season weighs the same
ENOUGH_HISTORY = timedelta(days=365)
BUYERS = 0.1  # share of a population that ever bought, below which engagements are looked at instead
TYPES = {"purchase": PURCHASES, "engagement": ENGAGEMENTS}
LAST = {"purchase": "last_purchase_at", "engagement": "last_engagement_at"}
DAY = 86_400


@dataclass(frozen=True)
class Window:
    """What was watched: events from `since` on are complete, silences are watched from `start` until `end`."""

    since: datetime
    start: datetime
    end: datetime
    partly_covered: bool  # a type came in later than `since`: silences before may have been broken unseen

    @property
    def days(self) -> int:
        """Return its length in whole days."""
        return (self.end - self.start).days


@dataclass(frozen=True)
class Population:
    """People under one policy (empty: everybody), what counts as their return, and how long each is silent now."""

    policy: str
    basis: str  # purchase, engagement
    people: int
    never: int  # who never did what counts as a return: they have no silence
    value: float  # mean amount of a purchase
    current: Floats  # 3 x (LONGEST + 1): people, of them dormant, their yearly spending; by whole days of silence


def window(basis: str, now: datetime) -> Window | None:
    """Return what may be watched of purchases or engagements; None where no source covers them."""
    begun, until = coverage.begun(), coverage.until(now)
    since = sorted(begun[name] for name in TYPES[basis] if name in begun)
    if not since:
        return None
    now = min([now, *(until[name] for name in TYPES[basis] if name in until)])  # silence after it is nobody's word
    complete = [at for at in since if at <= now - ENOUGH_HISTORY]
    chosen = _next_day(complete[-1] if complete else since[0])
    end = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(chosen, max(chosen, _next_day(WINDOW.before(end))), end, partly_covered=since[-1] > chosen)


def _next_day(at: datetime) -> datetime:
    """Return the first midnight (UTC) not before `at`."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if midnight == at else midnight + timedelta(days=1)


# People as last scored, in one of 32 groups that their ids are well mixed over (Knuth's multiplicative hash).
_PEOPLE = """
    CREATE OR REPLACE TEMP TABLE silent_person AS
    SELECT contact_id, policy, state IN ('dormant', 'very_dormant') AS dormant, orders, revenue, recency, purchased, engaged,
           ((contact_id % 1000000007) * 2654435761 % 4294967296 // 134217728)::UTINYINT AS part
    FROM (SELECT *, epoch(last_purchase_at)::BIGINT AS purchased, epoch(last_engagement_at)::BIGINT AS engaged FROM {people})
"""

_POPULATIONS = """
    SELECT policy, count(*), count(purchased), count(engaged), coalesce(sum(revenue) FILTER (orders > 0), 0)::DOUBLE,
           coalesce(sum(orders), 0)
    FROM silent_person GROUP BY 1 ORDER BY 1
"""

_CURRENT = """
    SELECT policy, least(greatest(({now} - {last}) // 86400, 0), {longest})::INTEGER, count(*), count(*) FILTER (dormant),
           coalesce(sum(revenue / greatest(recency / 365.25, 1)), 0)::DOUBLE
    FROM silent_person WHERE {last} IS NOT NULL GROUP BY ALL
"""

# Each silence once, by the age at which it was first watched and the age at which it ended or was last seen.
_SILENCES = """
    WITH active AS (
        SELECT DISTINCT contact_id, (epoch(occurred_at) // 86400)::INTEGER AS day FROM events
        WHERE type IN {types} AND occurred_at >= $since AND occurred_at < $end
    ), silence AS (
        SELECT contact_id, day, lead(day) OVER (PARTITION BY contact_id ORDER BY day) AS next FROM active
    ), watched AS (
        SELECT policy, part, greatest({start} - 1 - day, 0) AS entered, coalesce(next, {end} - 1) - day AS length, next IS NOT NULL AS ended
        FROM silence JOIN silent_person USING (contact_id) {only}
    )
    SELECT policy, part, grouping(entered) = 0, ended, least(coalesce(entered, length), {longest} + 1), count(*)
    FROM watched WHERE length > entered GROUP BY GROUPING SETS ((policy, part, entered), (policy, part, ended, length))
"""


def scored() -> bool:
    """Tell whether people were ever scored: their policies come from there."""
    return profiles.exist()


def told_until(basis: str, now: datetime) -> datetime | None:
    """Return until when a return was told of, where one of the types that count as one no longer is; None where all still are."""
    ended = coverage.ended(now)
    return min((ended[name] for name in TYPES[basis] if name in ended), default=None)


def populations(
    con: duckdb.DuckDBPyConnection, now: datetime, *, people: str = "", basis: str = ""
) -> list[Population]:
    """Return everybody, then the people under each policy; `con` keeps them for `read`.

    `people` is the relation of another scoring than the last, as of `now`; `basis` is what counts as their return, where
    that is settled.
    """
    con.execute(_PEOPLE.format(people=people or profiles.relation()))
    rows = con.execute(_POPULATIONS).fetchall()
    whole = ("", *(sum(row[n] for row in rows) for n in range(1, 6)))
    bases = [(row, basis or _basis(row)) for row in [whole, *(row for row in rows if row[0])]]
    current = {basis: _current(con, basis, now) for basis in {basis for _, basis in bases}}
    return [_population(row, basis, current[basis]) for row, basis in bases]


def _basis(row: tuple[Any, ...]) -> str:
    return "purchase" if row[1] and row[2] >= BUYERS * row[1] else "engagement"


def _population(row: tuple[Any, ...], basis: str, current: Mapping[str, Floats]) -> Population:
    policy, people, bought, engaged, revenue, orders = row
    known = bought if basis == "purchase" else engaged
    value = float(revenue) / float(orders) if orders else 0.0
    return Population(policy, basis, people, people - known, value, current.get(policy, np.zeros((3, LONGEST + 1))))


def _current(con: duckdb.DuckDBPyConnection, basis: str, now: datetime) -> dict[str, Floats]:
    """Return how many people are silent for how long now, by policy; everybody under the empty name."""
    last = "purchased" if basis == "purchase" else "engaged"
    found: dict[str, Floats] = {"": np.zeros((3, LONGEST + 1))}
    query = _CURRENT.format(now=int(now.timestamp()), last=last, longest=LONGEST)
    for policy, days, *figures in con.execute(query).fetchall():
        for name in {"", policy}:
            found.setdefault(name, np.zeros((3, LONGEST + 1)))[:, days] += figures
    return found


def read(con: duckdb.DuckDBPyConnection, watched: Window, basis: str, policies: list[str]) -> dict[str, Silences]:
    """Return the silences of each of these policies ("" is everybody); `con` sees the events and holds `populations`' people."""
    only = "" if "" in policies else f"WHERE policy IN ({', '.join(repr(name) for name in policies)})"
    query = _SILENCES.format(
        types=TYPES[basis], start=_day(watched.start), end=_day(watched.end), longest=LONGEST, only=only
    )
    rows = con.execute(query, {"since": watched.since, "end": watched.end}).fetchall()
    found: dict[str, Silences] = {name: Silences.none() for name in policies}
    for policy, part, entered, ended, age, count in rows:
        for name in {"", policy} & set(policies):
            silences = found[name]
            side = silences.entered if entered else silences.ended if ended else silences.running
            side[part, age] += count
    return found


def _day(at: datetime) -> int:
    return int(at.timestamp()) // DAY
