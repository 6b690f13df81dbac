"""What a change of policies would do: how many people it moves from which state to which, on one reading of the events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from relance.core.errors import RefusedError
from relance.dormancy import kept, scoring, tables
from relance.dormancy.criteria import OPENED, Criterion
from relance.dormancy.policies import PolicyDefinition
from relance.dormancy.program import JUDGED, Program, compiled
from relance.events import engine
from relance.intake import coverage

SAMPLE = 10  # contacts shown of each move
CLICKED = "message_clicked"

_MATRIX = f"""
    SELECT a.state, b.state, count(*), min(a.contact_id, {SAMPLE})
    FROM {{before}} a JOIN {{after}} b USING (contact_id) {{only}}
    GROUP BY 1, 2 ORDER BY 1, 2
"""

_PASSAGES = """
    SELECT a.policy, b.policy, count(*) FROM (FROM {before} {only}) a JOIN {after} b USING (contact_id)
    WHERE a.policy <> b.policy GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""


@dataclass(frozen=True)
class Move:
    """People who go from one state to another (or stay), and the ids of some of them."""

    before: str
    after: str
    people: int
    sample: tuple[int, ...]


@dataclass(frozen=True)
class Passage:
    """People who fall under another policy than before; the empty name is none."""

    before: str
    after: str
    people: int


@dataclass(frozen=True)
class Moves:
    """What a change does: people judged, those whose state changes, every pair of states; people whose policy changes."""

    as_of: datetime
    people: int
    moved: int
    matrix: tuple[Move, ...]
    reassigned: int = 0
    by_policy: dict[str, int] = field(default_factory=dict)  # of the new policies
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True)
class Opens:
    """What clicks standing for opens does: people whose opens are known, and the moves if opens were looked at instead."""

    known: int
    moves: Moves


def compare(
    con: duckdb.DuckDBPyConnection, now: datetime, old: Sequence[PolicyDefinition], new: Sequence[PolicyDefinition]
) -> Moves:
    """Return what putting `new` in the place of `old` does to everybody at `now`.

    `con` sees `events`, is empty otherwise and is left with tables. Events are read once for both, and not at all where
    the last scoring kept the features that the policies look at.
    """
    _measure(con, now, (*old, *new))
    _judge(con, now, "old_standing", old)
    _judge(con, now, "new_standing", new)
    return _moves(con, now, "old_standing", "new_standing")


def opens(con: duckdb.DuckDBPyConnection, now: datetime, found: Sequence[PolicyDefinition]) -> Opens | None:
    """Return who would stand elsewhere if clicks did not stand for opens; None where opens are known of nobody.

    Only people who consented to their opens being recorded are looked at; machines open too, so this is no better truth.
    """
    if OPENED not in coverage.covered(now):
        return None
    instead = [with_opens(policy) for policy in found]
    _measure(con, now, (*found, *instead))
    _judge(con, now, "by_clicks", found)
    _judge(con, now, "by_opens", instead)
    moves = _moves(
        con, now, "by_clicks", "by_opens", "WHERE contact_id IN (SELECT id FROM contact WHERE opens_consented)"
    )
    return Opens(moves.people, moves) if moves.people else None


def with_opens(policy: PolicyDefinition) -> PolicyDefinition:
    """Return the policy with opens beside the clicks of every silence that looks at clicks: an open is a sign too."""
    criteria = {key: _with_opens(criterion) for key, criterion in policy.criteria.items()}
    return policy.model_copy(update={"criteria": criteria})


def _with_opens(criterion: Criterion) -> Criterion:
    if CLICKED not in criterion.without or criterion.reads_opens:
        return criterion
    return criterion.model_copy(update={"without": [*criterion.without, OPENED]})


def replaced(old: Sequence[PolicyDefinition], written: Sequence[PolicyDefinition]) -> list[PolicyDefinition]:
    """Return the policies that would be in force: a name that exists keeps its place, a new one goes last, everybody's after it."""
    names = [policy.policy for policy in written]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise RefusedError(f"Two of the policies are called {twice}. Compare one of them at a time.")
    by_name = {policy.policy: policy for policy in written}
    kept_places = [by_name.pop(policy.policy, policy) for policy in old]
    return sorted([*kept_places, *by_name.values()], key=lambda policy: policy.population is None)


def _measure(con: duckdb.DuckDBPyConnection, now: datetime, found: Sequence[PolicyDefinition]) -> None:
    """Make the relation `person` with every column these policies look at."""
    program = _program(_apart(found), now)
    engine.load(con, "contact", scoring.contacts_sql(found, now))
    tables.aggregate(con, program, now, kept.remember(program, now).query(con))
    con.execute(f"CREATE TABLE population AS {program.at('population', now)}")
    tables.describe(con, program, now)


def _apart(found: Sequence[PolicyDefinition]) -> list[PolicyDefinition]:
    """Return each policy once, those that stand in both lists alike."""
    return list({policy.model_dump_json(): policy for policy in found}.values())


def _judge(con: duckdb.DuckDBPyConnection, now: datetime, name: str, found: Sequence[PolicyDefinition]) -> None:
    """Make a table of everybody's standing under these policies, read from `person`."""
    program = _program(found, now)
    *inner, last = JUDGED
    chain = ", ".join(f"{step} AS MATERIALIZED ({program.at(step, now)})" for step in inner)
    con.execute(f"CREATE TABLE {name} AS WITH {chain} SELECT contact_id, policy, state FROM ({program.at(last, now)})")


def _program(found: Sequence[PolicyDefinition], now: datetime) -> Program:
    """Return the scoring program of these policies."""
    written = tuple(policy.model_dump_json(by_alias=True) for policy in found)
    return compiled(written, tuple(sorted(coverage.covered(now).items())))


def _moves(con: duckdb.DuckDBPyConnection, now: datetime, before: str, after: str, only: str = "") -> Moves:
    found = con.execute(_MATRIX.format(before=before, after=after, only=only)).fetchall()
    matrix = tuple(Move(a, b, people, tuple(sample) if a != b else ()) for a, b, people, sample in found)
    rows = con.execute(_PASSAGES.format(before=before, after=after, only=only)).fetchall()
    passages = tuple(Passage(*row) for row in rows)
    policies = con.execute(f"SELECT policy, count(*) FROM {after} GROUP BY 1 ORDER BY 1").fetchall()
    people = sum(move.people for move in matrix)
    moved = sum(move.people for move in matrix if move.before != move.after)
    reassigned = sum(one.people for one in passages)
    return Moves(now, people, moved, matrix, reassigned, dict(policies), passages)
