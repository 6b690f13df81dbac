"""Whom a preference page speaks to: the person a message went to, found through merges, and the address it went to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from relance.core import database


@dataclass(frozen=True)
class Recipient:
    """The person and the address of a message; `erased`: nothing of the person is kept any more."""

    message_id: int
    message_uuid: UUID
    contact_id: int
    contact_uuid: UUID | None
    erased: bool
    language: str
    point_id: int | None  # None: which address it went to is not known
    address: str
    disowned: bool  # somebody said that the address is not theirs
    paused_until: datetime | None
    fewer: bool
    sender: str  # whom the message came from


# A message not yet `sending` does not know its address, and then only a single one is sure.
_FIND = """
    SELECT m.id, m.uuid, coalesce(c.id, 0), c.uuid, c.id IS NULL OR c.erased_at IS NOT NULL, coalesce(c.language, ''),
           point.id, coalesce(point.value, ''), coalesce(point.reason = 'not_theirs', false), c.paused_until,
           c.fewer_since IS NOT NULL, m.sender
    FROM message m
    LEFT JOIN contact_alias a ON a.loser_id = m.contact_id
    LEFT JOIN contact c ON c.id = coalesce(a.survivor_id, m.contact_id)
    LEFT JOIN LATERAL (
        SELECT min(id) AS id FROM contact_point WHERE contact_id = c.id AND channel = 'email' HAVING count(*) = 1
    ) single ON true
    LEFT JOIN LATERAL (
        SELECT id, value, reason FROM contact_point p
        WHERE p.contact_id = c.id AND p.channel = 'email' AND p.id IN (m.contact_point_id, single.id)
        ORDER BY p.id = m.contact_point_id DESC NULLS LAST LIMIT 1
    ) point ON true
    WHERE m.id = %s AND m.uuid = %s
"""


def find(message_id: int, message_uuid: UUID) -> Recipient | None:
    """Return the recipient of that very message; None where the message is not known."""
    found = database.rows(_FIND, [message_id if message_id < 2**63 else 0, message_uuid])
    return Recipient(*found[0]) if found else None
