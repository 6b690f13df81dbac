"""The scoring program on DuckDB: tables made one after the other in a connection that sees `events` and `contact`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from relance.dormancy import models_in_force
from relance.dormancy.program import JUDGED, Program
from relance.events import engine


def aggregate(con: duckdb.DuckDBPyConnection, program: Program, now: datetime, features: str = "") -> None:
    """Make the tables `feature` and `received`; `features` is the query of the former, where some are known already."""
    if not features:
        con.execute("CREATE VIEW counted AS FROM events")
    for name, query in (("feature", features or program.at("feature", now)), ("received", program.at("received", now))):
        con.execute(f"CREATE TABLE {name} AS SELECT {program.typed(name)} FROM ({query})")  # sums come as 128 bits


def describe(con: duckdb.DuckDBPyConnection, program: Program, now: datetime) -> None:
    """Make the view `person`; wide, so that each of its readers computes only the columns it needs."""
    con.execute(f"CREATE OR REPLACE VIEW person AS {program.at('person', now)}")


def measure(con: duckdb.DuckDBPyConnection, program: Program, now: datetime) -> None:
    """Make the one-row tables of the whole base's figures, `population` and `bands`, from the people of this connection."""
    count(con, program, now)
    describe(con, program, now)
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


def judged(con: duckdb.DuckDBPyConnection, program: Program, now: datetime) -> str:
    """Make what `judge` makes but the view, which costs a wide query its planning; return the relation that it would show."""
    models_in_force.show(con)
    stand(con, program, now)
    last = f"SELECT {program.typed('scored')} FROM ({program.at('scored', now)})"
    if not program.risks:
        return f"(WITH profile AS NOT MATERIALIZED ({program.at('profile', now)}) {last})"
    # the steps of the risks read the profile again and again; without them it is read once, column by column
    con.execute(f"CREATE TABLE profile AS {program.at('profile', now)}")
    con.execute(f"CREATE TABLE {program.risks[-1]} AS {_chained(program, program.risks, now)}")
    return f"({last})"


def stand(con: duckdb.DuckDBPyConnection, program: Program, now: datetime) -> None:
    """Make the table `standing`."""
    con.execute(f"CREATE TABLE standing AS {_chained(program, JUDGED, now)}")


def _chained(program: Program, names: Sequence[str], now: datetime) -> str:
    """Return the last of some steps as a query, those before it made on the way."""
    *inner, last = names
    chain = ", ".join(f"{name} AS MATERIALIZED ({program.at(name, now)})" for name in inner)
    return f"WITH {chain} {program.at(last, now)}" if inner else program.at(last, now)


def save(con: duckdb.DuckDBPyConnection, relation: str, path: Path) -> None:
    """Write a relation as a Parquet file."""
    con.execute(f"COPY {relation} TO {engine.literal(path)} ({engine.PARQUET})")
