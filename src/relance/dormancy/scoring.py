"""Scoring: everybody's features and state at an instant, kept in the lake; what changed, written to PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import duckdb
import ibis
from django.db import transaction
from ibis.expr import datatypes as kinds

from relance.core import database, place
from relance.dormancy import features, kept, policies, states
from relance.events import engine, lake
from relance.intake import sources
from relance.rules import CONTACTS, moments

_CONTACTS = """
    SELECT id, language, country, city, postcode, kind, company, site, external_id, first_seen_at, {attributes} AS attributes,
           NOT EXISTS (SELECT 1 FROM contact_point p WHERE p.contact_id = contact.id AND p.valid IS NOT FALSE) AS unreachable
    FROM contact WHERE erased_at IS NULL
"""

# Value bands: of all buyers, the upper fifth by revenue is high, the next three tenths medium.
_BANDS = "SELECT quantile_cont(revenue, 0.8), quantile_cont(revenue, 0.5) FROM person WHERE orders > 0"

_SCORED = f"""
    CREATE VIEW scored AS
    SELECT id AS contact_id, person.* EXCLUDE (id, attributes, {", ".join(f"slot_{n}" for n in range(24 // features.SLOT_HOURS))}),
           standing.* EXCLUDE (contact_id),
           CASE WHEN orders = 0 THEN 'none' WHEN revenue >= {{high}} THEN 'high' WHEN revenue >= {{medium}} THEN 'medium'
           ELSE 'low' END AS value_band
    FROM person JOIN standing ON standing.contact_id = person.id
"""

_STANDING = (
    "contact_id, policy, state, state_since, points, value_band, last_purchase_at, last_engagement_at, last_legal_contact_at, "
    "false_inactive, out_of_target, unreachable, scored_at"
)
_WATCHED = (
    "policy", "state", "points", "value_band", "last_purchase_at", "last_engagement_at", "last_legal_contact_at",
    "false_inactive", "out_of_target", "unreachable",
)  # fmt: skip


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
    """Return the file that holds the features and states of the last scoring."""
    return Path(place.current().lake) / "_profiles" / "profiles.parquet"


def run(now: datetime) -> int:
    """Score everybody at `now`; return the number of people whose standing changed."""
    return score(now).changed


def score(now: datetime, *, write: bool = True) -> Scoring:
    """Score everybody at `now`. A look back before the last scoring is shown and not written; `written` tells."""
    ((last,),) = database.rows("SELECT max(scored_at) FROM profile")
    with engine.reading() as con:
        compute(con, now, incremental=True)
        found = _count(con, now)
        if not write or (last is not None and now < last):
            return found
        _keep(con)
        changed, moved = _publish(con, now)
    return Scoring(found.as_of, found.people, found.states, found.policies, changed, moved, written=True)


def compute(
    con: duckdb.DuckDBPyConnection, now: datetime, contact_id: int | None = None, *, incremental: bool = False
) -> None:
    """Make the relation `scored` from the view `events` and the contacts of PostgreSQL (or one of them).

    With `incremental`, features of contacts without new events come from the last scoring; the answer is the same.
    """
    found = policies.in_force()
    attributes = "attributes::text" if any("attributes." in policy.model_dump_json() for policy in found) else "'{}'"
    only = f" AND id = {contact_id:d}" if contact_id is not None else ""
    engine.load(con, "contact", _CONTACTS.format(attributes=attributes) + only)
    covered = tuple(sorted(sources.covered_since().items()))
    (_, fresh), *steps = _compiled(tuple(policy.model_dump_json(by_alias=True) for policy in found), covered)
    present = kept.mark(sha256(fresh.encode()).hexdigest(), now, lake.snapshot().version)
    changed = kept.changed_since(present, now) if incremental else None
    con.execute(f"CREATE TABLE feature AS {kept.union(con, moments.fill(fresh, now), changed)}")
    if incremental:
        kept.keep(con, present, changed)
    for name, query in steps:
        kind = "VIEW" if name == "person" else "TABLE"  # wide: each reader computes the columns it needs
        con.execute(f"CREATE {kind} {name} AS {moments.fill(query, now)}")
    high, medium = con.execute(_BANDS).fetchone() or (None, None)
    con.execute(_SCORED.format(high=high or 0, medium=medium or 0))


@lru_cache(maxsize=16)
def _compiled(written: tuple[str, ...], covered: tuple[tuple[str, datetime], ...]) -> list[tuple[str, str]]:
    """Return the tables to make, in order, each with its query, moments still named.

    Each query reads the table before it: nested into one they would repeat each other's expressions and take DuckDB
    longer to plan than to run on a small base.
    """
    found = [policies.PolicyDefinition.model_validate_json(text) for text in written]
    aggregated = features.aggregated(found)
    contact = ibis.table(
        {**CONTACTS.columns(), "attributes": kinds.JSON(binary=True), "unreachable": "boolean"}, name="contact"
    )
    feature = ibis.table(aggregated.schema(), name="feature")
    exposed = features.exposed(found)
    exposed = ibis.table({"contact_id": "int64"}, name="feature") if exposed is None else exposed
    received = ibis.table(exposed.schema(), name="received")
    joined = contact.left_join(feature, contact.id == feature.contact_id).drop("contact_id")
    person = features.described(joined.left_join(received, joined.id == received.contact_id).drop("contact_id"))
    steps = [("feature", aggregated), ("received", exposed), ("person", person)]
    asked = states.asked(ibis.table(person.schema(), name="person"), found, dict(covered))
    tallied = states.tallied(ibis.table(asked.schema(), name="asked"), found)
    reached = states.reached(ibis.table(tallied.schema(), name="tallied"), found)
    standing = states.standing(ibis.table(reached.schema(), name="reached"), found)
    inner = (("asked", asked), ("tallied", tallied), ("reached", reached))
    chain = ", ".join(f"{name} AS MATERIALIZED ({ibis.to_sql(table, dialect='duckdb')})" for name, table in inner)
    queries = [(name, str(ibis.to_sql(table, dialect="duckdb"))) for name, table in steps]
    return [*queries, ("standing", f"WITH {chain} {ibis.to_sql(standing, dialect='duckdb')}")]


def _count(con: duckdb.DuckDBPyConnection, now: datetime) -> Scoring:
    by_state = con.execute("SELECT state, count(*) FROM standing GROUP BY 1 ORDER BY 1").fetchall()
    by_policy = con.execute("SELECT policy, count(*) FROM standing GROUP BY 1 ORDER BY 1").fetchall()
    return Scoring(now, sum(count for _, count in by_state), dict(by_state), dict(by_policy))


def _keep(con: duckdb.DuckDBPyConnection) -> None:
    """Write the features beside the lake, at once or not at all."""
    path = profiles_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{uuid4().hex}.draft")
    con.execute(f"COPY scored TO {engine.literal(draft)} (FORMAT parquet)")
    draft.replace(path)


def _publish(con: duckdb.DuckDBPyConnection, now: datetime) -> tuple[int, int]:
    """Write the standings that changed to PostgreSQL, with one event for each change of state.

    A first standing is no change: importing a base says nothing about when its people went quiet.
    """
    engine.load(con, "profile")
    differs = " OR ".join(f"old.{name} IS DISTINCT FROM new.{name}" for name in _WATCHED)
    since = f"CASE WHEN old.state = new.state THEN old.state_since ELSE TIMESTAMPTZ '{now.isoformat()}' END"
    columns = ", ".join(
        since if name == "state_since" else f"'{now.isoformat()}'" if name == "scored_at" else f"new.{name}"
        for name in _STANDING.split(", ")
    )
    joined = "scored new LEFT JOIN profile old USING (contact_id)"
    changed = f"SELECT {columns} FROM {joined} WHERE old.contact_id IS NULL OR {differs} ORDER BY 1"
    with transaction.atomic():
        ((known,),) = database.rows("SELECT EXISTS (SELECT 1 FROM profile)")
        if not known:
            return engine.to_postgresql(con, changed, f"profile ({_STANDING})", _TEXTS), 0
        database.execute("CREATE TEMP TABLE standing (LIKE profile) ON COMMIT DROP")
        engine.to_postgresql(con, changed, f"standing ({_STANDING})", _TEXTS)
        moved = database.execute(_CHANGES, {"source": sources.own_id(now), "now": now})
        written = database.execute(_UPSERT)
        database.execute("DROP TABLE standing")
    return written, moved


_TEXTS = ", FORCE_NOT_NULL (policy, value_band)"

_CHANGES = """
    INSERT INTO event (contact_id, source_id, type, occurred_at, reference, properties, recorded_at)
    SELECT s.contact_id, %(source)s, 'state_changed', %(now)s, 'state/' || to_char(%(now)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'),
           jsonb_build_object('from', p.state, 'to', s.state, 'policy', s.policy, 'points', s.points), %(now)s
    FROM standing s JOIN profile p USING (contact_id) WHERE p.state <> s.state
    ON CONFLICT DO NOTHING
"""

_UPSERT = f"""
    INSERT INTO profile ({_STANDING}) SELECT {_STANDING} FROM standing
    ON CONFLICT (contact_id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _STANDING.split(", ")[1:])}
"""
