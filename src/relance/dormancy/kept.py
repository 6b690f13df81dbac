"""Features kept from the last scoring: a night counts the new events alone and adds them to what is kept.

Counts and sums add up, first and last events are the least and the greatest. Who has events told late is counted again
from her whole history. What depends on today (recency, exposure, points) is never kept. Whatever else could make the kept
rows wrong makes a full scoring: an earlier `now`, other policies, merged people, an import of old history, events dated in
the future, a warehouse.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from relance.core import database, place
from relance.core.files import link
from relance.dormancy.program import Program
from relance.events import engine, lake, warehouse
from relance.events.schemas import PURCHASES
from relance.rules import moments

LARGE, FEW_BUCKETS = (
    100_000,
    lake.BUCKETS // 2,
)  # people, and buckets: opening another connection costs a small base more
SINGLE, MARK = "features.parquet", "features.json"
REWRITTEN_ABOVE = 0.1  # of the contacts: with more changed since the file was written, it is written anew

_NEW = """
    SELECT coalesce(survivor_id, contact_id) AS contact_id, type, occurred_at, amount::text AS amount, channel,
           reference IS NOT NULL AND occurred_at < recorded_at - make_interval(days => {days}) AS late
    FROM event LEFT JOIN contact_alias ON loser_id = contact_id WHERE transaction >= '{below}'::xid8
"""

_NEW_TABLE = """
    CREATE TABLE new_event AS
    SELECT contact_id, type, occurred_at, amount::DECIMAL(18,4) AS amount, channel, late FROM new_row {only}
"""

# A day on which she may have bought before would count twice; an event told late may be one that the lake has.
_RECOUNTED = """
    CREATE TABLE recounted AS
    SELECT contact_id FROM new_event WHERE late
    UNION SELECT unnest({uncertain}::BIGINT[])
    UNION SELECT contact_id FROM new_event JOIN kept_feature USING (contact_id)
          WHERE type IN ({purchases}) AND epoch_us(occurred_at) // 86400000000 <= epoch_us(last_purchase_at) // 86400000000
    {more}
"""

_COLUMNS = "contact_id, type, occurred_at, amount, channel"
_AGAIN = f"CREATE TABLE again AS SELECT {_COLUMNS} FROM {{events}}"
_COUNTED = f"CREATE VIEW counted AS SELECT {_COLUMNS} FROM new_event ANTI JOIN recounted USING (contact_id) UNION ALL FROM again"

_MERGED = """
    SELECT contact_id, {merged} FROM fresh LEFT JOIN (FROM kept_feature ANTI JOIN recounted USING (contact_id)) AS old USING (contact_id)
    UNION ALL BY NAME FROM kept_feature ANTI JOIN (SELECT contact_id FROM fresh UNION FROM recounted) USING (contact_id)
