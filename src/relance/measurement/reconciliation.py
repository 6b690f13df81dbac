"""What the lake proves of a restored database: messages that look due and left already count as sent.

The lake is a folder of its own and is often newer than the database put back. Its `message_sent` events name messages:
one that the database still has by its uuid has left; one that the database lost left for that person, journey and step,
so what was written anew for the same step is not sent a second time. Both take their places under the caps and their money.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import duckdb
import structlog
from django.db import transaction
from django.db.models import F

from relance.core import database, place
from relance.core.errors import LakeError
from relance.delivery import happenings, restoration
from relance.delivery.happenings import Happening
from relance.eligibility import afterwards, gate
from relance.eligibility.afterwards import Left
from relance.events import engine, lake
from relance.outbox.pulse import Restoration

log = structlog.get_logger(__name__)
SLACK = timedelta(days=1)  # before the last sign of life: what was leaving then
UNSENT = "('ready', 'deferred', 'held', 'claimed', 'sending', 'unknown')"
WHY = "resolved: the history proves that it left"


def run(now: datetime) -> int:
    """Count as sent what the lake proves to have left, while a restoration is open; return how many messages."""
    if place.current().simulated:
        return 0
    found = restoration.open_one()
    if found is None or found.snapshot_at is None:
        return 0
    known = _sent_since(found.snapshot_at - SLACK)
    since = [one for one in known if one.at > found.snapshot_at]
    with transaction.atomic():
        by_name = _settle_named(known, now)
        by_step = _settle_lost(since)
        afterwards.take(_gone(since))
        Restoration.objects.filter(pk=found.pk).update(reconciled_at=now, proven=F("proven") + by_name + by_step)
    return by_name + by_step


def attempt(now: datetime) -> LakeError | None:
    """Do what `run` does before a person decides; return why the lake cannot be read, which must not prevent it."""
    try:
        run(now)
    except LakeError as error:
        log.warning("the lake cannot be read", error=str(error))
        return error
    return None


class Known(NamedTuple):
    """What the lake tells of a message that left."""

    uuid: UUID
    at: datetime
    contact_id: int
    journey_id: int | None
    step: str | None
    channel: str
    purpose: str


def _sent_since(since: datetime) -> list[Known]:
    """Return what the lake knows to have left since an instant.

    The files are read without the mark of the last flush, which a database put back does not understand.
    """
    files = lake.snapshot().of()
    if not files:
        return []
    con = engine.connect()
    try:
        told = con.execute(
            f"""
            SELECT reference::UUID, occurred_at, contact_id, (properties ->> '$.journey')::BIGINT, properties ->> '$.step',
                   coalesce(channel, 'email'), coalesce(properties ->> '$.purpose', '')
            FROM read_parquet({lake.literals(files)}, hive_partitioning = false)
            WHERE type = 'message_sent' AND occurred_at >= ? AND try_cast(reference AS UUID) IS NOT NULL
            """,
            [since],
        )
        return [Known(*row) for row in told.fetchall()]
    except duckdb.Error as error:
        raise LakeError(
            f"The event lake in {place.current().lake} cannot be read: {error}. Check RELANCE_LAKE and the folder."
        ) from error
    finally:
        con.close()


def _settle_named(known: Sequence[Known], now: datetime) -> int:
    """Settle the messages that the database has: each with the instant it left, and its event where that was lost."""
    found = database.rows(
        f"""
        SELECT m.id, m.contact_id, m.channel, m.purpose, m.journey_id, past.at
        FROM unnest(%s::uuid[], %s::timestamptz[], %s::bigint[]) AS past (uuid, at, contact_id)
        JOIN message m ON m.contact_id = past.contact_id AND m.uuid = past.uuid
        WHERE m.state IN {UNSENT}
        ORDER BY past.at, m.id FOR UPDATE OF m
        """,
        [[one.uuid for one in known], [one.at for one in known], [one.contact_id for one in known]],
    )
    moved = [Left(*row) for row in found]
    afterwards.take(moved)
    database.execute(
        f"""
        UPDATE message AS m SET state = 'sent', reason = '{WHY}', sent_at = past.at, worker = '', lease_until = NULL
        FROM unnest(%s::bigint[], %s::timestamptz[]) AS past (id, at) WHERE m.id = past.id
        """,
        [[one.message_id for one in moved], [one.at for one in moved]],
    )
    happenings.record("message_sent", [Happening(one.message_id, one.at) for one in moved], now=now)
    return len(moved)


def _settle_lost(known: Sequence[Known]) -> int:
    """Settle what was written anew for a step whose former message left in the gap and is not in the database any more.

    It takes no place: the former one does.
    """
    settled = database.rows(
        f"""
        UPDATE message AS m SET state = 'sent', reason = '{WHY}', sent_at = past.at, worker = '', lease_until = NULL
        FROM unnest(%s::uuid[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::text[])
             AS past (uuid, at, contact_id, journey_id, step)
        WHERE m.contact_id = past.contact_id AND m.journey_id = past.journey_id AND m.step = past.step
          AND m.state IN ('ready', 'deferred', 'held')
          AND NOT EXISTS (SELECT FROM message known WHERE known.contact_id = past.contact_id AND known.uuid = past.uuid)
        RETURNING m.id
        """,
        [[one[column] for one in known] for column in range(5)],
    )
    gate.release([message for (message,) in settled])
    return len(settled)


def _gone(known: Sequence[Known]) -> list[Left]:
    """Return what left in the gap and is not in the database any more, the first to leave first."""
    here = database.rows(
        """
        SELECT m.uuid FROM unnest(%s::uuid[], %s::bigint[]) AS past (uuid, contact_id)
        JOIN message m ON m.contact_id = past.contact_id AND m.uuid = past.uuid
        """,
        [[one.uuid for one in known], [one.contact_id for one in known]],
    )
    had = {uuid for (uuid,) in here}
    gone = sorted((one for one in known if one.uuid not in had), key=lambda one: (one.at, one.uuid))
    return [
        Left(afterwards.named(one.uuid), one.contact_id, one.channel, one.purpose, one.journey_id, one.at)
        for one in gone
    ]
