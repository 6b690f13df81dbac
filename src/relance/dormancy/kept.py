"""Features kept from the last scoring: a night aggregates again only the contacts whose events changed.

What depends on today (recency, exposure, points) is never kept. Whatever could make the kept rows wrong makes a full
scoring: an earlier `now`, other policies, merged people, an import of old history, events dated in the future.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import duckdb
from django.conf import settings

from relance.core import database, place
from relance.events import engine, lake

REWRITTEN_ABOVE = 0.1  # of the contacts: with more changed since the file was written, it is written anew


@dataclass(frozen=True)
class Mark:
    """What the kept features were made from."""

    columns: str
    at: str
    below: int  # hot rows of earlier transactions are in them
    lake: int
    aliases: str  # which database, and its merged people
    future: bool


def _folder() -> Path:
    return Path(place.current().lake) / "_profiles"


def mark(columns: str, now: datetime, version: int) -> Mark:
    """Return the mark of features made now; taken before the events are read."""
    ((below, aliases),) = database.rows(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "
        "(SELECT count(*) || ' ' || coalesce(max(at)::text, '') FROM contact_alias)"
    )
    return Mark(columns, now.isoformat(), below, version, f"{lake.flush_name()} {aliases}", future=False)


def changed_since(present: Mark, now: datetime) -> list[int] | None:
    """Return the contacts whose features must be made again; None where all must."""
    try:
        kept = Mark(**json.loads((_folder() / "features.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None
    since = now - datetime.fromisoformat(kept.at)
    if (
        kept.future
        or (kept.columns, kept.aliases) != (present.columns, present.aliases)
        or not timedelta(0) <= since < timedelta(days=settings.RELANCE.hot_days)
        or not lake.only_flushed(kept.lake, present.lake)
        or not (_folder() / "features.parquet").exists()
    ):
        return None
    found = database.rows(
        "SELECT DISTINCT coalesce(survivor_id, contact_id) FROM event LEFT JOIN contact_alias ON loser_id = contact_id "
        "WHERE transaction >= %s::text::xid8",
        [kept.below],
    )
    return [contact for (contact,) in found]


def union(con: duckdb.DuckDBPyConnection, fresh: str, changed: list[int] | None) -> str:
    """Return the query of everybody's features: `fresh` ones (over the view `counted`), and the kept rest."""
    if changed is None:
        con.execute("CREATE VIEW counted AS FROM events")
        return fresh
    con.execute(f"CREATE TABLE changed AS SELECT unnest({changed!r}::BIGINT[]) AS contact_id")
    con.execute("CREATE VIEW counted AS SELECT * FROM events SEMI JOIN changed USING (contact_id)")
    kept = f"SELECT * FROM read_parquet({engine.literal(_folder() / 'features.parquet')}) ANTI JOIN changed USING (contact_id)"
    return f"({fresh}) UNION ALL BY NAME ({kept})"


def keep(con: duckdb.DuckDBPyConnection, present: Mark, changed: list[int] | None) -> None:
    """Write the features and their mark, unless little changed since they were written."""
    (people,) = con.execute("SELECT count(*) FROM feature").fetchone() or (0,)
    if changed is not None and len(changed) <= people * REWRITTEN_ABOVE:
        return
    later = f"SELECT coalesce(max(occurred_at) > TIMESTAMPTZ '{present.at}', false) FROM events"
    (future,) = con.execute(later).fetchone() or (False,)
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = _folder() / f"{uuid4().hex}.draft"
    (_folder() / "features.json").unlink(missing_ok=True)
    con.execute(f"COPY feature TO {engine.literal(draft)} (FORMAT parquet)")
    draft.replace(_folder() / "features.parquet")
    draft.write_text(json.dumps(asdict(present) | {"future": bool(future)}))
    draft.replace(_folder() / "features.json")
