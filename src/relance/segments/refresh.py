"""Membership, kept by difference: only who enters and who leaves is written."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

import duckdb
from django.db import transaction

from relance.core import database
from relance.dormancy import profiles
from relance.dormancy.vocabulary import FEATURES
from relance.events import engine, lake
from relance.rules import Condition, duckdb_sql, event_types
from relance.rules.vocabulary import KINDS
from relance.segments.definitions import condition_of, in_order
from relance.segments.models import Segment, Size
from relance.segments.vocabulary import PEOPLE_AND_SEGMENTS

_EVENTS = re.compile(r"\bevents\b")


def run(now: datetime) -> int:
    """Refresh every segment, those that others refer to first; return how many people entered or left."""
    return _refresh_all(in_order(list(Segment.objects.order_by("id"))), now)


def one(name: str, now: datetime) -> int:
    """Refresh one segment, without waiting for the night; return how many people entered or left."""
    return _refresh_all(list(Segment.objects.filter(name=name)), now)


def _refresh_all(segments: list[Segment], now: datetime) -> int:
    if not segments:
        return 0
    conditions = [condition_of(segment.definition) for segment in segments]
    queries = [duckdb_sql(condition, now=now, vocabulary=PEOPLE_AND_SEGMENTS) for condition in conditions]
    attributes = any("attributes." in str(segment.definition) for segment in segments)
    types = set[str]().union(*map(event_types, conditions))
    with people(attributes=attributes, asked=" ".join(queries), types=types) as con:
        return sum(_refresh(con, segment, query, now) for segment, query in zip(segments, queries, strict=True))


def size(condition: Condition, now: datetime) -> int:
    """Return how many people meet the condition now."""
    with people(attributes=True, types=event_types(condition)) as con:
        found = con.execute(
            f"SELECT count(*) FROM ({duckdb_sql(condition, now=now, vocabulary=PEOPLE_AND_SEGMENTS)})"
        ).fetchone()
    return int(found[0]) if found else 0


@contextmanager
def people(
    *,
    attributes: bool,
    asked: str = "",
    buckets: Collection[int] | None = None,
    types: Collection[str] | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a DuckDB connection with `person` (contacts, standing, features), `events`, `segment` and `membership`.

    With `asked`, the queries that will be put to it, only the columns that they name are fetched, and no events where they
    name none; `types` are those of the events they ask for. With `buckets`, only the people of these buckets of the lake and
    what concerns them: a sample.
    """
    events = not asked or _EVENTS.search(asked)
    free = "attributes::text" if attributes else "'{}'"  # the widest column; read where a condition asks for it
    kept = PEOPLE_AND_SEGMENTS.person.replace("attributes", f"{free} AS attributes") + _only("contact.id", buckets)
    standing = engine.fetched(f"SELECT {', '.join(_named(asked))} FROM ({kept}) AS everything" if asked else kept)
    with engine.reading(buckets=buckets, types=types) if events else engine.connected() as con:
        con.register("standing", standing.result())
        engine.load(con, "segment", "SELECT id, name FROM segment")
        engine.load(
            con, "kept", f"SELECT segment_id, contact_id FROM membership WHERE true{_only('contact_id', buckets)}"
        )
        con.execute("CREATE TABLE membership AS FROM kept")
        con.execute(f"CREATE VIEW person AS SELECT standing.*, {_feature_columns()} FROM standing {_feature_join()}")
        yield con


def _named(asked: str) -> list[str]:
    """Return the columns of people, features apart, that queries name."""
    columns = (name for name in PEOPLE_AND_SEGMENTS.columns() if name not in FEATURES)
    return ["id", *(f'"{name}"' for name in columns if name != "id" and f'"{name}"' in asked)]


def _only(column: str, buckets: Collection[int] | None) -> str:
    """Return the condition that keeps to some buckets."""
    return "" if buckets is None else f" AND {column} % {lake.BUCKETS} IN ({', '.join(map(str, sorted(buckets)))})"


def _feature_columns() -> str:
    kinds = {name: KINDS[field.kind] for name, field in FEATURES.items()}
    source = "feature." if profiles.exist() else "NULL::"
    return ", ".join(
        f'{source}"{name}"' if source == "feature." else f'CAST(NULL AS {kind}) AS "{name}"'
        for name, kind in kinds.items()
    )


def _feature_join() -> str:
    return f"LEFT JOIN {profiles.relation()} AS feature ON feature.contact_id = standing.id" if profiles.exist() else ""


def _refresh(con: duckdb.DuckDBPyConnection, segment: Segment, query: str, now: datetime) -> int:
    """Write who enters and who leaves one segment, and keep the connection's memberships in step."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE found AS {query}")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE old AS SELECT contact_id FROM membership WHERE segment_id = {segment.id}"
    )
    entering = f"SELECT {segment.id}, id, '{now.isoformat()}' FROM found WHERE id NOT IN (FROM old)"
    leaving = "SELECT contact_id FROM old WHERE contact_id NOT IN (FROM found)"
    with transaction.atomic():
        entered = engine.to_postgresql(con, entering, "membership (segment_id, contact_id, since)")
        left = _remove(con, leaving, segment.id)
        _note_size(con, segment, (entered, left), now)
    con.execute(f"DELETE FROM membership WHERE segment_id = {segment.id}")
    con.execute(f"INSERT INTO membership SELECT {segment.id}, id FROM found")
    return entered + left


def _note_size(con: duckdb.DuckDBPyConnection, segment: Segment, moved: tuple[int, int], now: datetime) -> None:
    """Keep the segment's size, and the day's in its history; a day's refreshes add up."""
    found = con.execute("SELECT count(*) FROM found").fetchone()
    people = int(found[0]) if found else 0
    Segment.objects.filter(id=segment.id).update(refreshed_at=now, people=people)
    day, new = Size.objects.get_or_create(
        segment=segment, day=now.date(), defaults={"people": people, "entered": moved[0], "left": moved[1]}
    )
    if not new:
        day.people, day.entered, day.left = people, day.entered + moved[0], day.left + moved[1]
        day.save()


def _remove(con: duckdb.DuckDBPyConnection, query: str, segment: int) -> int:
    """Delete the memberships of the people the query names."""
    database.execute("CREATE TEMP TABLE leaving (contact_id bigint) ON COMMIT DROP")
    count = engine.to_postgresql(con, query, "leaving")
    if count:
        database.execute(
            "DELETE FROM membership m USING leaving l WHERE m.contact_id = l.contact_id AND m.segment_id = %s",
            [segment],
        )
    database.execute("DROP TABLE leaving")
    return count
