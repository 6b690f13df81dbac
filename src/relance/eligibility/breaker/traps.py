"""Declared spam traps: addresses that nobody uses and blocklists watch. They are never written to, and tell of the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from relance.core import audit, database, ids
from relance.core.errors import InputError, RefusedError
from relance.eligibility.breaker import counting, limits
from relance.intake import sources

REASON = "trap"


def declare(path: Path, *, by: str, now: datetime) -> dict[str, int]:
    """Keep the addresses of a file (one a line, or the first column) as traps: hashes only, suppressed from now on.

    Messages sent to them lately count as hits of their journeys. Return how many were new, and how many hits they make.
    """
    if not by.strip():
        raise RefusedError("Declaring spam traps needs the name of a person. Give it; it is kept.")
    digests = [ids.digest(address) for address in _addresses(path)]
    with transaction.atomic():
        new = database.rows(
            """
            INSERT INTO declared_trap (digest, source, at) SELECT digest, %s, %s::timestamptz FROM unnest(%s::bytea[]) AS digest
            ON CONFLICT DO NOTHING RETURNING digest
            """,
            [path.name, now, digests],
        )
        database.execute(
            """
            INSERT INTO suppression (channel, digest, reason, at, source_id)
            SELECT 'email', digest, %s, %s::timestamptz, %s::integer FROM unnest(%s::bytea[]) AS digest ON CONFLICT DO NOTHING
            """,
            [REASON, now, sources.own_id(now), digests],
        )
        hits = _hit(_sent_to([bytes(digest) for (digest,) in new], now), now)
        audit.record("traps declared", path.name, now=now, actor=by.strip(), details={"new": len(new), "hits": hits})
    return {"new": len(new), "hits": hits}


def _addresses(path: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as text ({error}). Bring a file with one address a line.") from error
    cells = {line.replace(";", ",").partition(",")[0].strip().strip('"').lower() for line in lines}
    found = sorted(cell for cell in cells if "@" in cell)
    if not found:
        raise InputError(f"{path} holds no address. Write one address a line.")
    return found


def _sent_to(digests: Sequence[bytes], now: datetime) -> list[int]:
    """Return the messages of late that went to these."""
    since = now - timedelta(days=limits.in_force().watched_days)
    rows = database.rows(
        f"""
        SELECT m.id FROM contact_point cp JOIN message m ON m.contact_id = cp.contact_id AND m.contact_point_id = cp.id
        WHERE cp.channel = 'email' AND {ids.postgresql_digest("cp.value")} = ANY(%s::bytea[]) AND m.sent_at >= %s
        """,
        [list(digests), since],
    )
    return [message for (message,) in rows]


def note_refused(reasons: Mapping[int, Sequence[str]], now: datetime) -> int:
    """Count the messages (each with its people's suppressions) that the gate kept from a trap, once each."""
    caught = [message for message, suppressed in reasons.items() if REASON in suppressed]
    if not caught:
        return 0
    with transaction.atomic():
        return _hit(caught, now)


def _hit(message_ids: Sequence[int], now: datetime) -> int:
    """Count each message's hit once, however often it is told."""
    if not message_ids:
        return 0
    rows = database.rows(
        """
        INSERT INTO trap_hit (message_id, at) SELECT id, %s::timestamptz FROM unnest(%s::bigint[]) AS id
        ON CONFLICT DO NOTHING RETURNING message_id
        """,
        [now, list(message_ids)],
    )
    new = [message for (message,) in rows]
    counting.note("trap", new, now)
    return len(new)
