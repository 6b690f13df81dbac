"""How late answers come: the delay within which nineteen in twenty have come, by mailbox provider and signal."""

from __future__ import annotations

from datetime import datetime, timedelta

from relance.core import database
from relance.eligibility.breaker import providers
from relance.eligibility.breaker.limits import Signal

# Until enough answers of our own are known. Bounces come within the hours a server tries (RFC 5321: days at most, minutes
# as a rule); complaints follow when people read: half a day to several days.
USUAL = {
    "hard_bounce": timedelta(days=1), "block": timedelta(days=1), "complaint": timedelta(days=5),
    "unsubscribe": timedelta(days=3), "trap": timedelta(days=1), "click_drop": timedelta(days=3),
}  # fmt: skip
EVENTS = {
    "hard_bounce": "message_bounced", "complaint": "message_complained", "unsubscribe": "message_unsubscribed",
    "click_drop": "message_clicked",
}  # fmt: skip
ENOUGH, LOOKED_BACK, LEAST = 50, timedelta(days=60), timedelta(hours=6)


def p95(provider: str, signal: Signal, now: datetime) -> timedelta:
    """Return the delay after which a message to a provider counts as answered; measured where `ENOUGH` answers are known.

    Only messages old enough to have been answered late are measured, so that a young journey does not look quick.
    """
    usual = USUAL[signal]
    if signal not in EVENTS:
        return usual
    domain = "lower(split_part(cp.value, '@', 2))"
    rows = database.rows(
        f"""
        SELECT count(*), percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM e.recorded_at - m.sent_at))
        FROM event e JOIN message m ON m.id = (e.properties ->> 'message')::bigint
        JOIN contact_point cp ON cp.id = m.contact_point_id
        WHERE e.type = %s AND m.sent_at BETWEEN %s AND %s AND e.recorded_at >= m.sent_at
          AND coalesce(e.properties ->> 'kind', 'hard') = 'hard' AND {providers.sql(domain).replace("%", "%%")} = %s
        """,
        [EVENTS[signal], now - LOOKED_BACK, now - 3 * usual, provider],
    )
    known, seconds = rows[0]
    return max(LEAST, timedelta(seconds=float(seconds))) if known >= ENOUGH else usual
