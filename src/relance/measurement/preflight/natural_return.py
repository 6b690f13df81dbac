"""Who comes back by themselves: what people of this base did who were silent as long and had come as often, window by window.

The windows are as long as the journey's own and lie end to end before the last day that a source tells of, a year of
them at most, so that seasons differ in them. Whoever a reactivation wrote to in a window is left out of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import duckdb
import pyarrow as pa

from relance.core import database
from relance.core.durations import Duration
from relance.events import engine
from relance.intake import coverage
from relance.journeys import publishing
from relance.journeys.models import Journey
from relance.measurement.preflight.predicting import Cell

BANDS = (30, 60, 90, 120, 180, 270, 365, 545, 730, 1095)  # days of silence at which a new band begins
OFTEN = (2, 4)  # times somebody had come at which a new class begins
NEVER = (-1, 0)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_WINDOWS, YEAR = 12, timedelta(days=366)
HISTORY = timedelta(days=180)  # told of before a window, without which nobody's silence is known
FEW = 30  # people of a cell below which those of its band stand for it, and of a band the nearest ones with it
ENOUGH = 200_000  # people to watch: more tell nothing that a page could show
LEAST = 100  # people watched below which nothing is foretold

Key: TypeAlias = tuple[int, int]  # band of silence, class of how often; NEVER where nothing was ever told of


@dataclass(frozen=True)
class Sums:
    """What the watched people of a cell did in a window."""

    watched: int = 0
    returned: int = 0
    times: float = 0.0
    times_squared: float = 0.0
    spent: float = 0.0
    spent_squared: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        """Return the sums of both."""
        return Sums(*(one + more for one, more in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass(frozen=True)
class Natural:
    """What was watched; `refusal` says why nothing was, and is empty otherwise."""

    refusal: str = ""
    treated: Mapping[Key, int] | None = None
    windows: Sequence[Mapping[Key, Sums]] = ()
    until: datetime | None = None

    @property
    def watched(self) -> int:
        """Return how many silences were watched, each person's of each window."""
        return sum(one.watched for window in self.windows for one in window.values())

    def cells(self, total: str, squares: str) -> list[Cell]:
        """Return the cells of the treated, with what people alike did; the names are of the fields of `Sums`."""
        pooled = pool(self.windows)
        alike = {key: stand_in(pooled, key) for key in self.treated or {}}
        return [
            Cell(people, alike[key].watched, float(getattr(alike[key], total)), float(getattr(alike[key], squares)))
            for key, people in (self.treated or {}).items()
        ]

    @property
    def rate(self) -> float:
        """Return the share of the treated who come back by themselves, by what people alike did."""
        cells = self.cells("returned", "returned")
        return sum(cell.weight * cell.total for cell in cells) / sum(cell.people for cell in cells)

    @property
    def longer(self) -> int:
        """Return how many of the treated will have been silent for longer than enough people could be watched."""
        bands = by_band(pool(self.windows))
        oldest = max((band for band, sums in bands.items() if sums.watched >= FEW), default=NEVER[0])
        return sum(people for (band, _), people in (self.treated or {}).items() if band > oldest)

    @property
    def alike(self) -> int:
        """Return how many of the silences watched were of people like the treated."""
        pooled = pool(self.windows)
        return sum(pooled[key].watched for key in self._alike(pooled))

    def _alike(self, pooled: Mapping[Key, Sums]) -> set[Key]:
        return {one for key in self.treated or {} for one in kin(pooled, key) if pooled[one].watched}

    def seen(self) -> list[tuple[float, float]]:
        """Return for each window how many people like the treated came back, and how many would by the rates of all windows."""
        pooled = pool(self.windows)
        keys = sorted(self._alike(pooled))
        rates = {key: pooled[key].returned / pooled[key].watched for key in keys}
        return [
            (
                float(sum(window[key].returned for key in keys if key in window)),
                sum(window[key].watched * rates[key] for key in keys if key in window),
            )
            for window in self.windows
        ]


def pool(windows: Iterable[Mapping[Key, Sums]]) -> dict[Key, Sums]:
    """Return the sums of all windows by cell."""
    found: dict[Key, Sums] = {}
    for window in windows:
        for key, sums in window.items():
            found[key] = found.get(key, Sums()) + sums
    return found


def by_band(pooled: Mapping[Key, Sums]) -> dict[int, Sums]:
    """Return the sums by band of silence."""
    found: dict[int, Sums] = {}
    for (band, _), sums in pooled.items():
        found[band] = found.get(band, Sums()) + sums
    return found