"""


@dataclass(frozen=True)
class Mark:
    """What the kept features were made from."""

    columns: str
    at: str
    below: int  # hot rows of earlier transactions are in them
    lake: int
    aliases: str  # which database, and its merged people
    future: bool
    uncertain: tuple[int, ...] = ()  # contacts of whose events after `below` some may be in them
    folder: str = ""  # of the files they are in, where there are several


@dataclass
class Memory:
    """The features of one scoring: what is new since those kept (None: everything is counted), and who is counted again."""

    present: Mark
    fresh: str
    new: pa.Table | None = None
    uncertain: tuple[int, ...] = ()
    future: bool = False
    touched: int = 0

    def query(
        self,
        con: duckdb.DuckDBPyConnection,
        buckets: Collection[int] | None = None,
        recounted: str = "",
        shown: Callable[[], object] = lambda: None,
    ) -> str:
        """Return the query of the features of the people of these buckets, whose events the connection sees once they are `shown`.

        Where something is kept, the tables `new_event`, `recounted` (the people counted again from all their events, and
        those of the query `recounted`), `again` (these events) and `fresh` tell what is not.
        """
        if self.new is None:
            shown()
            con.execute("CREATE VIEW counted AS FROM events")
            at = moments.written(datetime.fromisoformat(self.present.at))
            later = con.execute(f"SELECT EXISTS (FROM events WHERE occurred_at > {at})").fetchone()
            self.future |= bool(later and later[0])
            return self.fresh
        self._count_new(con, self.new, buckets, f"UNION {recounted}" if recounted else "", shown)
        names = [name for name, *_ in con.execute("DESCRIBE fresh").fetchall() if name != "contact_id"]
        return _MERGED.format(merged=", ".join(_merged(name) for name in names))

    def _count_new(
        self,
        con: duckdb.DuckDBPyConnection,
        new: pa.Table,
        buckets: Collection[int] | None,
        more: str,
        shown: Callable[[], object],
    ) -> None:
        """Make `fresh`, the features of the new events and of who is counted again, beside those kept."""
        only = "" if buckets is None else f"WHERE contact_id % {lake.BUCKETS} IN ({', '.join(map(str, buckets))})"
        con.execute(f"CREATE VIEW kept_feature AS FROM read_parquet({engine.literal(_features(marked()))}) {only}")
        con.register("new_row", new)
        con.execute(_NEW_TABLE.format(only=only))
        con.unregister("new_row")
        uncertain = [one for one in self.uncertain if buckets is None or one % lake.BUCKETS in buckets]
        purchases = ", ".join(f"'{name}'" for name in PURCHASES)
        con.execute(_RECOUNTED.format(uncertain=uncertain, purchases=purchases, more=more))
        self._read_again(con, shown)
        con.execute(_COUNTED)
        con.execute(f"CREATE TABLE fresh AS {self.fresh}")
        (touched,) = con.execute("SELECT count(*) FROM fresh").fetchone() or (0,)
        self.touched += touched

    def _read_again(self, con: duckdb.DuckDBPyConnection, shown: Callable[[], object]) -> None:
        """Make the table `again` of all events of who is counted again; of few people, from the few buckets that hold them."""
        found = [contact for (contact,) in con.execute("SELECT contact_id FROM recounted").fetchall()]
        (people,) = con.execute("SELECT count(*) FROM kept_feature").fetchone() or (0,)
        if not found or people < LARGE or len({contact % lake.BUCKETS for contact in found}) > FEW_BUCKETS:
            if found:
                shown()
            source = "events SEMI JOIN recounted USING (contact_id)" if found else "new_event LIMIT 0"
            con.execute(_AGAIN.format(events=source))
            return
        with engine.reading(contacts=found) as own:
            con.register("event_again", own.execute(f"SELECT {_COLUMNS} FROM events").to_arrow_table())
        con.execute(_AGAIN.format(events="event_again"))
        con.unregister("event_again")

    def keep(self, con: duckdb.DuckDBPyConnection, *, always: bool = False) -> None:
        """Write the table `feature` and its mark, unless little changed since it was written (and not `always`)."""
        if not (always or self._much(con, "feature")) or warehouse.used():
            return
        made, draft = self._begun(), folder() / f"{uuid4().hex}.draft"
        con.execute(f"COPY (FROM feature) TO {engine.literal(draft)} ({engine.PARQUET})")
        draft.replace(folder() / SINGLE)
        self._mark(made)

    def keep_files(self, con: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
        """Keep the features as the files in which they are, by links, unless little changed since they were written."""
        if not self._much(con, f"read_parquet({lake.literals(files)})") or warehouse.used():
            return
        made = replace(self._begun(), folder=f"features-{uuid4().hex}")
        (folder() / made.folder).mkdir(mode=0o700)
        for file in files:
            link(file, folder() / made.folder / file.name)
        self._mark(made)

    def _much(self, con: duckdb.DuckDBPyConnection, relation: str) -> bool:
        """Tell whether more changed since the features were written than is worth adding to them every night."""
        (people,) = con.execute(f"SELECT count(*) FROM {relation}").fetchone() or (0,)
        return self.new is None or self.touched > people * REWRITTEN_ABOVE

    def _begun(self) -> Mark:
        """Take the mark of what was kept away and return that of what will be."""
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder() / MARK).unlink(missing_ok=True)
        return replace(self.present, future=self.future, uncertain=_since(self.present.below))

    def _mark(self, made: Mark) -> None:
        """Write the mark of the features that are there now, and remove those before."""
        draft = folder() / f"{uuid4().hex}.draft"
        draft.write_text(json.dumps(asdict(made)))
        draft.replace(folder() / MARK)
        for old in folder().glob("features-*"):
            if old.name != made.folder:
                shutil.rmtree(old, ignore_errors=True)
        if made.folder:
            (folder() / SINGLE).unlink(missing_ok=True)


def _merged(name: str) -> str:
    """Return the expression of a column of both: kept, and of the new events."""
    if name.startswith("first_"):
        return f'least(old."{name}", fresh."{name}") AS "{name}"'
    if name.startswith("last_"):
        return f'greatest(old."{name}", fresh."{name}") AS "{name}"'
    return f'coalesce(old."{name}" + fresh."{name}", fresh."{name}", old."{name}") AS "{name}"'


def _since(below: int) -> tuple[int, ...]:
    """Return the contacts with events of transactions from that one on: most nights none, read after the events."""
    found = database.rows(
        "SELECT DISTINCT coalesce(survivor_id, contact_id) FROM event LEFT JOIN contact_alias ON loser_id = contact_id "
        "WHERE transaction >= %s::text::xid8 ORDER BY 1",
        [below],
    )
    return tuple(contact for (contact,) in found)


def folder() -> Path:
    """Return the folder of what scorings keep."""
    return Path(place.current().lake) / "_profiles"


def _features(mark: Mapping[str, Any]) -> Path:
    """Return the file of the kept features, or the pattern of their files."""
    return folder() / mark["folder"] / "*.parquet" if mark.get("folder") else folder() / SINGLE


def marked() -> dict[str, Any]:
    """Return the mark of the kept features as it is written; empty where nothing is kept."""
    try:
        found: dict[str, Any] = json.loads((folder() / MARK).read_text())
    except (OSError, ValueError):
        return {}
    return found


def remember(program: Program, now: datetime, *, incremental: bool = True) -> Memory:
    """Return what is known of everybody's features; taken before the events are read."""
    fresh = program.at("feature", now)
    present = mark(sha256(program.queries["feature"].encode()).hexdigest(), now, lake.snapshot().version)
    old = usable(present, now) if incremental else None
    if old is None:
        return Memory(present, fresh)
    new = engine.from_postgresql(_NEW.format(days=settings.RELANCE.hot_days, below=old.below))
    last = pc.max(new["occurred_at"]).as_py()
    future = last is not None and last > now
    return Memory(present, fresh, new, tuple(old.uncertain), future)


def mark(columns: str, now: datetime, version: int) -> Mark:
    """Return the mark of features made now; taken before the events are read."""
    ((below, aliases),) = database.rows(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "
        "(SELECT count(*) || ' ' || coalesce(max(at)::text, '') FROM contact_alias)"
    )
    return Mark(columns, now.isoformat(), below, version, f"{lake.flush_name()} {aliases}", future=False)


def usable(present: Mark, now: datetime) -> Mark | None:
    """Return the mark of the kept features where new events can be added to them, else None."""
    try:
        kept = Mark(**marked())
    except TypeError:
        return None
    since = now - datetime.fromisoformat(kept.at)
    if (
        kept.future
        or warehouse.used()
        or (kept.columns, kept.aliases) != (present.columns, present.aliases)
        or kept.below > present.below  # a database set back to an earlier day
        or not timedelta(0) <= since < timedelta(days=settings.RELANCE.hot_days)
        or not lake.only_flushed(kept.lake, present.lake)
        or not (folder() / (kept.folder or SINGLE)).exists()
    ):
        return None
    return kept
