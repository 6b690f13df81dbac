"""How many people are of each kind, and the micro-targets: kind, value band and silence, with what they are worth.

A micro-target's expected value is what its reachable people are expected to spend within 90 days: by the lifetime model
where one is in force, else the mean purchase of their value band times the chance of coming back after such a silence
(the kept curve of their policy, or of everybody). It ranks people; it does not say that a message brings that money.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings

from relance.contacts import reach
from relance.core import database
from relance.core.durations import Duration
from relance.dormancy import groups, profiles, returning, untold
from relance.dormancy.kinds import sorting, trades
from relance.dormancy.kinds.catalogue import FUNNEL, KINDS, REASONS, Kind
from relance.dormancy.lifetime.forms import HORIZON
from relance.events import engine, lake
from relance.rules import moments

LEAST = 20  # reachable people of a micro-target: a smaller one is a handful of persons, not a group
MOST = 50  # micro-targets shown; those that follow are counted together
MONTHS = (0, 3, 6, 12, 24)  # where the bands of silence begin
CHANCE = pa.schema([("policy", pa.string()), ("day", pa.int64()), ("share", pa.float64())])
BAND = pa.schema([("value_band", pa.string()), ("mean", pa.float64())])
TRADE = pa.schema([("policy", pa.string()), ("trade", pa.string())])

_VALUED = """
    CREATE TABLE valued AS
    SELECT sorted.*, reachable.contact_id IS NOT NULL AS reachable,
           CASE {months} END AS silent_from,
           CASE WHEN expected_value IS NOT NULL THEN 'model' WHEN share * mean IS NOT NULL THEN 'curve' ELSE '' END AS source,
           coalesce(expected_value, share * mean) AS worth, coalesce(trade, '{shop}') AS trade
    FROM sorted LEFT JOIN trade USING (policy)
    LEFT JOIN reachable USING (contact_id) LEFT JOIN band ON band.value_band = sorted.value_band AND orders > 0
    LEFT JOIN chance ON chance.policy = CASE WHEN sorted.policy IN (SELECT policy FROM chance) THEN sorted.policy ELSE '' END
        AND chance.day = silence_days
"""

_CELLS = """
    SELECT first_kind, CASE WHEN first_kind IN ({by_trade}) THEN trade ELSE '' END, value_band, silent_from,
           count(*), count(*) FILTER (reachable), count(worth) FILTER (reachable),
           count(*) FILTER (reachable AND source = 'model'), coalesce(sum(worth) FILTER (reachable), 0)::DOUBLE
    FROM valued WHERE first_kind IN ({kinds}) AND NOT objected GROUP BY 1, 2, 3, 4
"""

QUIET = "coalesce(state IN ('dormant', 'very_dormant'), false)"
_COUNTED = ("people", "leading", "quiet", "unknown", "reachable")


@dataclass
class Tally:
    """Counts of parts of a base, which add up."""

    people: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    groups: dict[str, Counter[str]] = field(default_factory=dict)
    cells: dict[tuple[str, str, str, int], list[float]] = field(default_factory=dict)
    trades: dict[str, Counter[str]] = field(default_factory=dict)  # people of a kind by trade

    @property
    def untold(self) -> int:
        """Of how many people nobody can tell whether they are silent, where no silence is known because of that."""
        return untold.people(self.states)


def counted(now: datetime) -> Tally:
    """Sort everybody and count, a group of the lake's buckets at a time; raise RefusedError where nobody was scored."""
    ((contacts,),) = database.rows("SELECT count(*) FROM contact")
    parts = groups.split(contacts, settings.RELANCE.contacts_at_once)
    found = Tally()
    bands = _bands()
    for part in parts:
        buckets = part if len(parts) > 1 else None
        with engine.reading(buckets=buckets) as con:
            sorting.show(con, now, "true" if buckets is None else sorting.among(buckets))
            _value(
                con,
                now,
                bands,
                "true" if buckets is None else f"contact_id % {lake.BUCKETS} = ANY(ARRAY{list(buckets)})",
            )
            _add(con, found)
    return found


