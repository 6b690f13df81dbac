"""A night: only those are judged again for whom something can have changed since everybody was; the answer is the same.

Judged again are the people with new events, with events that left a counted window, whose row of `contact` changed, whose
addresses became usable or useless, or of whom something that the policies ask of everybody has another answer today: that
is computed for all, column by column, and compared with what it was (a hash of it is kept). So no silence, exposure,
cadence, coverage or consent needs to be foreseen.

Everybody is judged where a night cannot tell, or would not be quicker: a small base, another program, no features to add
to (see `kept`), a population that events of a window or the day itself decide, a warehouse, Spark, groups, a lifetime model
to be fitted again, probabilities of turning dormant that read opens, people who are gone without a trace, or more than a
third of the base to be judged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa

from relance.dormancy import kept, models_in_force, profiles, renewal, shares, signs, tables, vocabulary
from relance.dormancy.policies import PolicyDefinition, in_force
from relance.dormancy.program import FUTURE, LIFETIME, RETURNS, RISKS, Program
from relance.dormancy.states import reads_opens
from relance.dormancy.windows import Windows
from relance.events import engine, lake, warehouse
from relance.rules import moments

LEAST = 50_000  # contacts; with fewer, judging everybody takes no longer
MOST = 1 / 3  # of the people; with more to be judged, judging everybody takes no longer

_CHANGED = "SELECT id FROM contact WHERE age(xmin) <= age('{below}'::xid8::xid)"
_UNREACHABLE = f"SELECT id FROM contact WHERE erased_at IS NULL AND {vocabulary.UNREACHABLE}"
_ALIVE = "SELECT count(*) AS people FROM contact WHERE erased_at IS NULL"
_UNREACHABLE_SIGN = f"""
    SELECT count(*)::text || ' ' || coalesce(sum(hashint8extended(id, 7)), 0) AS sign
    FROM contact WHERE erased_at IS NULL AND {vocabulary.UNREACHABLE}
"""
# Who was erased when everybody was judged, and is there again: her events are known, her windows are not.
_BACK = """
    SELECT id AS contact_id FROM changed ANTI JOIN kept_profile ON kept_profile.contact_id = id
    SEMI JOIN kept_feature ON kept_feature.contact_id = id
"""
_TOUCHED = """
    CREATE TABLE touched AS
    SELECT contact_id FROM fresh UNION FROM recounted UNION SELECT contact_id FROM leaving UNION SELECT id FROM changed
    {more}
"""
_REACH = """
    UNION (SELECT id FROM unreachable_now EXCEPT SELECT contact_id FROM kept_profile WHERE unreachable)
    UNION (SELECT contact_id FROM kept_profile WHERE unreachable EXCEPT SELECT id FROM unreachable_now)
