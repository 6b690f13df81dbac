"""Scoring: everybody's features and state at an instant, kept in the lake; what changed, written to PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
from django.conf import settings

from relance.core import database, place
from relance.dormancy import (
    groups,
    kept,
    models_in_force,
    nights,
    policies,
    profiles,
    programs,
    publishing,
    shares,
    spark,
    tables,
    vocabulary,
)
from relance.dormancy.lifetime import keeping as lifetime
from relance.dormancy.program import Program
from relance.events import engine, lake, warehouse
from relance.events.schemas import PURCHASES
from relance.intake import coverage
from relance.rules import moments

_TEXTS = ("language", "country", "city", "postcode", "kind", "company", "site", "external_id")
_CONTACTS = """
    SELECT id, {texts}, first_seen_at, {attributes} AS attributes,
           {unreachable} AS unreachable,
           objected_at, {opens} AS opens_consented
    FROM contact WHERE erased_at IS NULL
"""

# What a rehearsal reads of the profiles besides standings and the fields of segments: health, and what invented people are like.
_REHEARSED = ("store_purchases", "preferred_channel")


@dataclass(frozen=True)
class Scoring:
    """What a scoring found: people per state, rows written, state changes; `written` is false for a look back."""

    as_of: datetime
    people: int
    states: dict[str, int]
    policies: dict[str, int]
    changed: int = 0
    moved: int = 0
    written: bool = False


def profiles_path() -> Path:
    """Return the file that holds the features and states of the last scoring of everybody; readers ask `profiles.relation`."""
    return profiles.path()


def run(now: datetime) -> int:
    """Score everybody at `now`; return the number of people whose standing changed."""
    return score(now).changed


def score(now: datetime, *, write: bool = True) -> Scoring:
    """Score everybody at `now`. A look back before the last scoring is shown and not written; `written` tells."""
    ((last,),) = database.rows("SELECT max(scored_at) FROM profile")
    write = write and (last is None or now >= last)
    simulated = place.current().simulated
    with _drafts() as draft:
        learn = write and not simulated  # invented people teach nothing
        standings = engine.fetched(publishing.STANDINGS) if write and simulated else None  # nobody else writes there
        everybody(now, draft, learn=learn, lasting=write)
        with engine.connected() as con:
            con.execute(f"CREATE VIEW scored AS FROM {profiles.relation(folder=draft)}")
            found = _count(con, now)
            if not write:
                return found
            changed, moved = publishing.publish(
                con, now, profiles.judged(draft), standings.result() if standings else None
            )
        profiles.adopt(draft)
        if profiles.base() is not None:
            profiles.note_published(publishing.sign())
    return replace(found, changed=changed, moved=moved, written=True)


def everybody(now: datetime, folder: Path, *, learn: bool = False, lasting: bool = True) -> None:
    """Score everybody on the engine of the settings; write their profiles and the base's figures into the folder.

    `profiles.relation` reads them there, in whichever files they are. On DuckDB, features of contacts without new events come
    from the last scoring, and a large base judges those alone for whom something can have changed (`nights`); the answer is
    the same. With `learn`, the lifetime model is fitted again when it is due; with `lasting`, the next scoring may start from
    this one.
    """
    if settings.RELANCE.engine != "duckdb":
        spark.require()
        spark.score(current(now, "pyspark"), now, folder, partial(_fetched, now))
        return
    ((contacts,),) = database.rows("SELECT count(*) FROM contact")
    parts = groups.split(contacts, settings.RELANCE.contacts_at_once)
    program = current(now)
    memory = kept.remember(program, now)
    large = contacts >= nights.LEAST and len(parts) == 1
    if large and not (learn and lifetime.due(now)):
        night = nights.begun(program, policies.in_force(), now, memory)
        if night is not None and nights.run(night, partial(_fetched, now), folder):
            return
        memory = kept.remember(program, now)

    def refitted(con: duckdb.DuckDBPyConnection) -> Program:
        if not learn or coverage.over(coverage.covered(now), PURCHASES):
            return program
        lifetime.refresh(con, now)
        return current(now)

    if len(parts) > 1:
        groups.run(groups.Work(program, now, partial(_fetched, now), memory, refitted, folder), parts)
        return
    nightly = large and lasting and nights.suited(policies.in_force())
    unreachable = nights.unreachable_sign() if nightly else ""
    snapshot, aliases = lake.snapshot(), engine.merged()
    contact = engine.fetched(contacts_sql(policies.in_force(), now, "" if nightly else _looked_at(program)))
    beside = contacts < nights.LEAST and not warehouse.used()
    with engine.connected() as con, engine.aside(con, beside=beside) as aside:
        shown = aside.begin(lambda second: engine.show_events(second, snapshot, aliases=aliases))
        received = aside.begin(lambda second: tables.receive(second, program, now))
        tables.add_up(con, program, "feature", memory.query(con, shown=shown))
        received()
        con.register("contact", contact.result())
        if lasting:
            memory.keep(con, always=nightly)
        program = refitted(con)
        tables.count(con, program, now)
        tables.describe(con, program, now)
        limited = aside.begin(lambda second: _limit(second, contact.result(), program, now))
        if contacts >= shares.LEAST:
            limited()
            models_in_force.show(con)
            _in_shares(con, program, now, contact.result(), folder, whole=nightly)
        else:
            judged = tables.judged(con, program, now, aside)
            limited()
            tables.save(con, _kept(judged, whole=nightly), folder / "profiles.parquet")
        for name in program.figures:
            tables.save(con, name, folder / f"{name}.parquet")
        if nightly:
            nights.prepare(con, program, now, folder, unreachable)


def _in_shares(
    con: duckdb.DuckDBPyConnection, program: Program, now: datetime, contact: pa.Table, folder: Path, *, whole: bool
) -> None:
    """Judge one share of the people after the other, and write a file of each: both at once would need twice the memory."""
    answer = folder / f"parts-{uuid4().hex}"
    answer.mkdir(mode=0o700)
    for number in range(shares.SHARES):
        with shares.share(engine.name_of(con), program, now, contact, number) as own:
            tables.save(own, _kept(tables.relation(own, program, now), whole=whole), answer / f"{number:02d}.parquet")
    profiles.note_parts(folder, answer.name)


def _fetched(now: datetime, only: str) -> Future[pa.Table]:
    return engine.fetched(contacts_sql(policies.in_force(), now) + only)


def _limit(con: duckdb.DuckDBPyConnection, contact: pa.Table, program: Program, now: datetime) -> None:
    con.register("contact", contact)
    tables.limit(con, program, now)


def _looked_at(program: Program) -> str:
    """Return the query that names what is asked of contacts besides what counts for everybody; "" where all is kept."""
    return program.queries["asked"] if place.current().simulated else ""


def _kept(judged: str, *, whole: bool) -> str:
    """Return the relation of the profiles that are kept: in a rehearsal, unless a night goes on from it `whole`, what is read there."""
    if whole or not place.current().simulated:
        return judged
    fields = (field.column for field in vocabulary.FEATURES.values())
    names = ", ".join(f'"{name}"' for name in dict.fromkeys((*publishing.READ, *fields, *_REHEARSED)))
    return f"(SELECT {names} FROM {judged})"


def compute(
    con: duckdb.DuckDBPyConnection,
    now: datetime,
    contact_id: int | None = None,
    *,
    incremental: bool = False,
    buckets: Collection[int] | None = None,
) -> None:
    """Make the relation `scored` from the view `events` and the contacts of PostgreSQL (or one of them, or some buckets').

    With `incremental`, features of contacts without new events come from the last scoring; the answer is the same.
    One contact is measured by the base's figures of the last scoring, where there was one.
    """
    program = current(now)
    if contact_id is None:
        memory = kept.remember(program, now, incremental=incremental)
        people(con, "" if buckets is None else groups.only(buckets), now=now)
        tables.aggregate(con, program, now, memory.query(con, buckets))
        if incremental:
            memory.keep(con)
    else:
        people(con, f" AND id = {contact_id:d}", now=now)
        tables.aggregate(con, program, now)
    if contact_id is not None and all((kept.folder() / f"{name}.parquet").exists() for name in program.figures):
        tables.recall(con, program, now, kept.folder())
    else:
        tables.measure(con, program, now)
    tables.judge(con, program, now)


def current(now: datetime, dialect: str = "duckdb") -> Program:
    """Return the program of the policies in force, by what is told at an instant."""
    covered = tuple(sorted(coverage.covered(now).items()))
    written = tuple(policy.model_dump_json(by_alias=True) for policy in policies.in_force())
    return programs.compiled(written, covered, dialect, models_in_force.named())


def people(con: duckdb.DuckDBPyConnection, only: str = "", *, now: datetime) -> None:
    """Show what scoring reads of PostgreSQL's contacts as `contact`; `only` is a further condition."""
    engine.load(con, "contact", contacts_sql(policies.in_force(), now) + only)


def contacts_sql(asked: Sequence[policies.PolicyDefinition], now: datetime, looked_at: str = "") -> str:
    """Return PostgreSQL's query of the contacts, with the wider columns only where the policies ask for them.

    With the query by which people are `looked_at`, texts that it does not name are left empty.
    """
    attributes = any("attributes." in policy.model_dump_json() for policy in asked)
    opens = any(criterion.reads_opens for policy in asked for criterion in policy.criteria.values())
    texts = (name if not looked_at or f'"{name}"' in looked_at else f"NULL::text AS {name}" for name in _TEXTS)
    return _CONTACTS.format(
        texts=", ".join(texts),
        unreachable=vocabulary.UNREACHABLE,
        attributes="attributes::text" if attributes else "'{}'",
        opens=vocabulary.OPENS_CONSENTED.format(now=moments.written(now, "postgres")) if opens else "false",
    )


@contextmanager
def _drafts() -> Iterator[Path]:
    """Give a folder beside the profiles for what a scoring writes; what is not moved from it is gone at the end."""
    path = kept.folder() / f"{uuid4().hex}.draft"
    path.mkdir(parents=True, mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _count(con: duckdb.DuckDBPyConnection, now: datetime) -> Scoring:
    by_state = con.execute("SELECT state, count(*) FROM scored GROUP BY 1 ORDER BY 1").fetchall()
    by_policy = con.execute("SELECT policy, count(*) FROM scored GROUP BY 1 ORDER BY 1").fetchall()
    return Scoring(now, sum(count for _, count in by_state), dict(by_state), dict(by_policy))