def _bands() -> pa.Table:
    """Return the mean purchase of each value band."""
    if not profiles.exist():
        return BAND.empty_table()
    with engine.connected() as con:
        rows = con.execute(
            f"SELECT value_band, avg(monetary_value) FROM {profiles.relation()} WHERE orders > 0 GROUP BY 1"
        ).fetchall()
    return pa.Table.from_pylist([dict(zip(BAND.names, row, strict=True)) for row in rows], BAND)


def chances() -> pa.Table:
    """Return the kept chance of a purchase within 90 days, by policy ("": everybody) and whole days of silence."""
    rows: list[tuple[str, int, float]] = []
    for policy in returning.told():
        kept = returning.latest(policy)
        figures: Mapping[str, Any] = kept.figures if kept else {}
        if figures.get("basis") == "purchase":  # a curve of visits and clicks says nothing of money
            shares = figures["chance"].get(str(HORIZON), {}).get("share", [])
            rows += [(policy, day, share) for day, share in enumerate(shares) if share is not None]
    return pa.Table.from_pylist([dict(zip(CHANCE.names, row, strict=True)) for row in rows], CHANCE)


def _value(con: duckdb.DuckDBPyConnection, now: datetime, bands: pa.Table, only: str) -> None:
    """Make the table `valued`: people sorted, whether they may be reached, how long silent, what they are worth."""
    con.register("band", bands)
    con.register("chance", chances())
    named = [dict(zip(TRADE.names, one, strict=True)) for one in trades.by_policy().items()]
    con.register("trade", pa.Table.from_pylist(named, TRADE))
    engine.load(con, "reachable", reach.reachable(now, only))
    silent = "coalesce(last_purchase_at, last_engagement_at, first_seen_at)"
    begins = [(months, moments.written(Duration(months, "month").before(now))) for months in MONTHS[:0:-1]]
    cases = " ".join(f"WHEN {silent} <= {at} THEN {months}" for months, at in begins)
    con.execute(_VALUED.format(months=f"{cases} ELSE 0", shop=trades.SHOP))


def _add(con: duckdb.DuckDBPyConnection, found: Tally) -> None:
    """Add a part's counts."""
    row = con.execute(f"SELECT count(*), count(*) FILTER (objected), count(*) FILTER ({QUIET}) FROM valued").fetchone()
    found.people.update(dict(zip(("people", "objected", "quiet"), row or (), strict=True)))
    found.states.update(dict(con.execute("SELECT coalesce(state, ''), count(*) FROM valued GROUP BY 1").fetchall()))
    row = con.execute(f"SELECT count(*) FILTER ({QUIET} AND first_kind = '') FROM valued").fetchone()
    found.people.update({"quiet_other": row[0] if row else 0})
    for group, kinds in sorting.GROUPS.items():
        _add_group(con, found, group, kinds)
    targeted = _quoted(one.code for one in KINDS if one.recipes)
    by_trade = _quoted(one.code for one in KINDS if trades.depends(one.recipes))
    for *place, people, reachable, valued, modelled, worth in con.execute(
        _CELLS.format(kinds=targeted, by_trade=by_trade)
    ).fetchall():
        figures = [people, reachable, valued, modelled, worth]
        kind, trade, band, silent_from = place
        kept = found.cells.setdefault((kind, trade, band, silent_from), [0] * len(figures))
        kept[:] = [old + new for old, new in zip(kept, figures, strict=True)]