"""


@dataclass(frozen=True)
class Night:
    """What a night starts from: the program in force, its policies, the instant, the features kept, and the last full scoring."""

    program: Program
    policies: list[PolicyDefinition]
    now: datetime
    memory: kept.Memory
    base: profiles.Told

    @property
    def folder(self) -> Path:
        """The folder of the profiles it starts from."""
        return kept.folder() / str(self.base["folder"])

    @property
    def then(self) -> datetime:
        """When everybody was judged."""
        return datetime.fromisoformat(self.base["at"])


def begun(program: Program, policies: list[PolicyDefinition], now: datetime, memory: kept.Memory) -> Night | None:
    """Return the night that may start now; None where everybody must be judged."""
    base = profiles.base()
    if base is None or memory.new is None or memory.future or not suited(policies):
        return None
    if FUTURE in program.models and reads_opens(policies):  # the risks ask each person's consent, which is not kept
        return None
    night = Night(program, policies, now, memory, base)
    if not any(night.folder.glob(f"{profiles.PEOPLE}*.parquet")):  # an earlier version's
        return None
    if base["features"] != kept.marked() or base["rests_on"] != renewal.digest(program) or now < night.then:
        return None
    return night


def suited(policies: list[PolicyDefinition]) -> bool:
    """Tell whether nights can follow a scoring by these policies."""
    return signs.by_events(policies) is not None and not warehouse.used()


def unreachable_sign() -> str:
    """Return what tells whether other people have no usable address now; taken before people are read."""
    return _told(engine.from_postgresql(_UNREACHABLE_SIGN))


def _told(answer: pa.Table) -> str:
    return str(answer["sign"][0].as_py())


def prepare(con: duckdb.DuckDBPyConnection, program: Program, now: datetime, folder: Path, unreachable: str) -> None:
    """Write beside the profiles of everybody what the next night compares with; features and their mark are kept already."""
    features, policies = kept.marked(), in_force()
    if features.get("at") != now.isoformat():
        return
    base = {"folder": f"base-{uuid4().hex}", "at": now.isoformat(), "rests_on": renewal.digest(program)}
    told: profiles.Told = base | {"features": features, "unreachable": unreachable}
    asks = signs.asks_attributes(program)
    columns = "contact_id, attributes" if asks else "contact_id"
    con.execute(f"CREATE VIEW kept_profile AS FROM {profiles.relation(folder=folder)}")
    if asks:
        con.execute("CREATE VIEW kept_attributes AS SELECT id AS contact_id, attributes FROM contact")
    signs.recall(con, program, now, "kept_attributes" if asks else "")
    query = f"SELECT {columns}, sign FROM {signs.query(program, policies, now)}"
    query += " JOIN kept_attributes USING (contact_id)" if asks else ""
    con.execute(f"COPY ({query}) TO {engine.literal(folder / 'signs.parquet')} ({engine.PARQUET})")
    (folder / profiles.BASE).write_text(json.dumps(told))


def run(night: Night, people: tables.People, folder: Path) -> bool:
    """Judge whom the night concerns and write what readers need into the folder; return False where everybody must be judged."""
    snapshot, aliases = lake.snapshot(), engine.merged()
    with engine.connected() as con, engine.aside(con, beside=True) as aside:
        shown = aside.begin(lambda second: engine.show_events(second, snapshot, aliases=aliases))
        merged = _gather(con, night, aside, shown)
        _measure_rhythm(con, night, merged)
        if not _choose(con, night):
            return False
        contact, alive = people(_only(con)), engine.fetched(_ALIVE)
        _count(con, night, merged)
        con.register("contact", contact.result())
        if not _complete(con, alive.result()):
            return False
        _measure(con, night)
        _save(con, night, folder, contact.result())
    return True


def _gather(con: duckdb.DuckDBPyConnection, night: Night, aside: engine.Aside, shown: Callable[[], object]) -> str:
    """Make the tables of all that happened since everybody was judged; return the query of everybody's features now."""
    windows = Windows.of(night.policies, night.then, night.now)
    left, sign = aside.begin(windows.leave), engine.fetched(_UNREACHABLE_SIGN)
    people = f"{night.folder}/{profiles.PEOPLE}*.parquet"
    con.execute(f"CREATE VIEW kept_profile AS FROM read_parquet({engine.literal(people)})")
    engine.load(con, "changed", _CHANGED.format(below=night.base["features"]["below"]))
    unfinished = windows.unfinished()
    if unfinished:
        shown()
    merged = night.memory.query(con, recounted=f"{_BACK} UNION {unfinished}" if unfinished else _BACK, shown=shown)
    before = profiles.judged()  # PostgreSQL has what was found of them then
    more = f"UNION SELECT contact_id FROM {before}" if before else ""
    if night.base["unreachable"] != _told(sign.result()):
        engine.load(con, "unreachable_now", _UNREACHABLE)
        more += _REACH
    left()
    con.execute(_TOUCHED.format(more=more))
    return merged


def _measure_rhythm(con: duckdb.DuckDBPyConnection, night: Night, merged: str) -> None:
    program = night.program
    con.execute(
        f"CREATE TABLE population AS WITH feature AS NOT MATERIALIZED ({merged}) "
        f"SELECT {program.typed('population')} FROM ({program.at('population', night.now)})"
    )


def _choose(con: duckdb.DuckDBPyConnection, night: Night) -> bool:
    """Make the table `judged_id` of who is judged again; return whether they are few."""
    before = f"read_parquet({engine.literal(night.folder / 'signs.parquet')})"
    signs.recall(con, night.program, night.now, before if signs.asks_attributes(night.program) else "")
    today = signs.query(night.program, night.policies, night.now)
    con.execute(
        f"CREATE TABLE judged_id AS FROM touched UNION SELECT contact_id FROM {today} AS today "
        f"JOIN (SELECT contact_id, sign AS before FROM {before}) USING (contact_id) WHERE sign <> before"
    )
    found = con.execute("SELECT (SELECT count(*) FROM judged_id), (SELECT count(*) FROM kept_profile)").fetchone()
    return found is not None and found[0] <= found[1] * MOST


def _only(con: duckdb.DuckDBPyConnection) -> str:
    """Return the further condition of the contacts judged again."""
    found = con.execute("SELECT contact_id FROM judged_id").fetchnumpy()["contact_id"]
    return f" AND id = ANY('{{{','.join(map(str, found.tolist()))}}}')"


def _complete(con: duckdb.DuckDBPyConnection, alive: pa.Table) -> bool:
    """Tell whether the people kept and those judged again are all there are: of who is deleted, no trace is left."""
    found = con.execute(
        "SELECT (SELECT count(*) FROM contact) + (SELECT count(*) FROM kept_profile ANTI JOIN judged_id USING (contact_id))"
    ).fetchone()
    return found == (alive["people"][0].as_py(),)


