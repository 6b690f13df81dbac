"""When a mail counts as delivered: accepted by the server, and no bounce came back within the hours the setting names.

Acceptance is not the inbox: where a mailbox provider put the mail is unknown without seed lists.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from relance.core import database
from relance.delivery import happenings
from relance.delivery.happenings import Happening

_AT_ONCE = 20_000


def settle(now: datetime) -> int:
    """Mark as delivered the mails sent `delivered_hours` ago that did not come back; return how many; a stage."""
    done = 0
    while moved := _settle_some(now):
        done += moved
    return done


def _settle_some(now: datetime) -> int:
    """Move one batch, write its `message_delivered` events (dated when the mail was sent), reset soft bounces."""
    before = now - timedelta(hours=settings.RELANCE.delivered_hours)
    with transaction.atomic():
        moved = database.rows(
            """
            UPDATE message SET state = 'delivered'
            FROM (
                SELECT id FROM message WHERE state = 'sent' AND sent_at <= %s
                ORDER BY sent_at LIMIT %s FOR UPDATE SKIP LOCKED
            ) AS due
            WHERE message.id = due.id
            RETURNING message.id, message.sent_at, message.contact_point_id
            """,
            [before, _AT_ONCE],
        )
        happenings.record("message_delivered", [Happening(message, sent_at) for message, sent_at, _ in moved], now=now)
        database.execute(
            "UPDATE contact_point SET soft_bounces = 0 WHERE id = ANY(%s::bigint[]) AND soft_bounces > 0",
            [[point for _, _, point in moved if point is not None]],
        )
    return len(moved)
