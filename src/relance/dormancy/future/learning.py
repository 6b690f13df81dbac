"""What to learn from: people as they stood at past dates, and whether they were found dormant afterwards.

Every look is the scoring program itself with `now` put back, on a sample of contacts (whole buckets of the lake); rows
stay in this process as arrays without names or ids. The last period is held out: no outcome that was learned from
happened after the day the test begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np

from relance.core import database
from relance.dormancy import policies, program, scoring, tables
from relance.dormancy.discrimination import Floats
from relance.dormancy.future import forms
from relance.dormancy.policies import PolicyDefinition
from relance.dormancy.program import Covered
from relance.dormancy.states import QUIET
from relance.events import engine, lake
from relance.intake import coverage
from relance.rules import moments

STEP = 30  # days between two looks
ORIGINS = 4  # past dates learned from, for each horizon
LOOKS = max(2 * horizon // STEP for horizon in forms.HORIZONS) + ORIGINS  # how many; number 0 is now
SAMPLE = 50_000  # contacts, about: more would change the answer little

_LEFT_OUT = """
    SELECT id AS contact_id FROM contact WHERE objected_at IS NOT NULL
    UNION SELECT survivor_id FROM contact_alias
"""  # who objected to profiling; merged people, whose other half may lie outside the sample

_DAYS = {
    "contact_id": "int64",
    "policy": "string",
    **{f"future_{term}": "float64" for term in forms.SAME_FOR_ALL},
    "future_left": "float64",
}

_TURNED = """
    SELECT count(*) FILTER (WHERE o.future_left <= {horizon}), count(*) FROM look_{origin} AS o {joins}
    WHERE o.policy = ? AND ({outcome})
"""


@dataclass(frozen=True)
class Rows:
    """People at risk: `terms` of shape (people, len(forms.TERMS)), `outcomes` 0 or 1 of shape (people,)."""

    terms: Floats
    outcomes: Floats

    @property
    def fewest(self) -> int:
        """Return how many people had the rarer outcome."""
        turned = int(self.outcomes.sum())
        return min(turned, len(self.outcomes) - turned)

    def of(self, names: tuple[str, ...]) -> Floats:
        """Return the columns of these terms."""
        return self.terms[:, [forms.TERMS.index(name) for name in names]]

    def joined(self, other: Rows) -> Rows:
        """Return both one after the other."""
        return Rows(np.vstack([self.terms, other.terms]), np.concatenate([self.outcomes, other.outcomes]))


@contextmanager
def looking_back(now: datetime) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with the tables `look_0` (now) to `look_9`, each 30 days before the other, on a sample of people.

    Each has the active and cooling people with their days left and terms; `quiet_0` to `quiet_9` who was dormant then.
    """
    buckets = sample_buckets()
    with engine.reading(buckets=buckets) as con:
        engine.load(con, "left_out", _LEFT_OUT)
        for number in range(LOOKS):
            _look(con, now - timedelta(days=STEP * number), number, buckets)
        yield con


