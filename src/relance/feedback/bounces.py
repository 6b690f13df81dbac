"""Bounces: only a mailbox that does not exist takes an address off the lists; a block speaks of the sender alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction

from relance.core import database
from relance.delivery import happenings
from relance.delivery.happenings import Happening
from relance.eligibility.breaker import quarantine
from relance.feedback import people

Kind = Literal["hard", "soft", "block"]
HALF_LIFE = 30 * 86_400  # seconds in which a count of soft bounces halves


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail came back: `hard` (no such mailbox), `soft` (not now: full, down) or `block` (policy, reputation)."""

    message_id: int
    kind: Kind
    reason: str


def record(message_id: int, kind: Kind, reason: str, now: datetime) -> bool:
    """Write a bounce; tell whether it was new."""
    return record_many([Bounce(message_id, kind, reason)], now) == 1


def record_many(bounces: Sequence[Bounce], now: datetime) -> int:
    """Write many bounces and return how many were new.

    hard: the address is invalid and suppressed, or waits in quarantine while its provider's bounces jump. soft: counted,
    and a delivered mail resets the count. block: nothing befalls the person; the event is there for who looks at the sender.
    """
    if not bounces:
        return 0
    hard = [one.message_id for one in bounces if one.kind == "hard"]
    with transaction.atomic():
        told = [Happening(one.message_id, now, properties={"kind": one.kind, "reason": one.reason}) for one in bounces]
        new = set(happenings.record("message_bounced", told, now=now))
        _mark(bounces)
        held = quarantine.hold(hard, now)
        dead = [message_id for message_id in hard if message_id not in held]
        _invalidate(dead, now)
        people.suppress_address(dead, "bounced", now=now)
        _count_soft([one.message_id for one in bounces if one.kind == "soft" and one.message_id in new], now)
    return len(new)


def heed(now: datetime) -> int:
    """Take the mails that a server refused for want of a mailbox as hard bounces; a stage."""
    refused = database.rows(
        """
        SELECT id, reason FROM message WHERE state = 'failed' AND reason::text LIKE 'no\\_mailbox%'
        ORDER BY id LIMIT 10000
        """
    )
    return record_many([Bounce(message_id, "hard", reason.partition(": ")[2]) for message_id, reason in refused], now)


def _mark(bounces: Sequence[Bounce]) -> None:
    """Put the messages in the state `bounced`; one in doubt is in doubt no more, and a soft one may turn out hard.

    One that is still being sent keeps its worker, who has yet to write down that it left.
    """
    database.execute(
        """
        UPDATE message
        SET state = 'bounced', reason = left(new.kind || ': ' || new.reason, 500), lease_until = NULL,
            worker = CASE WHEN message.state IN ('sending', 'bounced') THEN message.worker ELSE '' END
        FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new(id, kind, reason)
        WHERE message.id = new.id AND (
            state IN ('sending', 'sent', 'delivered', 'unknown', 'failed')
            OR (state = 'bounced' AND new.kind = 'hard' AND message.reason NOT LIKE 'hard%%')
        )
        """,
        [[one.message_id for one in bounces], [one.kind for one in bounces], [one.reason for one in bounces]],
    )


def _invalidate(message_ids: Collection[int], now: datetime) -> None:
    """Mark the addresses these messages went to as dead."""
    database.execute(
        f"""
        UPDATE contact_point AS point SET valid = false, reason = 'bounced', checked_at = %s
        FROM message
        WHERE message.id = ANY(%s::bigint[]) AND point.channel = 'email' AND point.contact_id = {people.PERSON}
          AND {people.WENT_TO}
        """,
        [now, list(message_ids)],
    )


def _count_soft(message_ids: Collection[int], now: datetime) -> None:
    """Count one more soft bounce of the addresses these messages went to; what was counted before halves every 30 days."""
    database.execute(
        f"""
        UPDATE contact_point AS counted
        SET soft_bounces = new.bounces
                + counted.soft_bounces * 0.5 ^ (extract(epoch FROM %s - coalesce(counted.soft_bounced_at, %s)) / {HALF_LIFE}),
            soft_bounced_at = %s
        FROM (
            SELECT point.id, count(*) AS bounces
            FROM message JOIN contact_point AS point ON point.contact_id = {people.PERSON} AND {people.WENT_TO}
            WHERE message.id = ANY(%s::bigint[]) AND point.channel = 'email'
            GROUP BY point.id
        ) AS new
        WHERE counted.id = new.id
        """,
        [now, now, now, list(message_ids)],
    )