def _quoted(codes: Iterable[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


def _add_group(con: duckdb.DuckDBPyConnection, found: Tally, group: str, kinds: Iterable[Kind]) -> None:
    """Add how many people each kind of a group holds for, leads for, holds for among the quiet, and is unknown for."""
    for one in kinds:
        holds = f"{group}_{one.code}"
        row = con.execute(f"""
            SELECT count(*) FILTER ({holds}), count(*) FILTER (first_{group} = '{one.code}'),
                   count(*) FILTER (first_{group} = '{one.code}' AND {QUIET}), count(*) FILTER ({holds} IS NULL),
                   count(*) FILTER ({holds} AND reachable)
            FROM valued
        """).fetchone()
        found.groups.setdefault(holds, Counter()).update(dict(zip(_COUNTED, row or (), strict=True)))
        if trades.depends(one.recipes):
            held = con.execute(f"SELECT trade, count(*) FROM valued WHERE {holds} GROUP BY 1").fetchall()
            found.trades.setdefault(one.code, Counter()).update(dict(held))


def overview(tally: Tally, now: datetime) -> dict[str, Any]:
    """Return the counts as plain data: people, who objected and is left out, kinds, funnel, reasons; words in both languages.

    A count is None where nobody can tell it: of the quiet where no silence is known (`untold`: of how many people), of a
    kind where it is known to hold for nobody, and unknown for some.
    """
    quiet = {name: None if tally.untold else tally.people[name] for name in ("quiet", "quiet_other")}
    return {
        "as_of": now.isoformat(),
        "people": tally.people["people"],
        **quiet,
        "objected": tally.people["objected"],
        "untold": tally.untold,
        "kinds": [_kind(tally, one) for one in KINDS],
        "funnel": [_row(tally, "funnel", one, ("leading", "quiet", "unknown")) for one in FUNNEL],
        "reasons": [_row(tally, "reason", one, ("leading", "unknown")) for one in REASONS],
    }


def _kind(tally: Tally, one: Kind) -> dict[str, Any]:
    scored = one.rests_on_score
    row = _row(tally, "kind", one, _COUNTED) | {"rests_on_score": scored}
    held = tally.trades.get(one.code)
    if held:  # journeys for trades that nobody here is in are not named
        row |= {"recipes": list(trades.fitting(one.recipes, held)), "trades": dict(sorted(held.items()))}
    return one.told() | row | {"left_out": tally.people["objected"] if scored else 0}


def _row(tally: Tally, group: str, one: Kind, names: Iterable[str]) -> dict[str, Any]:
    """Return a group's counts; `people` are those it is the first to hold for, save for kinds, which overlap."""
    counts = tally.groups.get(f"{group}_{one.code}", Counter())
    words = {"code": one.code, "segment": one.segment, "title": one.title, "description": one.description}
    told: dict[str, int | None] = {name: counts[name] for name in names}
    if counts["unknown"]:
        told |= {name: counts[name] or None for name in names if name != "quiet"}
    if tally.untold and "quiet" in told:
        told["quiet"] = None
    return words | {"people" if name == "leading" and group != "kind" else name: count for name, count in told.items()}


def targets(tally: Tally, now: datetime) -> dict[str, Any]:
    """Return the micro-targets, the highest expected value first, those of unknown value last; and what is not shown."""
    cells = [_cell(place, figures) for place, figures in tally.cells.items()]
    large = sorted(
        (cell for cell in cells if cell["reachable"] >= LEAST),
        key=lambda cell: (
            -(cell["expected_value"] or 0),
            -cell["reachable"],
            cell["kind"],
            cell["trade"],
            cell["value_band"],
        ),
    )
    small = [cell for cell in cells if cell["reachable"] < LEAST]
    return {
        "as_of": now.isoformat(),
        "horizon": HORIZON,
        "least": LEAST,
        "most": MOST,
        "objected": tally.people["objected"],
        "untold": tally.untold,
        "targets": [{"rank": rank, **cell} for rank, cell in enumerate(large[:MOST], start=1)],
        "too_small": _together(small),
        "beyond": _together(large[MOST:]),
    }


def _cell(place: tuple[str, str, str, int], figures: list[float]) -> dict[str, Any]:
    code, trade, band, silent_from = place
    people, reachable, valued, modelled = (int(figure) for figure in figures[:4])
    one = next(kind for kind in KINDS if kind.code == code)
    until = next((months for months in MONTHS if months > silent_from), None)
    worth = round(figures[4], 2) if valued else None
    recipes = trades.fitting(one.recipes, [trade]) if trade else one.recipes
    return {
        "kind": code,
        "trade": trade,  # of the policy that judges these people; empty where every trade gets the same journey
        "title": one.title,
        "segment": one.segment,
        "value_band": band,
        "silent_months": [silent_from, until],
        "people": people,
        "reachable": reachable,
        "valued": valued,  # of the reachable: the others' value is unknown and counts as nothing
        "modelled": modelled,  # of the valued: by the lifetime model, the others by the curve of returns
        "expected_value": worth,
        "each": None if worth is None else round(worth / valued, 2),
        "recipe": recipes[0],
        "recipes": list(recipes),
    }


def _together(cells: list[dict[str, Any]]) -> dict[str, int]:
    return {"targets": len(cells), **{name: sum(cell[name] for cell in cells) for name in ("people", "reachable")}}