def stand_in(pooled: Mapping[Key, Sums], key: Key) -> Sums:
    """Return what the people alike did."""
    return sum((pooled[one] for one in kin(pooled, key)), Sums())


def kin(pooled: Mapping[Key, Sums], key: Key) -> list[Key]:
    """Return the cells of the people alike: their own, where it is of few people its band, with the nearest bands until they are enough.

    So who has been silent for longer than anybody could be watched is like the longest silences watched, and not like
    everybody; who never came stands beyond the longest silence.
    """
    if key in pooled and pooled[key].watched >= FEW:
        return [key]
    found: list[Key] = []
    for band in sorted(by_band(pooled), key=lambda one: (abs(_place(one) - _place(key[0])), -_place(one))):
        found += [one for one in pooled if one[0] == band]
        if sum(pooled[one].watched for one in found) >= FEW:
            break
    return found


def _place(band: int) -> int:
    return len(BANDS) + 1 if band == NEVER[0] else band


def watch(
    types: Collection[str], treated: Collection[int], within: Duration, *, start: datetime, now: datetime
) -> Natural:
    """Return what people like the treated did in the windows before `now`; a start to come adds to the silence of the treated."""
    if not treated:
        return Natural("nobody")
    begun, ended = coverage.begun(), coverage.until(now)
    told = [begun[name] for name in types if name in begun]
    if not told:
        return Natural("not_covered")
    until = min([now, *(ended[name] for name in types if name in ended)])
    bounds = _bounds(until, within, min(told))
    if len(bounds) < 2:
        return Natural("short_history")
    with engine.reading() as con:
        con.register("treated", pa.table({"contact_id": pa.array(list(treated), pa.int64())}))
        known = _treated(con, types, until, until + max(start - now, timedelta(0)))
        some = _some()
        _people(con, types, bounds, some)
        _left_out(con)
        windows = [_window(con, number, bounds, within) for number in range(1, len(bounds))]
        if NEVER in known:
            engine.load(con, "known", "SELECT id AS contact_id, first_seen_at FROM contact WHERE erased_at IS NULL")
            windows = [{**one, NEVER: _never(con, number, bounds, some)} for number, one in enumerate(windows, start=1)]
    found = Natural("", known, windows, until)
    return found if found.watched >= LEAST else Natural("few_watched")


def _bounds(until: datetime, within: Duration, since: datetime) -> list[datetime]:
    """Return the end of the last window, then where each window begins, the latest first."""
    bounds = [until]
    while len(bounds) <= MOST_WINDOWS:
        begins = within.before(bounds[-1])
        if begins < since + HISTORY or (len(bounds) > 1 and begins < until - YEAR):
            break
        bounds.append(begins)
    return bounds


def _instant(at: datetime) -> int:
    """Return an instant in microseconds, as whole numbers are compared faster than instants in a time zone."""
    return (at - EPOCH) // timedelta(microseconds=1)


def _some() -> str:
    """Return the condition that leaves of a large base enough people to watch, drawn by a hash."""
    ((people,),) = database.rows("SELECT count(*) FROM contact")
    return f"hash(contact_id) % {max(people // ENOUGH, 1)} = 0"


def _people(con: duckdb.DuckDBPyConnection, types: Collection[str], bounds: Sequence[datetime], some: str) -> None:
    """Make the table of everybody of these who ever came: the last time and how often before each bound, and what each window brought.

    First one row for each person and window, `place` 1 being the latest, the last all that came before the first bound.
    """
    kinds = _quoted(types)
    older = " ".join(f"WHEN moment > {_instant(bound)} THEN {place}" for place, bound in enumerate(bounds[1:], start=1))
    con.execute(
        f"""
        CREATE TABLE came AS
        SELECT contact_id, CASE {older} ELSE {len(bounds)} END AS place, max(moment) FILTER (came) AS last,
               count(*) FILTER (came) AS done, sum(spent) AS spent
        FROM (
            SELECT contact_id, epoch_us(occurred_at) AS moment, type IN ({kinds}) AS came,
                   CAST(CASE WHEN type = 'refund' THEN -amount ELSE amount END AS DOUBLE) AS spent
            FROM events WHERE type IN ({kinds}, 'refund') AND occurred_at <= '{bounds[0].isoformat()}' AND {some}
        ) GROUP BY ALL
        """
    )
    columns = []
    for number in range(1, len(bounds)):
        columns += [
            f"max(last) FILTER (place > {number}) AS last_{number}",
            f"CAST(coalesce(sum(done) FILTER (place > {number}), 0) AS BIGINT) AS times_{number}",
            f"CAST(coalesce(sum(done) FILTER (place = {number}), 0) AS BIGINT) AS done_{number}",
            f"coalesce(sum(spent) FILTER (place = {number}), 0) AS spent_{number}",
        ]
    con.execute(f"CREATE TABLE watched AS SELECT contact_id, {', '.join(columns)} FROM came GROUP BY contact_id")


