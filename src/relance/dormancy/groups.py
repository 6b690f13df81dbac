"""A large base scored a group of the lake's buckets at a time, so that memory is bounded by the group.

Two passes: the first aggregates each group's events and keeps what it needs in Parquet files; the figures of the whole
base are additive counts and sums, added up between the passes; the second judges. The answers are those of one statement.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa

from relance.dormancy import profiles, tables
from relance.dormancy.kept import Memory
from relance.dormancy.program import Program
from relance.events import engine, lake

Group = range | tuple[int, ...]
PARTS = "parts"  # what the second pass needs of the first
INPUTS = ("feature", "received", "contact")


@dataclass(frozen=True)
class Work:
    """A run over groups: what to compute, for when, where people and features come from, and the folder of the answer."""

    program: Program
    now: datetime
    people: tables.People
    memory: Memory
    refitted: Callable[
        [duckdb.DuckDBPyConnection], Program
    ]  # fits models on `feature` and `events`; the program with them
    folder: Path


def split(contacts: int, at_once: int) -> list[range]:
    """Return groups of buckets: one where all contacts fit, else of half of `at_once` at most; 32 groups at most.

    What fits at once is judged in shares, a group is not; and counting the events of 2,000,000 people in 2 GB takes twice
    as long as those of 1,000,000 and again 1,000,000.
    """
    parts = min(max(math.ceil(contacts / at_once), 1), lake.BUCKETS)
    parts = min(2 * parts, lake.BUCKETS) if parts > 1 else 1
    return [range(part, lake.BUCKETS, parts) for part in range(parts)]


def only(buckets: Collection[int]) -> str:
    """Return the further condition of the contacts of these buckets."""
    return f" AND id % {lake.BUCKETS} IN ({', '.join(map(str, buckets))})"


def run(work: Work, groups: list[range]) -> None:
    """Score everybody group by group; write a file of profiles for each and the base's figures into the folder of the work."""
    answer = work.folder / f"parts-{uuid4().hex}"
    for folder in (work.folder / PARTS, answer):
        folder.mkdir(mode=0o700)
    contact = work.people(only(groups[0]))
    for number, group in enumerate(groups):
        known = contact
        if number + 1 < len(groups):
            contact = work.people(only(groups[number + 1]))  # PostgreSQL and the way from it are another processor
        _first(work, number, group, known)
    with engine.connected() as con:
        _add_up(con, work)
        work.memory.keep_files(con, [_part(work, "feature", number) for number in range(len(groups))])
    with engine.reading() as con:
        con.execute(f"CREATE VIEW feature AS FROM {_parts(work, 'feature')}")
        work = replace(work, program=work.refitted(con))
    for number, group in enumerate(groups):
        _second(work, number, group, answer / f"{number:02d}.parquet")
    profiles.note_parts(work.folder, answer.name)
    shutil.rmtree(work.folder / PARTS)


def _first(work: Work, number: int, group: range, contact: Future[pa.Table]) -> None:
    """Aggregate a group's events; keep its features, people and share of the figures."""
    with engine.reading(buckets=group) as con:
        tables.aggregate(con, work.program, work.now, work.memory.query(con, group))
        tables.count(con, work.program, work.now)
        con.register("contact", contact.result())
        tables.describe(con, work.program, work.now)  # no revenue depends on the population's figures
        for name in (*INPUTS, "population"):
            tables.save(con, name, _part(work, name, number))
        tables.save(con, f"({work.program.at('amount', work.now)})", _part(work, "amount", number))


def _add_up(con: duckdb.DuckDBPyConnection, work: Work) -> None:
    """Write the figures of the whole base from those of its groups."""
    sums = f"SELECT {work.program.sums} FROM {_parts(work, 'population')}"
    tables.save(con, f"({sums})", work.folder / "population.parquet")
    amount = f"SELECT revenue, sum(people)::BIGINT AS people FROM {_parts(work, 'amount')} GROUP BY revenue"
    bands = f"(WITH amount AS ({amount}) {work.program.at('bands', work.now)})"
    tables.save(con, bands, work.folder / "bands.parquet")


def _second(work: Work, number: int, group: range, answer: Path) -> None:
    """Judge a group's people by the figures of everybody, and write their profiles."""
    with engine.reading(buckets=group) if work.program.reads_events else engine.connected() as con:
        for name in INPUTS:
            con.execute(f"CREATE VIEW {name} AS FROM read_parquet({engine.literal(_part(work, name, number))})")
        tables.recall(con, work.program, work.now, work.folder)
        tables.save(con, tables.judged(con, work.program, work.now), answer)


def _part(work: Work, name: str, number: int) -> Path:
    return work.folder / PARTS / f"{name}-{number:02d}.parquet"


def _parts(work: Work, name: str) -> str:
    """Return the relation of one thing of all groups."""
    return f"read_parquet({engine.literal(work.folder / PARTS / f'{name}-*.parquet')})"
