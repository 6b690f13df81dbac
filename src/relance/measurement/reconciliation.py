"""What the lake proves of a restored database: messages that look due and left already count as sent.

The lake is a folder of its own and is often newer than the database put back. Its `message_sent` events name messages:
one that the database still has by its uuid has left; one that the database lost left for that person, journey and step,
so what was written anew for the same step is not sent a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import structlog
from django.db import transaction
from django.db.models import F

from relance.core import database, place
from relance.core.errors import LakeError
from relance.delivery import happenings, restoration
from relance.delivery.happenings import Happening
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
    with transaction.atomic():
        by_name = _settle_named(known, now)
        by_step = _settle_lost([one for one in known if one[1] > found.snapshot_at])
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


def _sent_since(since: datetime) -> Sequence[tuple[Any, ...]]:
    """Return (uuid, instant, contact, journey, step) of what the lake knows to have left since an instant.

    The files are read without the mark of the last flush, which a database put back does not understand.
    """
    files = lake.snapshot().of()
    if not files:
        return []
    con = engine.connect()
    try:
        return con.execute(
            f"""
            SELECT reference, occurred_at, contact_id, (properties ->> '$.journey')::BIGINT, properties ->> '$.step'
            FROM read_parquet({lake.literals(files)}, hive_partitioning = false)
            WHERE type = 'message_sent' AND occurred_at >= ? AND reference IS NOT NULL
            """,
            [since],
        ).fetchall()
    except duckdb.Error as error:
        raise LakeError(
            f"The event lake in {place.current().lake} cannot be read: {error}. Check RELANCE_LAKE and the folder."
        ) from error
    finally:
        con.close()


def _settle_named(known: Sequence[tuple[Any, ...]], now: datetime) -> int:
    """Settle the messages that the database has: each with the instant it left, and its event where that was lost."""
    moved = database.rows(
        f"""
        UPDATE message AS m SET state = 'sent', reason = '{WHY}', sent_at = past.at, worker = '', lease_until = NULL
        FROM unnest(%s::uuid[], %s::timestamptz[], %s::bigint[]) AS past (uuid, at, contact_id)
        WHERE m.contact_id = past.contact_id AND m.uuid = past.uuid AND m.state IN {UNSENT}
        RETURNING m.id, m.sent_at
        """,
        [[row[0] for row in known], [row[1] for row in known], [row[2] for row in known]],
    )
    happenings.record("message_sent", [Happening(message, at) for message, at in moved], now=now)
    return len(moved)


def _settle_lost(known: Sequence[tuple[Any, ...]]) -> int:
    """Settle what was written anew for a step whose former message left in the gap and is not in the database any more."""
    return database.execute(
        f"""
        UPDATE message AS m SET state = 'sent', reason = '{WHY}', sent_at = past.at, worker = '', lease_until = NULL
        FROM unnest(%s::uuid[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::text[])
             AS past (uuid, at, contact_id, journey_id, step)
        WHERE m.contact_id = past.contact_id AND m.journey_id = past.journey_id AND m.step = past.step
          AND m.state IN ('ready', 'deferred', 'held')
          AND NOT EXISTS (SELECT FROM message known WHERE known.contact_id = past.contact_id AND known.uuid = past.uuid)
        """,
        [[row[column] for row in known] for column in range(5)],
    )
