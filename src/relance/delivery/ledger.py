"""The states of messages, moved in sets: claim, retake, begin, settle; each commits before what it allows is done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from relance.core import database
from relance.delivery import happenings
from relance.delivery.happenings import Happening
from relance.eligibility.breaker import refusals
from relance.intake import sources
from relance.outbox.models import OWED_SQL, State
from relance.senders.sender import DEFAULT


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed message: what is needed to judge, render and send it."""

    id: int
    uuid: UUID
    contact_id: int
    purpose: str
    journey_id: int | None
    version_id: int | None
    step: str
    template_version_id: int
    variant: str
    attempt: int
    not_before: datetime
    created_at: datetime
    language: str | None
    sender: str = DEFAULT
    sells: bool = True  # blocks that sell may stand in it, as the gate said


@dataclass(frozen=True, slots=True)
class Transition:
    """Where a message goes next and why; `not_before` moves it, `tried` counts an attempt."""

    id: int
    state: State
    reason: str = ""
    not_before: datetime | None = None
    tried: int = 0
    provider_id: str = ""


PUT_OFF = timedelta(minutes=2)  # what the channel could not take is due again by then

# Messages of a journey that rests stay where they are until it goes on; no journey rests for what has none.
GOING = "(m.journey_id IS NULL OR m.journey_id <> ALL (ARRAY(SELECT id FROM journey WHERE NOT running)))"


def claim(
    worker: str,
    limit: int,
    *,
    now: datetime,
    lease_until: datetime,
    sells: bool = True,
    but: Collection[str] = (),
    of: Collection[str] = (),
) -> list[Due]:
    """Take up to `limit` due mails for `worker`, those that wait longest first; no two workers take the same.

    Of a paused or stopped journey only what is too old to leave is taken: the gate closes it. Without `sells` only
    transactional messages and notices are; what the senders `but` wrote stays, and where
    there are senders `of`, what all others wrote.
    """
    only = "" if sells else f"AND m.purpose IN {OWED_SQL}"
    names = f"{'AND m.sender <> ALL (%s)' if but else ''} {'AND m.sender = ANY (%s)' if of else ''}"
    taken = database.rows(
        f"""
        UPDATE message SET state = 'claimed', worker = %s, lease_until = %s
        FROM (
            SELECT m.id, contact.language
            FROM message AS m LEFT JOIN contact ON contact.id = m.contact_id
            WHERE m.state IN ('ready', 'deferred') AND m.not_before <= %s AND m.channel = 'email'
              AND (m.expires_at <= %s OR {GOING}) {only} {names}
              AND NOT EXISTS (SELECT FROM late_passage AS late WHERE late.enrolment_id = m.enrolment_id)
            ORDER BY m.not_before, m.id
            LIMIT %s
            FOR UPDATE OF m SKIP LOCKED
        ) AS due
        WHERE message.id = due.id
        RETURNING message.id, message.uuid, message.contact_id, message.purpose, message.journey_id, message.version_id,
                  message.step, message.template_version_id, message.variant, message.attempt, message.not_before,
                  message.created_at, due.language, message.sender
        """,
        [worker, lease_until, now, now, *[list(named) for named in (but, of) if named], limit],
    )
    return sorted((Due(*row) for row in taken), key=lambda due: (due.not_before, due.id))


def waiting(senders: Collection[str], now: datetime) -> list[str]:
    """Return which of these senders have mails due, or put off by the minute that a shut channel puts them off."""
    found = database.rows(
        f"""
        SELECT name FROM unnest(%s::text[]) AS one (name) WHERE EXISTS (
            SELECT FROM message AS m WHERE m.state IN ('ready', 'deferred') AND m.not_before <= %s
               AND m.channel = 'email' AND m.sender = name AND {GOING}
        )
        """,
        [list(senders), now + PUT_OFF],
    )
    return [name for (name,) in found]


def retake(now: datetime) -> int:
    """Free what lost its lease: `claimed` becomes ready again, `sending` becomes unknown, for a person to look at.

    The worker's name stays on an unknown message, so that a slow worker that comes back can still say what happened.
    """
    return database.execute(
        """
        UPDATE message
        SET state = CASE state WHEN 'claimed' THEN 'ready' ELSE 'unknown' END,
            reason = CASE state WHEN 'claimed' THEN reason ELSE 'lease_lost: Relance was cut off while sending' END,
            worker = CASE state WHEN 'claimed' THEN '' ELSE worker END,
            lease_until = NULL
        WHERE state IN ('claimed', 'sending') AND lease_until < %s
        """,
        [now],
    )


def begin(worker: str, addressed: Sequence[tuple[int, int | None]], *, lease_until: datetime) -> set[int]:
    """Commit that these (message, contact point) are being sent; return those still ours whose journey was not paused."""
    begun = database.rows(
        f"""
        UPDATE message AS m
        SET state = 'sending', lease_until = %s, reason = '', contact_point_id = new.point_id
        FROM unnest(%s::bigint[], %s::bigint[]) AS new(id, point_id)
        WHERE m.id = new.id AND m.state = 'claimed' AND m.worker = %s AND {GOING}
        RETURNING m.id
        """,
        [lease_until, [message_id for message_id, _ in addressed], [point_id for _, point_id in addressed], worker],
    )
    return {message_id for (message_id,) in begun}


def settle(worker: str, transitions: Sequence[Transition], *, now: datetime) -> set[int]:
    """Move our messages where they go next and write `message_sent` for those sent, in one transaction; return which
    were still ours.

    A bounce may come before its worker has written down that the mail left: the message stays bounced, and was sent.
    """
    if not transitions:
        return set()
    with transaction.atomic():
        moved = database.rows(
            """
            UPDATE message
            SET state = CASE message.state WHEN 'bounced' THEN message.state ELSE new.state END,
                reason = CASE message.state WHEN 'bounced' THEN message.reason ELSE left(new.reason, 500) END,
                not_before = coalesce(new.not_before, message.not_before), attempt = message.attempt + new.tried,
                due_since = CASE WHEN new.reason LIKE 'channel_shut%%' THEN coalesce(message.due_since, message.not_before)
                                 WHEN new.not_before IS NULL THEN message.due_since END,
                provider_id = new.provider_id, sent_at = CASE new.state WHEN 'sent' THEN %s ELSE message.sent_at END,
                worker = CASE new.state WHEN 'unknown' THEN message.worker ELSE '' END, lease_until = NULL
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::smallint[], %s::text[])
                 AS new(id, state, reason, not_before, tried, provider_id)
            WHERE message.id = new.id AND message.worker = %s
              AND (message.state IN ('claimed', 'sending', 'unknown') OR message.state = 'bounced' AND new.state = 'sent')
            RETURNING message.id, new.state
            """,
            [now, *_columns(transitions), worker],
        )
        sent = [Happening(message_id, now) for message_id, state in moved if state == State.SENT]
        if sent:
            happenings.record("message_sent", sent, now=now, source=sources.cover_own(now))
        failed = {message_id for message_id, state in moved if state == State.FAILED}
        refusals.note({move.id: move.reason for move in transitions if move.id in failed}, now)
    return {message_id for message_id, _ in moved}


def _columns(transitions: Sequence[Transition]) -> list[list[object]]:
    """Return the transitions as the columns `settle` unnests."""
    return [
        [move.id for move in transitions],
        [move.state.value for move in transitions],
        [move.reason.replace("\x00", "") for move in transitions],
        [move.not_before for move in transitions],
        [move.tried for move in transitions],
        [move.provider_id for move in transitions],
    ]
