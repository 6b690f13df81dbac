"""The scoring program on DuckDB: tables made one after the other in a connection that sees `events` and `contact`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from relance.dormancy import models_in_force
from relance.dormancy.program import JUDGED, MATCHED, OWN, Program
from relance.events import engine

People = Callable[[str], Future[pa.Table]]  # begins to fetch the contacts that meet a further condition


def aggregate(con: duckdb.DuckDBPyConnection, program: Program, now: datetime, features: str = "") -> None:
    """Make the tables `feature` and `received`; `features` is the query of the former, where some are known already."""
    if not features:
        con.execute("CREATE VIEW counted AS FROM events")
    add_up(con, program, "feature", features or program.at("feature", now))
    receive(con, program, now)


def receive(con: duckdb.DuckDBPyConnection, program: Program, now: datetime) -> None:
    """Make the table `received` of what people got in the windows that policies ask for."""
    add_up(con, program, "received", program.at("received", now))


def add_up(con: duckdb.DuckDBPyConnection, program: Program, name: str, query: str) -> None:
    """Make a table of counts and sums, in the types in which it is kept: sums come as 128 bits."""
    con.execute(f"CREATE TABLE {name} AS SELECT {program.typed(name)} FROM ({query})")


def describe(con: duckdb.DuckDBPyConnection, program: Program, now: datetime) -> None:
    """Make the view `person`; wide, so that each of its readers computes only the columns it needs."""
    con.execute(f"CREATE OR REPLACE VIEW person AS {program.at('person', now)}")


def measure(con: duckdb.DuckDBPyConnection, program: Program, now: datetime) -> None:
    """Make the one-row tables of the whole base's figures, `population` and `bands`, from the people of this connection."""
    count(con, program, now)
    describe(con, program, now)
    limit(con, program, now)


def limit(con: duckdb.DuckDBPyConnection, program: Program, now: datetime) -> None:
    """Make the one-row table `bands` of the value bands' limits, from the people of this connection."""
    con.execute(f"CREATE TABLE bands AS WITH amount AS ({program.at('amount', now)}) {program.at('bands', now)}")


def count(con: duckdb.DuckDBPyConnection, program: Program, now: datetime) -> None:
    """Make the one-row table `population`, whose figures add up, from the people of this connection."""
    con.execute(
        f"CREATE TABLE population AS SELECT {program.typed('population')} FROM ({program.at('population', now)})"
    )


def recall(con: duckdb.DuckDBPyConnection, program: Program, now: datetime, folder: Path) -> None:
    """Take the whole base's figures from files, where one person or a group is looked at."""
    for name in program.figures:
        con.execute(f"CREATE TABLE {name} AS FROM read_parquet({engine.literal(folder / f'{name}.parquet')})")
    describe(con, program, now)


def judge(con: duckdb.DuckDBPyConnection, program: Program, now: datetime) -> None:
    """Make the table `standing`, the view `scored`, and the parameters of the models it reads."""
    con.execute(f"CREATE VIEW scored AS FROM {judged(con, program, now)}")


def judged(con: duckdb.DuckDBPyConnection, program: Program, now: datetime, aside: engine.Aside | None = None) -> str:
    """Make what `judge` makes but the view, which costs a wide query its planning; return the relation that it would show.

    With an `aside` that sees `contact` too, people of one policy are judged beside those of another.
    """
    models_in_force.show(con)
    return relation(con, program, now, aside)


def relation(con: duckdb.DuckDBPyConnection, program: Program, now: datetime, aside: engine.Aside | None = None) -> str:
    """Return the same where the models' parameters are there already."""
    stand(con, program, now, aside)
    last = f"SELECT {program.typed('scored')} FROM ({program.at('scored', now)})"
    if not program.risks:
        return f"(WITH profile AS NOT MATERIALIZED ({program.at('profile', now)}) {last})"
    # the steps of the risks read the profile again and again; without them it is read once, column by column
    con.execute(f"CREATE TABLE profile AS {program.at('profile', now)}")
    con.execute(f"CREATE TABLE {program.risks[-1]} AS {_chained(program, program.risks, now)}")
    return f"({last})"


def stand(con: duckdb.DuckDBPyConnection, program: Program, now: datetime, aside: engine.Aside | None = None) -> None:
    """Make the relation `standing`; where there are several policies, of the people of each by its own."""
    if MATCHED not in program.queries:
        con.execute(f"CREATE TABLE standing AS {_chained(program, JUDGED, now)}")
        return
    con.execute(f"CREATE TABLE {MATCHED} AS {program.at(MATCHED, now)}")
    found = con.execute(f"SELECT number FROM {MATCHED} GROUP BY 1 ORDER BY count(*) DESC, 1").fetchall()
    numbers = [number for (number,) in found] or [0]
    beside = [_begun(aside or con, _own(program, number, now, alone=False)) for number in numbers[1:]]
    con.execute(_own(program, numbers[0], now, alone=len(numbers) == 1))
    for done in beside:
        done()
    parts = " UNION ALL ".join(f"FROM {_place(number)}" for number in numbers)
    con.execute(f"CREATE VIEW standing AS {parts}")


def _begun(where: engine.Aside | duckdb.DuckDBPyConnection, statement: str) -> Callable[[], object]:
    """Begin a statement aside, or do it here; return what waits for it."""
    if isinstance(where, engine.Aside):
        return where.begin(lambda con: con.execute(statement))
    where.execute(statement)
    return lambda: None


def _own(program: Program, number: int, now: datetime, *, alone: bool) -> str:
    """Return the statement that makes the standings of one policy's people, who may be all there are."""
    *inner, last = JUDGED
    only = "" if alone else f" SEMI JOIN (SELECT id FROM {MATCHED} WHERE number = {number}) USING (id)"
    chain = [f"{OWN} AS NOT MATERIALIZED (FROM person{only})"]
    chain += [f"{name} AS MATERIALIZED ({program.at(f'{name}/{number}', now)})" for name in inner]
    return f"CREATE TABLE {_place(number)} AS WITH {', '.join(chain)} {program.at(f'{last}/{number}', now)}"


def _place(number: int) -> str:
    return f"standing_of_{number if number >= 0 else 'nobody'}"


def _chained(program: Program, names: Sequence[str], now: datetime) -> str:
    """Return the last of some steps as a query, those before it made on the way."""
    *inner, last = names
    chain = ", ".join(f"{name} AS MATERIALIZED ({program.at(name, now)})" for name in inner)
    return f"WITH {chain} {program.at(last, now)}" if inner else program.at(last, now)


def save(con: duckdb.DuckDBPyConnection, relation: str, path: Path) -> None:
    """Write a relation as a Parquet file."""
    con.execute(f"COPY {relation} TO {engine.literal(path)} ({engine.PARQUET})")
