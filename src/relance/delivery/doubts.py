"""Messages that may or may not have left: listed for a person, who says what to do; never resent by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction

from relance.core import audit, database
from relance.delivery import happenings
from relance.delivery.happenings import Happening

Answer = Literal["sent", "resend", "drop"]


@dataclass(frozen=True)
class Doubt:
    """A message whose sending was cut off before its outcome was known."""

    message_id: int
    uuid: UUID
    contact_id: int
    step: str
    reason: str
    not_before: datetime


def unknowns(limit: int = 1000) -> list[Doubt]:
    """Return the messages in doubt, oldest first."""
    listed = database.rows(
        """
        SELECT id, uuid, contact_id, step, reason, not_before FROM message WHERE state = 'unknown' ORDER BY id LIMIT %s
        """,
        [limit],
    )
    return [Doubt(*row) for row in listed]


def resolve(message_ids: Sequence[int], answer: Answer, *, by: str, now: datetime) -> int:
    """Settle doubts as the person `by` says: it was sent, send it again, or let it go; return how many."""
    state = {"sent": "sent", "resend": "ready", "drop": "failed"}[answer]
    with transaction.atomic():
        settled = _settle(message_ids, state, f"resolved: {answer} ({by})", now)
        for message_id in settled:
            audit.record(f"message.{answer}", f"message {message_id}", now=now, actor=by)
    return len(settled)


def _settle(message_ids: Sequence[int], state: str, reason: str, now: datetime) -> list[int]:
    """Move those in doubt to `state`; write `message_sent` for those that were sent."""
    moved = database.rows(
        """
        UPDATE message
        SET state = %(state)s, reason = %(reason)s, worker = '',
            sent_at = CASE %(state)s WHEN 'sent' THEN %(now)s ELSE sent_at END
        WHERE id = ANY(%(ids)s::bigint[]) AND state = 'unknown'
        RETURNING id
        """,
        {"state": state, "reason": reason, "now": now, "ids": list(message_ids)},
    )
    settled = [message_id for (message_id,) in moved]
    if state == "sent":
        happenings.record("message_sent", [Happening(one, now) for one in settled], now=now)
    return settled
