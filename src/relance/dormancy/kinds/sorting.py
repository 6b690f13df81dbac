"""People sorted into kinds: conditions of the rule language evaluated together, over the profiles of the last scoring."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache

import duckdb
import ibis
import ibis.expr.types as ir

from relance.core.errors import RefusedError
from relance.dormancy import profiles, untold
from relance.dormancy.kinds.catalogue import FUNNEL, KINDS, REASONS, Kind
from relance.dormancy.states import FALSE_INACTIVE
from relance.dormancy.vocabulary import PEOPLE
from relance.events import engine, lake
from relance.intake import coverage
from relance.rules import Context, compile_condition, moments
from relance.rules.vocabulary import KINDS as COLUMN_KINDS

GROUPS = {"kind": KINDS, "funnel": FUNNEL, "reason": REASONS}
KEPT = "contact_id, policy, state, value_band, orders, silence_days, last_purchase_at, last_engagement_at, first_seen_at, expected_value"
# Who objected to profiling or was erased, as of now: neither waits for the next scoring.
APART = "SELECT id, erased_at IS NOT NULL AS erased FROM contact WHERE objected_at IS NOT NULL OR erased_at IS NOT NULL"
NOT_SCORED = "Nobody was scored yet, so nobody’s kind is known: run `relance score`, then ask again."


def show(con: duckdb.DuckDBPyConnection, now: datetime, only: str = "true") -> None:
    """Make the table `sorted` from the view `events` and the kept profiles, of the people whom `only` holds for.

    One row a person: what is `KEPT` of the profile, `objected`; for each kind, position and reason a boolean (`kind_<code>`,
    `funnel_<code>`, `reason_<code>`), NULL where the data cannot tell; and the first that holds, empty where none does
    (`first_kind`, `first_funnel`, `first_reason`). Who objected to profiling is in nothing that rests on a score. Raises
    RefusedError where nobody was scored.
    """
    if not profiles.exist():
        raise RefusedError(NOT_SCORED)
    con.execute(f"CREATE VIEW profile AS SELECT * FROM {profiles.relation()} WHERE {only}")
    _show_person(con)
    engine.load(con, "apart", APART)
    con.execute(f"CREATE TABLE judged AS {_judged(now)}")
    con.execute(f"""
        CREATE VIEW sorted AS
        SELECT {KEPT}, objected, {", ".join(_flags())}, {", ".join(map(_first, GROUPS))}
        FROM (SELECT profile.*, apart.id IS NOT NULL OR objected_at IS NOT NULL AS objected FROM profile
              LEFT JOIN apart ON apart.id = profile.contact_id WHERE NOT coalesce(erased, false)) AS profile
        JOIN judged ON judged.id = profile.contact_id
    """)


def among(buckets: Collection[int]) -> str:
    """Return the condition of the people of these buckets of the lake."""
    return f"contact_id % {lake.BUCKETS} IN ({', '.join(map(str, buckets))})"


def _show_person(con: duckdb.DuckDBPyConnection) -> None:
    """Make the relation `person` of the rule language; what the profiles do not hold is NULL, and no condition here asks for it.

    So is the state of who is undetermined: whether a kind of silent people holds for them, nobody can tell.
    """
    there = {row[0] for row in con.execute("DESCRIBE profile").fetchall()}
    columns = {field.column: COLUMN_KINDS[field.kind] for field in PEOPLE.fields.values() if field.column}
    known = {name: f'"{name}"' for name in there} | {"state": f"nullif(state, '{untold.UNDETERMINED}') AS state"}
    written = (known.get(name, f'CAST(NULL AS {_type(kind)}) AS "{name}"') for name, kind in columns.items())
    con.execute(
        f"CREATE VIEW person AS SELECT contact_id AS id, {', '.join(dict.fromkeys(written))}, '{{}}' AS attributes FROM profile"
    )


def _type(kind: str) -> str:
    return "TIMESTAMPTZ" if kind.startswith("timestamp") else kind


def _judged(now: datetime) -> str:
    """Return the query of everybody's conditions, one column each."""
    covered = coverage.covered(now)
    return moments.fill(_written(tuple(sorted(covered.items()))), now)


@lru_cache(maxsize=4)
def _written(covered: tuple[tuple[str, datetime], ...]) -> str:
    """Return that query, the instant still named: the same for everybody as long as the same is covered."""
    context = Context.of(PEOPLE, dict(covered))
    columns = {_name(group, one): _holds(one, context) for group, kinds in GROUPS.items() for one in kinds}
    return str(ibis.to_sql(context.person.select("id", **columns), dialect="duckdb"))


def _holds(one: Kind, context: Context) -> ir.BooleanValue:
    """Return a kind's condition; the flag it rests on is never set once clicks or the store are told of no longer."""
    condition = compile_condition(one.condition, context)
    if one.code == "false_inactives" and coverage.over(context.covered, FALSE_INACTIVE):
        return ibis.ifelse(condition, True, ibis.null("boolean"))
    return condition


def _name(group: str, one: Kind) -> str:
    return f"{group}_{one.code}"


def _flags() -> list[str]:
    """Return the columns of the conditions; false for objectors where a score decides."""
    every: Sequence[tuple[str, Kind]] = [(group, one) for group, kinds in GROUPS.items() for one in kinds]
    return [
        f"judged.{name}{' AND NOT objected' if one.rests_on_score else ''} AS {name}"
        for group, one in every
        for name in [_name(group, one)]
    ]


def _first(group: str) -> str:
    """Return the column of the first that holds; empty where none does."""
    cases = " ".join(
        f"WHEN judged.{_name(group, one)}{' AND NOT objected' if one.rests_on_score else ''} THEN '{one.code}'"
        for one in GROUPS[group]
    )
    return f"CASE {cases} ELSE '' END AS first_{group}"
