"""What the sender may still send to each mailbox provider today: no more than it grew used to, and half again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from relance.contacts import mail
from relance.core import database
from relance.eligibility.breaker import counting, providers
from relance.eligibility.ramp import plan
from relance.senders import register
from relance.senders.sender import Sender

_PROVIDER = providers.sql("coalesce(domain, '')").replace("%", "%%")
_DOMAIN = register.domain("v.definition ->> 'sender'")
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
        SELECT {provider}, 1, 0 FROM journey j JOIN enrolment e ON e.journey_id = j.id LEFT JOIN LATERAL ({address}) address ON true
        JOIN journey_version v ON v.id = e.version_id
        WHERE {domain} = %(sender)s AND e.entered_at > %(since)s AND e.entered_at <= %(now)s
          AND NOT e.control AND e.ended_at IS NULL AND NOT EXISTS (
            SELECT FROM message m WHERE m.contact_id = e.contact_id AND m.enrolment_id = e.id
              AND m.state NOT IN ('ready', 'deferred', 'claimed', 'sending')
        )
        UNION ALL
        SELECT one.provider, 0, people::int FROM ramp_step s JOIN launch_plan p ON p.id = s.plan_id
        JOIN journey_version v ON v.id = p.version_id, jsonb_each_text(s.providers) AS one (provider, people)
        WHERE {domain} = %(sender)s AND released_at > %(since)s AND released_at <= %(now)s
    ) AS today GROUP BY provider
"""


def room(names: Iterable[str], now: datetime, sender: Sender) -> dict[str, int]:
    """Return how many people of each provider a step of this sender may hold now: its domain's allowance less the last 24
    hours' messages.

    Who was let in during these hours counts as sent, by a step or otherwise, since the message may still be on its way.
    """
    own = sender.domain
    given = {"sender": own, "domain": counting.sender(), "since": now - DAY, "now": now}
    used = dict(
        database.rows(
            _TODAY.format(provider=_PROVIDER, domain=_DOMAIN, address=mail.DOMAIN.format(contact="e.contact_id")), given
        )
    )
    allowed = allowance(sender, now)
    return {name: max(allowed.get(name, plan.LEAST_DAILY) - int(used.get(name, 0)), 0) for name in names}


def allowance(sender: Sender, now: datetime) -> dict[str, int]:
    """Return what each provider may get of a sender in 24 hours, from the largest day it got of late."""
    largest = database.rows(_DAYS, [sender.domain, now - LATELY, now - DAY])
    return plan.allowance({name: int(sends) for name, sends in largest})
