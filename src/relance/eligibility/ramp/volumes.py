"""What the sender may still send to each mailbox provider today: no more than it grew used to, and half again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from relance.core import database
from relance.eligibility.breaker import counting
from relance.eligibility.ramp import plan

DAY, LATELY = timedelta(days=1), timedelta(days=30)
_DAYS = """
    SELECT provider, max(sends) FROM (
        SELECT provider, date_trunc('day', cohort, 'UTC') AS day, sum(sends) AS sends FROM breaker_cohort
        WHERE journey_id = 0 AND sender = %s AND cohort > %s AND cohort <= %s GROUP BY 1, 2
    ) AS daily GROUP BY provider
"""
_TODAY = """
    SELECT provider, greatest(sum(sends), sum(released)) FROM (
        SELECT provider, sends, 0 AS released FROM breaker_cohort WHERE journey_id = 0 AND sender = %(sender)s AND cohort > %(since)s
        UNION ALL
        SELECT provider, sends, 0 FROM breaker_count WHERE sender = %(sender)s AND cohort > %(since)s
        UNION ALL
        SELECT provider, 0, people::int FROM ramp_step, jsonb_each_text(providers) AS one (provider, people)
        WHERE released_at > %(since)s AND released_at <= %(now)s
    ) AS today GROUP BY provider
"""


def room(names: Iterable[str], now: datetime) -> dict[str, int]:
    """Return how many people of each provider a step may hold now: its allowance less the last 24 hours' messages.

    What steps let in during these hours counts as sent, since their messages may still be on their way.
    """
    own = counting.sender()
    largest = {name: int(sends) for name, sends in database.rows(_DAYS, [own, now - LATELY, now - DAY])}
    used = dict(database.rows(_TODAY, {"sender": own, "since": now - DAY, "now": now}))
    allowed = plan.allowance(largest)
    return {name: max(allowed.get(name, plan.LEAST_DAILY) - int(used.get(name, 0)), 0) for name in names}
