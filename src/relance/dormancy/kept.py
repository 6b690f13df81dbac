"""Features kept from the last scoring: a night aggregates again only the contacts whose events changed.

What depends on today (recency, exposure, points) is never kept. Whatever could make the kept rows wrong makes a full
scoring: an earlier `now`, other policies, merged people, an import of old history, events dated in the future, a warehouse.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import duckdb
from django.conf import settings

from relance.core import database, place
from relance.dormancy.program import Program
from relance.events import engine, lake, warehouse
from relance.rules import moments

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


@dataclass
class Memory:
    """The features of one scoring: which contacts' are made again (None: all), and whether events lie in the future."""

    present: Mark
    fresh: str
    changed: list[int] | None
    future: bool = False

    def query(self, con: duckdb.DuckDBPyConnection, buckets: Collection[int] | None = None) -> str:
        """Return the query of the features of the people of these buckets, whose events the connection sees."""
        if self.changed is None:
            con.execute("CREATE VIEW counted AS FROM events")
            at = moments.written(datetime.fromisoformat(self.present.at))
            later = con.execute(f"SELECT coalesce(max(occurred_at) > {at}, false) FROM events").fetchone()
            self.future |= bool(later and later[0])
            return self.fresh
        con.execute(f"CREATE TABLE changed AS SELECT unnest({self.changed!r}::BIGINT[]) AS contact_id")
        con.execute("CREATE VIEW counted AS SELECT * FROM events SEMI JOIN changed USING (contact_id)")
        only = "" if buckets is None else f" WHERE contact_id % {lake.BUCKETS} IN ({', '.join(map(str, buckets))})"
        kept = f"SELECT * FROM read_parquet({engine.literal(_features())}){only}"
        return f"({self.fresh}) UNION ALL BY NAME (FROM ({kept}) ANTI JOIN changed USING (contact_id))"

    def keep(self, con: duckdb.DuckDBPyConnection, relation: str = "feature") -> None:
        """Write the features and their mark, unless little changed since they were written."""
        (people,) = con.execute(f"SELECT count(*) FROM {relation}").fetchone() or (0,)
        if warehouse.used() or (self.changed is not None and len(self.changed) <= people * REWRITTEN_ABOVE):
            return
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        draft, mark = folder() / f"{uuid4().hex}.draft", folder() / "features.json"
        mark.unlink(missing_ok=True)
        con.execute(f"COPY (FROM {relation}) TO {engine.literal(draft)} (FORMAT parquet)")
        draft.replace(_features())
        draft.write_text(json.dumps(asdict(self.present) | {"future": self.future}))
        draft.replace(mark)


def folder() -> Path:
    """Return the folder of what scorings keep."""
    return Path(place.current().lake) / "_profiles"


def _features() -> Path:
    return folder() / "features.parquet"


def remember(program: Program, now: datetime, *, incremental: bool = True) -> Memory:
    """Return what is known of everybody's features; taken before the events are read."""
    fresh = program.at("feature", now)
    present = mark(sha256(program.queries["feature"].encode()).hexdigest(), now, lake.snapshot().version)
    changed, future = changed_since(present, now) if incremental else (None, False)
    return Memory(present, fresh, changed, future)


def mark(columns: str, now: datetime, version: int) -> Mark:
    """Return the mark of features made now; taken before the events are read."""
    ((below, aliases),) = database.rows(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "
        "(SELECT count(*) || ' ' || coalesce(max(at)::text, '') FROM contact_alias)"
    )
    return Mark(columns, now.isoformat(), below, version, f"{lake.flush_name()} {aliases}", future=False)


def changed_since(present: Mark, now: datetime) -> tuple[list[int] | None, bool]:
    """Return the contacts whose features must be made again, None where all must; and whether some new event is to come."""
    try:
        kept = Mark(**json.loads((folder() / "features.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None, False
    since = now - datetime.fromisoformat(kept.at)
    if (
        kept.future
        or warehouse.used()
        or (kept.columns, kept.aliases) != (present.columns, present.aliases)
        or not timedelta(0) <= since < timedelta(days=settings.RELANCE.hot_days)
        or not lake.only_flushed(kept.lake, present.lake)
        or not _features().exists()
    ):
        return None, False
    found = database.rows(
        "SELECT coalesce(survivor_id, contact_id), max(occurred_at) > %s FROM event "
        "LEFT JOIN contact_alias ON loser_id = contact_id WHERE transaction >= %s::text::xid8 GROUP BY 1",
        [now, kept.below],
    )
    return [contact for contact, _ in found], any(later for _, later in found)
