"""Hard bounces of a provider whose bounces jumped: a fault of theirs can look like dead mailboxes, so a person judges.

The address rests (nothing is sent to it), its suppression is held back, and both ways stay open: restored, it is an
address like any other, to be judged anew; confirmed, it is dead like any other that bounced.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from relance.core import audit, database
from relance.core.errors import NotFoundError, RefusedError
from relance.core.ids import postgresql_digest
from relance.eligibility.breaker import counting, limits, openings, providers
from relance.eligibility.breaker.models import BreakerOpening
from relance.intake import sources
from relance.senders import register

REASON = "quarantined"
DECISIONS = ("restored", "confirmed")
_PROVIDER = providers.sql("lower(split_part(point.value, '@', 2))")


def take(opening: BreakerOpening, now: datetime) -> int:
    """Put the bounces an opening rests on in quarantine: of its scope, sent in the last `quarantine_days`."""
    scope = opening.scope
    since = now - timedelta(days=limits.in_force().quarantine_days)
    rows = database.rows(
        f"""
        SELECT m.id FROM message m JOIN contact_point point ON point.id = m.contact_point_id
        WHERE m.journey_id IN (SELECT id FROM journey WHERE id = %(journey)s OR %(journey)s = 0)
          AND m.state = 'bounced' AND m.reason LIKE 'hard%%' AND m.channel = 'email'
          AND coalesce(m.sent_at, m.created_at) >= %(since)s AND %(provider)s IN ({_PROVIDER.replace("%", "%%")}, '{providers.EVERYONE}')
          AND {register.DOMAIN} = %(sender)s
        """,
        {
            "journey": scope.journey_id, "since": since, "provider": scope.provider, "sender": scope.sender,
            "domain": counting.sender(),
        },
    )  # fmt: skip
    return _put(opening.pk, [message for (message,) in rows], now)


def hold(message_ids: Collection[int], now: datetime) -> set[int]:
    """Put hard bounces that come while their provider is stopped for them in quarantine; return which."""
    stops = [one for one in openings.open_now() if one.signal == "hard_bounce"]
    if not stops or not message_ids:
        return set()
    rows = database.rows(
        f"""
        SELECT m.id, m.journey_id, {_PROVIDER.replace("%", "%%")}, {register.DOMAIN}
        FROM message m JOIN contact_point point ON point.id = m.contact_point_id
        WHERE m.id = ANY(%(ids)s::bigint[])
        """,
        {"ids": list(message_ids), "domain": counting.sender()},
    )
    held: set[int] = set()
    for stop in stops:
        mine = [
            message
            for message, journey_id, provider, sender in rows
            if provider in stop.providers and stop.concerns(journey_id, sender) and message not in held
        ]
        _put(stop.id, mine, now)
        held.update(mine)
    return held


def _put(opening_id: int, message_ids: Sequence[int], now: datetime) -> int:
    """Write the bounces down, let their addresses rest, and take back the suppressions they led to."""
    if not message_ids:
        return 0
    return database.execute(
        f"""
        WITH taken AS (
            INSERT INTO quarantined_bounce (opening_id, message_id, contact_point_id, at, decided_by)
            SELECT %(opening)s, id, contact_point_id, %(now)s, '' FROM message
            WHERE id = ANY(%(ids)s::bigint[]) AND contact_point_id IS NOT NULL
            ON CONFLICT (message_id) DO NOTHING RETURNING message_id, contact_point_id
        ), resting AS (
            UPDATE contact_point point SET valid = false, reason = '{REASON}', checked_at = %(now)s FROM taken
            WHERE point.id = taken.contact_point_id RETURNING point.value, taken.message_id
        )
        DELETE FROM suppression USING resting JOIN message ON message.id = resting.message_id
        WHERE suppression.channel = 'email' AND suppression.reason = 'bounced'
          AND suppression.digest = {postgresql_digest("resting.value")}
          AND suppression.at >= coalesce(message.sent_at, message.created_at)
        """,
        {"opening": opening_id, "ids": list(message_ids), "now": now},
    )


def decide(opening_id: int, decision: str, *, by: str, now: datetime) -> int:
    """Restore or confirm the bounces an opening holds; return how many addresses that concerned."""
    if decision not in DECISIONS:
        raise RefusedError(f"Bounces in quarantine are {' or '.join(DECISIONS)}. Choose one of the two.")
    if not by.strip():
        raise RefusedError("Deciding on bounces in quarantine needs the name of a person. Give it; it is kept.")
    if not BreakerOpening.objects.filter(pk=opening_id).exists():
        raise NotFoundError(f"There is no stop {opening_id}. `relance breaker list --closed` names them all.")
    with transaction.atomic():
        points = _decided(opening_id, decision, by.strip(), now)
        (_restore if decision == "restored" else _confirm)(points, now)
        details: dict[str, object] = {"addresses": len(points)}
        audit.record(f"bounces {decision}", f"opening {opening_id}", now=now, actor=by.strip(), details=details)
    return len(points)


def _decided(opening_id: int, decision: str, by: str, now: datetime) -> list[int]:
    """Write the decision down and return the addresses it is about."""
    rows = database.rows(
        """
        UPDATE quarantined_bounce SET decision = %s, decided_at = %s, decided_by = %s
        WHERE opening_id = %s AND decision = '' RETURNING contact_point_id
        """,
        [decision, now, by, opening_id],
    )
    return sorted({point for (point,) in rows})


def _restore(points: Sequence[int], now: datetime) -> None:
    database.execute(
        f"""
        UPDATE contact_point SET valid = NULL, reason = '', checked_at = NULL, soft_bounces = 0
        WHERE id = ANY(%s::bigint[]) AND reason = '{REASON}'
        """,
        [list(points)],
    )


def _confirm(points: Sequence[int], now: datetime) -> None:
    database.execute(
        f"""
        WITH dead AS (
            UPDATE contact_point SET reason = 'bounced', checked_at = %s
            WHERE id = ANY(%s::bigint[]) AND reason = '{REASON}' RETURNING value
        )
        INSERT INTO suppression (channel, digest, reason, at, source_id)
        SELECT DISTINCT 'email', {postgresql_digest("value")}, 'bounced', %s::timestamptz, %s::integer FROM dead
        ON CONFLICT DO NOTHING
        """,
        [now, list(points), now, sources.own_id(now)],
    )


def held(opening_id: int) -> dict[str, int]:
    """Return how many bounces of an opening wait for a decision, were restored and were confirmed."""
    rows = database.rows(
        "SELECT decision, count(*) FROM quarantined_bounce WHERE opening_id = %s GROUP BY decision", [opening_id]
    )
    found = dict(rows)
    return {"held": found.get("", 0), **{decision: found.get(decision, 0) for decision in DECISIONS}}