def _key(number: int, at: datetime) -> str:
    """Return the SQL of the band of silence at an instant and of the class of how often somebody had come."""
    days = f"({_instant(at)} - last_{number}) // {_instant(EPOCH + timedelta(days=1))}"
    bands = " ".join(f"WHEN {days} >= {first} THEN {place}" for place, first in reversed([*enumerate(BANDS, start=1)]))
    often = " ".join(
        f"WHEN times_{number} >= {least} THEN {place}" for place, least in reversed([*enumerate(OFTEN, 1)])
    )
    return f"CASE {bands} ELSE 0 END, CASE {often} ELSE 0 END"


def _treated(con: duckdb.DuckDBPyConnection, types: Collection[str], until: datetime, at: datetime) -> dict[Key, int]:
    """Return how many of the treated are in each cell, by what is told until then, silent as they will be at the start."""
    rows = con.execute(
        f"""
        WITH came AS (
            SELECT contact_id, max(epoch_us(occurred_at)) AS last_0, count(*) AS times_0
            FROM events SEMI JOIN treated USING (contact_id)
            WHERE type IN ({_quoted(types)}) AND occurred_at <= '{until.isoformat()}' GROUP BY contact_id
        )
        SELECT CASE WHEN last_0 IS NULL THEN [{NEVER[0]}, {NEVER[1]}] ELSE [{_key(0, at)}] END AS key, count(*)
        FROM treated LEFT JOIN came USING (contact_id) GROUP BY 1 ORDER BY 1
        """
    ).fetchall()
    return {(int(key[0]), int(key[1])): int(count) for key, count in rows}


def _quoted(types: Collection[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(types))


def _left_out(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table of whom a reactivation wrote to, and when they entered it."""
    latest = publishing.all_latest(Journey.objects.values_list("pk", flat=True))
    ids = [journey for journey, one in latest.items() if one.definition.get("purpose") == "reactivation"]
    among = f"journey_id IN ({', '.join(map(str, ids))})" if ids else "false"
    engine.load(con, "passage", f"SELECT contact_id, entered_at FROM enrolment WHERE NOT control AND {among}")


def _apart(number: int, bounds: Sequence[datetime], within: Duration) -> str:
    """Return the condition that nobody wrote to somebody in a window, or in the one before."""
    since, end = within.before(bounds[number]), bounds[number - 1]
    return f"""contact_id NOT IN (
        SELECT contact_id FROM passage WHERE entered_at > '{since.isoformat()}' AND entered_at <= '{end.isoformat()}')"""


def _window(
    con: duckdb.DuckDBPyConnection, number: int, bounds: Sequence[datetime], within: Duration
) -> dict[Key, Sums]:
    """Return what those did in a window who had come before it, by cell."""
    rows = con.execute(
        f"""
        SELECT {_key(number, bounds[number])}, {_sums(number)} FROM watched
        WHERE last_{number} IS NOT NULL AND {_apart(number, bounds, within)} GROUP BY 1, 2
        """
    ).fetchall()
    return {(int(band), int(often)): Sums(*figures) for band, often, *figures in rows}


def _never(con: duckdb.DuckDBPyConnection, number: int, bounds: Sequence[datetime], some: str) -> Sums:
    """Return what those did in a window who were known before it and had never come."""
    row = con.execute(
        f"""
        SELECT {_sums(number)} FROM known LEFT JOIN watched USING (contact_id)
        WHERE {some} AND last_{number} IS NULL AND first_seen_at <= '{bounds[number].isoformat()}'
        """
    ).fetchone()
    return Sums(*row) if row else Sums()


def _sums(number: int) -> str:
    done, spent = f"coalesce(done_{number}, 0)", f"coalesce(spent_{number}, 0)"
    return f"""count(*), count(*) FILTER ({done} > 0), CAST(coalesce(sum({done}), 0) AS DOUBLE),
        CAST(coalesce(sum({done} ** 2), 0) AS DOUBLE), coalesce(sum({spent}), 0.0), coalesce(sum({spent} ** 2), 0.0)"""