def _count(con: duckdb.DuckDBPyConnection, night: Night, merged: str) -> None:
    """Make the tables `feature` and `received` of the people judged again."""
    program, now = night.program, night.now
    con.execute(
        "CREATE TABLE feature AS WITH kept_feature AS MATERIALIZED (FROM kept_feature SEMI JOIN judged_id USING (contact_id)) "
        f"SELECT {program.typed('feature')} FROM ({merged}) SEMI JOIN judged_id USING (contact_id)"
    )
    windows = Windows.of(night.policies, night.then, now)
    windows.receive(con, program.typed("received"), program.at("received", now))


def _measure(con: duckdb.DuckDBPyConnection, night: Night) -> None:
    """Make the view `person` of the people judged again, and `bands`; show the models."""
    program, now = night.program, night.now
    tables.describe(con, program, now)
    con.execute(f"CREATE TABLE bands AS WITH amount AS ({_AMOUNT}) {program.at('bands', now)}")
    models_in_force.show(con)


def _judge(night: Night, database: str, folder: Path, contact: pa.Table, number: int) -> None:
    """Judge a share of the people and write them."""
    names = ", ".join(f'"{name}"' for name in renewal.of(night.program).columns)
    with shares.share(database, night.program, night.now, contact, number) as own:
        tables.stand(own, night.program, night.now)
        own.execute(f"""
            COPY (
                WITH profile AS NOT MATERIALIZED ({night.program.at("profile", night.now)})
                SELECT {names}, false AS gone FROM profile
                UNION ALL BY NAME SELECT contact_id, true AS gone FROM {database}.judged_id ANTI JOIN contact ON id = contact_id
                WHERE contact_id % {shares.SHARES} = {number}
            ) TO {engine.literal(folder / f"judged-{number}.parquet")} ({engine.PARQUET})
        """)


_AMOUNT = """
    SELECT revenue, count(*) AS people FROM (
        SELECT revenue FROM kept_profile ANTI JOIN judged_id USING (contact_id) WHERE orders > 0 AND objected_at IS NULL
        UNION ALL SELECT revenue FROM person WHERE orders > 0 AND objected_at IS NULL
    ) GROUP BY revenue
"""


def _save(con: duckdb.DuckDBPyConnection, night: Night, folder: Path, contact: pa.Table) -> None:
    """Write who was judged, the base's figures, the models' parameters, and the queries that readers put on top of it all."""
    found = f"""
        CREATE TABLE banded AS WITH kept_profile AS (FROM kept_profile ANTI JOIN judged_id USING (contact_id))
        {renewal.of(night.program).queries["banded"]}
    """
    judge = partial(_judge, night, engine.name_of(con), folder, contact)
    others = [engine.started(partial(judge, number)) for number in range(1, shares.SHARES)]
    try:
        judge(0)
        con.execute(found)
    finally:
        for done in others:
            done()
    there = [name for name in (LIFETIME, RETURNS, FUTURE) if name in night.program.models]
    for name in (*profiles.FIGURES, *there, "banded"):
        tables.save(con, name, folder / f"{name}.parquet")
    own = f"night-{uuid4().hex}"
    told = {"folder": own, "base": night.base["folder"], "at": night.now.isoformat()}
    told |= {"shown": _shown(night, own, there, risks=False), "risks": _shown(night, own, there, risks=True)}
    (folder / profiles.NIGHT).write_text(json.dumps(told))


def _shown(night: Night, own: str, models: Collection[str], *, risks: bool) -> str:
    """Return the query of everybody's profile as of the night."""
    program, again = night.program, renewal.of(night.program)
    names = ", ".join(f'"{name}"' for name in again.columns)
    judged = f"read_parquet('{profiles.PLACE}/{own}/judged-*.parquet')"
    base = f"read_parquet('{profiles.PLACE}/{night.base['folder']}/{profiles.PEOPLE}*.parquet')"
    rest = f"{base} AS base ANTI JOIN (SELECT contact_id FROM {judged}) AS again USING (contact_id)"
    steps = {
        name: f"FROM read_parquet('{profiles.PLACE}/{own}/{name}.parquet')" for name in (*profiles.FIGURES, *models)
    }
    steps["kept_profile"] = f"SELECT {names} FROM {rest} UNION ALL SELECT {names} FROM {judged} WHERE NOT gone"
    steps["profile"] = moments.fill(again.queries["profile"], night.now)
    chain = [f"{name} AS NOT MATERIALIZED ({query})" for name, query in steps.items()]
    if risks:
        chain += [f"{name} AS MATERIALIZED ({program.at(name, night.now)})" for name in program.risks]
    last = program.at("scored", night.now) if risks else "FROM profile"
    columns = [name for name in program.columns["scored"] if risks or name not in RISKS]
    typed = ", ".join(f'CAST("{name}" AS {program.columns["scored"][name]}) AS "{name}"' for name in columns)
    return f"WITH {', '.join(chain)} SELECT {typed} FROM ({last})"
