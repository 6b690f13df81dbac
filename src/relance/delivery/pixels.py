"""Whether a mail may tell that it was opened: where the person consented to it, or for the day of the last open alone.

CNIL, deliberation 2026-042 of 12 March 2026: reading openings per person takes a consent of its own, which mailing consent
is not. Exempt is the date of the last open alone, overwritten, of mails that a private person asked for, used only to stop
mailing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings

from relance.core import database
from relance.eligibility import permission


def exempt(contact: str, at: str, topic: str) -> str:
    """Return the SQL that is true where the day of the last open may be kept: a private person who asked for the mails."""
    private = f"(SELECT kind = 'b2c' AND erased_at IS NULL FROM contact WHERE contact.id = {contact})"
    return f"({private} AND {permission.opted_in(contact, at, topic, channel='email')})"


def consenting(message_ids: Collection[int], now: datetime) -> set[int]:
    """Return which of these messages went to people who consent now to having openings read."""
    return _of(message_ids, now, permission.tracked("m.contact_id", "m.now"))


def wanted(message_ids: Collection[int], now: datetime) -> set[int]:
    """Return which of these messages may hold an image that tells of their opening."""
    if not settings.RELANCE.last_open_day:
        return consenting(message_ids, now)
    return _of(
        message_ids,
        now,
        f"{permission.tracked('m.contact_id', 'm.now')} OR {exempt('m.contact_id', 'm.now', 'm.topic')}",
    )


def _of(message_ids: Collection[int], now: datetime, condition: str) -> set[int]:
    rows = database.rows(
        f"""
        SELECT m.id FROM (SELECT id, contact_id, topic, %(now)s::timestamptz AS now FROM message
                          WHERE id = ANY(%(ids)s::bigint[])) m
        WHERE {condition}
        """,
        {"ids": list(message_ids), "now": now},
    )
    return {message for (message,) in rows}