def sample_buckets() -> list[int]:
    """Return the buckets to learn from: all of a small base, fewer of a large one, at least one."""
    ((people,),) = database.rows("SELECT count(*) FROM contact WHERE erased_at IS NULL")
    return list(range(max(1, min(lake.BUCKETS, lake.BUCKETS * SAMPLE // max(people, 1)))))


def rows(con: duckdb.DuckDBPyConnection, policy: str, horizon: int, origins: range) -> Rows:
    """Return who was at risk at the looks numbered `origins`, with what became of them within the horizon."""
    parts = [_rows_of(con, policy, horizon, origin) for origin in origins]
    return Rows(np.vstack([part.terms for part in parts]), np.concatenate([part.outcomes for part in parts]))


def training(horizon: int) -> range:
    """Return the looks to learn from: their outcomes were known when the test begins."""
    return range(2 * horizon // STEP, 2 * horizon // STEP + ORIGINS)


def held_out(horizon: int) -> range:
    """Return the look to test on: the last whose outcome is known today."""
    return range(horizon // STEP, horizon // STEP + 1)


def turned(con: duckdb.DuckDBPyConnection, policy: str, horizon: int) -> tuple[int, int]:
    """Return how many were found dormant after the test's look: of those whose day lay within the horizon, and of all."""
    (origin,) = held_out(horizon)
    query = _TURNED.format(horizon=horizon, origin=origin, **_later(horizon, origin))
    found = con.execute(query, [policy]).fetchone() or (0, 0)
    return int(found[0]), int(found[1])


def _rows_of(con: duckdb.DuckDBPyConnection, policy: str, horizon: int, origin: int) -> Rows:
    later = _later(horizon, origin)
    query = (
        f"SELECT {', '.join(f'o.{name}' for name in forms.TERMS)}, CAST({later['outcome']} AS DOUBLE) AS outcome "
        f"FROM ({_chosen(horizon).format(origin=origin)}) AS o {later['joins']} WHERE o.policy = ? ORDER BY o.contact_id"
    )
    found = con.execute(query, [policy]).fetchnumpy()
    terms = np.column_stack([np.asarray(found[name], float) for name in forms.TERMS])
    return Rows(terms, np.asarray(found["outcome"], float))


@lru_cache(maxsize=len(forms.HORIZONS))
def _chosen(horizon: int) -> str:
    """Return the query of who is due within the horizon in a look, with every term; the look's number is left open."""
    people = ibis.table(_DAYS, name="look_{origin}")
    here = forms.horizon_terms(people, horizon)
    terms = {name: here[name] if name in here else people[f"future_{name}"] for name in forms.TERMS}
    due = people.filter(people.future_left <= horizon)
    return str(ibis.to_sql(due.select("contact_id", "policy", **terms), dialect="duckdb"))


def _later(horizon: int, origin: int) -> dict[str, str]:
    """Return the joins to the looks of the horizon, and whether she was found dormant at one of them."""
    later = range(origin - horizon // STEP, origin)
    joins = " ".join(f"LEFT JOIN quiet_{n} AS q{n} ON q{n}.contact_id = o.contact_id" for n in later)
    return {"joins": joins, "outcome": " OR ".join(f"q{n}.contact_id IS NOT NULL" for n in later)}


def _look(con: duckdb.DuckDBPyConnection, at: datetime, number: int, buckets: list[int]) -> None:
    """Score the sample as of a date; keep its active and cooling people with their terms, and who is quiet."""
    con.execute("CREATE SCHEMA look")
    con.execute("SET search_path = 'look,main'")
    try:
        _score(con, at, buckets)
        con.execute(
            f"CREATE TABLE main.look_{number} AS FROM ({described(at)}) WHERE contact_id NOT IN (FROM main.left_out)"
        )
        con.execute(f"CREATE TABLE main.quiet_{number} AS SELECT contact_id FROM scored WHERE state IN {QUIET}")
    finally:
        con.execute("SET search_path = 'main'")
        con.execute("DROP SCHEMA look CASCADE")


def _score(con: duckdb.DuckDBPyConnection, at: datetime, buckets: list[int]) -> None:
    """Make `scored` of the people of these buckets, by the scoring program."""
    made = scoring.current(at)
    scoring.people(con, f" AND id % {lake.BUCKETS} IN ({', '.join(map(str, buckets))})", now=at)
    tables.aggregate(con, made, at)
    for name in ("population", "person"):  # tables: as a view, planning it would cost more than all people do
        con.execute(f"CREATE TABLE {name} AS {made.at(name, at)}")
    con.execute(f"CREATE TABLE bands AS WITH amount AS ({made.at('amount', at)}) {made.at('bands', at)}")
    tables.judge(con, made, at)


def described(at: datetime) -> str:
    """Return the query of the active and cooling people of `scored` as of an instant: days left and terms."""
    written, covered = in_force(at)
    return moments.fill(_described(written, covered), at)


def in_force(at: datetime) -> tuple[tuple[str, ...], Covered]:
    """Return the policies in force, each as JSON, and since when what is covered at an instant."""
    found = tuple(policy.model_dump_json(by_alias=True) for policy in policies.in_force())
    return found, tuple(sorted(coverage.covered(at).items()))


def steps_of(written: tuple[str, ...], covered: Covered) -> dict[str, ir.Table]:
    """Return the steps to the risks, over the relation `scored`."""
    found = [PolicyDefinition.model_validate_json(text) for text in written]
    scored = program.expressions(found, dict(covered))["scored"].schema()
    return forms.steps(ibis.table(scored, name="scored"), found, dict(covered))


@lru_cache(maxsize=16)
def _described(written: tuple[str, ...], covered: Covered) -> str:
    found = steps_of(written, covered)
    return forms.written({name: found[name] for name in ("future_beginnings", "future_silences", "future_days")})
