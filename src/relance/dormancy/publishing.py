"""What changed, written to PostgreSQL: standings that differ, and one event for each change of state."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa
from django.db import transaction

from relance.core import database
from relance.dormancy import profiles
from relance.events import engine
from relance.intake import sources

_STANDING = (
    "contact_id, policy, state, state_since, points, value_band, last_purchase_at, last_engagement_at, last_legal_contact_at, "
    "false_inactive, out_of_target, unreachable, preferred_hour, scored_at"
)
_WATCHED = (
    "policy", "state", "points", "value_band", "last_purchase_at", "last_engagement_at", "last_legal_contact_at",
    "false_inactive", "out_of_target", "unreachable", "preferred_hour",
)  # fmt: skip
READ = ("contact_id", *_WATCHED, "since", "reason")  # columns of `scored` that `publish` reads
STANDINGS = "SELECT * FROM profile"
_TEXTS = ", FORCE_NOT_NULL (policy, value_band)"

_CHANGES = """
    INSERT INTO event (contact_id, source_id, type, occurred_at, reference, properties, recorded_at)
    SELECT s.contact_id, %(source)s, 'state_changed', %(now)s, 'state/' || to_char(%(now)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'),
           jsonb_strip_nulls(jsonb_build_object(
             'from', p.state, 'to', s.state, 'policy', s.policy, 'points', s.points, 'reason', s.reason)), %(now)s
    FROM standing s JOIN profile p USING (contact_id) WHERE p.state <> s.state
    ON CONFLICT DO NOTHING
"""

_UPSERT = f"""
    INSERT INTO profile ({_STANDING}) SELECT {_STANDING} FROM standing
    ON CONFLICT (contact_id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _STANDING.split(", ")[1:])}
"""


def publish(
    con: duckdb.DuckDBPyConnection, now: datetime, judged: str = "", standings: pa.Table | None = None
) -> tuple[int, int]:
    """Write the standings of the relation `scored` that changed; return how many, and how many changed their state.

    `judged` is a relation of the people who alone can have changed since the last scoring that was written, if that is known;
    `standings` are those PostgreSQL has, where they were fetched already.

    A first standing is no change: importing a base says nothing about when its people went quiet. A state dates from
    the instant at which the silences came true, where they tell, however late the files that tell of them came in.
    """
    ((known,),) = database.rows("SELECT EXISTS (SELECT 1 FROM profile)")
    if judged and profiles.published() == sign():
        con.execute(f"CREATE VIEW standing_now AS FROM scored SEMI JOIN {judged} USING (contact_id)")
        ids = con.execute(f"FROM {judged}").fetchnumpy()["contact_id"].tolist()
        engine.load(con, "profile", f"SELECT * FROM profile WHERE contact_id = ANY('{{{','.join(map(str, ids))}}}')")
    else:
        con.execute("CREATE VIEW standing_now AS FROM scored")
        con.register("profile", engine.from_postgresql(STANDINGS) if standings is None else standings)
    with transaction.atomic():
        if not known:
            return engine.to_postgresql(con, _changed(con, now), f"profile ({_STANDING})", _TEXTS), 0
        database.execute("CREATE TEMP TABLE standing (LIKE profile, reason text) ON COMMIT DROP")
        engine.to_postgresql(con, _changed(con, now, ", new.reason"), f"standing ({_STANDING}, reason)", _TEXTS)
        moved = database.execute(_CHANGES, {"source": sources.own_id(now), "now": now})
        written = database.execute(_UPSERT)
        database.execute("DROP TABLE standing")
    return written, moved


def sign() -> list[str]:
    """Return what PostgreSQL's standings look like, in a word: whether another scoring, or a loss, came in between."""
    ((people, last),) = database.rows("SELECT count(*), max(scored_at) FROM profile")
    return [str(people), str(last)]


def _changed(con: duckdb.DuckDBPyConnection, now: datetime, more: str = "") -> str:
    """Return the query of the standings that differ from those PostgreSQL has."""
    at = f"TIMESTAMPTZ '{now.isoformat()}'"
    # Who wakes up in part does so now; who cools cannot have begun before the last purchase.
    told = "CASE WHEN new.state = 'cooling' THEN greatest(new.since, new.last_purchase_at) ELSE new.since END"
    since = f"""CASE WHEN old.state = new.state THEN old.state_since
                WHEN old.state IN ('dormant', 'very_dormant') AND new.state <> 'very_dormant' THEN {at}
                ELSE least({told}, {at}) END"""
    columns = ", ".join(
        since if name == "state_since" else f"'{now.isoformat()}'" if name == "scored_at" else f"new.{name}"
        for name in _STANDING.split(", ")
    )
    differs = " OR ".join(f"old.{name} IS DISTINCT FROM new.{name}" for name in _WATCHED)
    joined = "standing_now new LEFT JOIN profile old USING (contact_id)"
    return f"SELECT {columns}{more} FROM {joined} WHERE old.contact_id IS NULL OR {differs} ORDER BY 1"
