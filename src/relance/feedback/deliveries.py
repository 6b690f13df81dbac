"""When a mail counts as delivered: a mailing service says so, or no bounce came back within the hours the setting names.

Acceptance is not the inbox: where a mailbox provider put the mail is unknown without seed lists.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from relance.core import database
from relance.delivery import happenings
from relance.delivery.happenings import Happening

_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mailing service told that the recipient's server took a mail."""

    message_id: int
    at: datetime


def record_many(delivered: Sequence[Delivery], now: datetime) -> int:
    """Write the deliveries that services told of, each at its moment; return how many were new.

    A mail that came back stays so, whichever was told first. One whose sending is not yet written down keeps its state
    until `settle`, which writes no second event. The count of soft bounces goes back to zero, unless a later mail came back.
    """
    if not delivered:
        return 0
    with transaction.atomic():
        moved = database.rows(
            """
            UPDATE message SET state = CASE state WHEN 'sent' THEN 'delivered' ELSE state END
            FROM unnest(%s::bigint[], %s::timestamptz[]) AS new(id, at)
            WHERE message.id = new.id AND state IN ('sending', 'sent')
            RETURNING message.id, new.at
            """,
            [[one.message_id for one in delivered], [one.at for one in delivered]],
        )
        new = happenings.record("message_delivered", [Happening(*row) for row in moved], now=now)
        _forget_soft(new)
    return len(new)


def arrived(message_ids: Collection[int], now: datetime) -> int:
    """Count as sent what somebody tells of although we do not know that it left, or thought that it did not.

    A mailing service, a returned mail, a click or an answer names the message: nobody can who never had it. That settles what
    was in doubt, and what waits to be offered again (after a gateway's no, or since a person had it sent anew) or is held
    after an outage, a worker's hands included: offering it again would be a second mail. One that has no address yet never
    left. Returns how many messages that was.
    """
    if not message_ids:
        return 0
    with transaction.atomic():
        left = database.rows(
            """
            UPDATE message
            SET state = 'sent', reason = 'resolved: what came back shows that it left', worker = '', lease_until = NULL,
                sent_at = %s
            WHERE id = ANY(%s::bigint[]) AND (
                state = 'unknown'
                OR (state IN ('ready', 'deferred', 'held', 'claimed') AND contact_point_id IS NOT NULL)
            )
            RETURNING id
            """,
            [now, list(message_ids)],
        )
        return len(happenings.record("message_sent", [Happening(one, now) for (one,) in left], now=now))


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
            RETURNING message.id, message.sent_at
            """,
            [before, _AT_ONCE],
        )
        if not moved:
            return 0
        happenings.record("message_delivered", [Happening(message, sent_at) for message, sent_at in moved], now=now)
        _forget_soft([message for message, _ in moved])
    return len(moved)


def _forget_soft(message_ids: Collection[int]) -> None:
    """Reset the soft bounces of the addresses these messages reached, unless a later mail came back."""
    database.execute(
        """
        UPDATE contact_point AS point SET soft_bounces = 0
        FROM message
        WHERE message.id = ANY(%s::bigint[]) AND point.id = message.contact_point_id AND point.soft_bounces > 0
          AND NOT EXISTS (
            SELECT FROM message AS later
            WHERE later.contact_id = message.contact_id AND later.contact_point_id = point.id
              AND later.state = 'bounced' AND later.sent_at > message.sent_at
          )
        """,
        [list(message_ids)],
    )
