"""What is told from when to when: a silence means something only over time that some source, or the warehouse, told of.

A live source (Relance's own sends, the warehouse) tells of a type until further notice. A file tells until its latest
event; the next file moves that on. Between two files nothing is known yet, so a telling counts as going on for some days
after its end (`RELANCE_COVERAGE_GRACE_DAYS`); later, silence of that type is unknown until somebody tells again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

from relance.core import database
from relance.events import warehouse

# In the place of a beginning: told once, no longer. One instant for all, so that what is compiled for it stays the same.
ENDED = datetime(9999, 1, 1, tzinfo=UTC)
ALWAYS = ("state_changed", "journey_sunset")  # done by Relance alone: before it was installed, it did nothing
OWN_TYPES = (
    "message_sent", "message_delivered", "message_clicked", "message_bounced", "message_complained", "message_unsubscribed",
)  # fmt: skip


@dataclass(frozen=True)
class Telling:
    """From when to when a source tells of a type; `until` None: it goes on telling."""

    type: str
    source: str
    since: datetime
    until: datetime | None


def covered(now: datetime) -> dict[str, datetime]:
    """Return since when each type is told without a gap up to `now`; `ENDED` where it was told once and no longer is.

    The one answer for scoring, conditions and measurement: sources and warehouse together.
    """
    return {kind: _of(found, now) for kind, found in _by_type().items()} | dict.fromkeys(
        ALWAYS, datetime(1970, 1, 1, tzinfo=UTC)
    )


def since(covered: Mapping[str, datetime], types: Iterable[str]) -> datetime | None:
    """Return since when silence of these types means silence; None where it means nothing.

    The types of one list stand for one thing (a purchase, wherever made): the earliest beginning among them counts, and
    one of them that was told once and no longer is leaves all of them unknown, since it may have happened there.
    """
    told = [covered[name] for name in types if name in covered]
    return None if not told or ENDED in told else min(told)


def over(covered: Mapping[str, datetime], types: Iterable[str]) -> bool:
    """Tell whether one of these types was told once and no longer is."""
    return any(covered.get(name) == ENDED for name in types)


def begun() -> dict[str, datetime]:
    """Return since when each type was ever told, whether or not it still is."""
    return {kind: min(one.since for one in found) for kind, found in _by_type().items()}


def until(now: datetime) -> dict[str, datetime]:
    """Return the end of what is told, at `now`, of each type that no source tells until further notice; earliest first."""
    found = {}
    for kind, tellings in _by_type().items():
        ends = [one.until for one in tellings if one.since <= now]
        closed = [end for end in ends if end is not None]
        if closed and len(closed) == len(ends):
            found[kind] = max(closed)
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))


def ended(now: datetime) -> dict[str, datetime]:
    """Return the types that nobody tells of any more, each with the instant until which it was told; earliest first."""
    return {kind: end for kind, end in until(now).items() if end + grace() < now}


def tellings() -> list[Telling]:
    """Return every source's telling, the warehouse's last, by type and then by beginning."""
    rows = database.rows(
        "SELECT type, source.name, since, until FROM coverage JOIN source ON source.id = source_id ORDER BY type, since"
    )
    name = warehouse.mapping().warehouse if warehouse.used() else ""
    more = [Telling(kind, name, start, None) for kind, start in warehouse.covered_since().items()]
    return [*(Telling(*row) for row in rows), *more]


def cover(source: int, since: Mapping[str, datetime], until: datetime | None = None) -> None:
    """Note that the source tells of each type since an instant, and until one; None: until further notice.

    An earlier beginning already noted stays, so does a later end, and who goes on telling has none.
    """
    database.execute(
        """
        INSERT INTO coverage (source_id, type, since, until)
        SELECT %s, told.*, %s FROM unnest(%s::text[], %s::timestamptz[]) AS told (type, since)
        ON CONFLICT (source_id, type) DO UPDATE SET since = least(coverage.since, excluded.since),
            until = CASE WHEN num_nulls(coverage.until, excluded.until) = 0 THEN greatest(coverage.until, excluded.until) END
        WHERE coverage.since > excluded.since OR coverage.until < excluded.until
              OR (coverage.until IS NOT NULL AND excluded.until IS NULL)
        """,
        [source, until, list(since), list(since.values())],
    )


def carry_on(source: str, event_type: str, until: datetime, *, types: Collection[str] = ()) -> datetime | None:
    """Move on to `until` what a file tells of, as what is known now of its end; return its former end, None where it had none.

    The types of one file end at one instant: the others among `types`, its own, that ended with this one go on with it.
    """
    ends: list[tuple[datetime, int]] = database.rows(
        """
        SELECT until, source_id FROM coverage JOIN source ON source.id = source_id
        WHERE source.name = %s AND type = %s AND until < %s
        """,
        [source, event_type, until],
    )
    if not ends:
        return None
    former, owner = ends[0]
    database.execute(
        "UPDATE coverage SET until = %s WHERE source_id = %s AND until = %s AND type = ANY(%s)",
        [until, owner, former, [event_type, *types]],
    )
    return former


def forget(source: str, event_type: str) -> bool:
    """Forget that a source ever told of a type, so that it decides nothing any more; tell whether it had."""
    return bool(
        database.execute(
            "DELETE FROM coverage USING source WHERE source.id = source_id AND source.name = %s AND type = %s",
            [source, event_type],
        )
    )


def whole_day(start: datetime) -> datetime:
    """Return the last instant of a day that begins at `start`: what is told until a day is told to its end."""
    return start + timedelta(days=1, microseconds=-1)


def grace() -> timedelta:
    """Return how long after its end a telling still counts as going on."""
    return timedelta(days=settings.RELANCE.coverage_grace_days)


def _by_type() -> dict[str, list[Telling]]:
    found: dict[str, list[Telling]] = {}
    for one in tellings():
        found.setdefault(one.type, []).append(one)
    return found


def _of(tellings: Collection[Telling], now: datetime) -> datetime:
    """Return since when one type is told up to `now`; else the beginning to come, else `ENDED`."""
    begun = sorted((one for one in tellings if one.since <= now), key=lambda one: one.since)
    if not begun:
        return min(one.since for one in tellings)
    start, end = begun[0].since, _end(begun[0])
    for one in begun[1:]:
        if one.since > end:
            start = one.since
        end = max(end, _end(one))
    return start if now <= end else ENDED


def _end(telling: Telling) -> datetime:
    return ENDED if telling.until is None else telling.until + grace()
