"""Clicks of a journey against those of people as long without a purchase elsewhere: a fall warns, and stops nothing.

A fall of clicks is how mail that lands in spam looks from outside; but a dull offer looks the same, so a person judges.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from relance.core import database
from relance.eligibility.breaker import confidence, delays, limits, providers
from relance.eligibility.breaker.models import BreakerAlert, BreakerScope
from relance.journeys import senders
from relance.outbox.models import OWED_SQL

LOOKED_BACK = timedelta(days=85)  # clicks are told by events that stay hot for 90 days
ENOUGH_SENDS, ENOUGH_CLICKS = 1_000, 20  # of the others in a band, for their rate to be one
BANDS = (90, 180, 365, 730)  # days without a purchase


@dataclass(frozen=True)
class Tally:
    """Answered messages and those clicked, of a journey at a provider in a band of recency."""

    journey_id: int
    provider: str
    band: int
    sends: int
    clicked: int


def run(now: datetime) -> int:
    """Judge the clicks of every journey at every provider; return how many were judged. A nightly stage."""
    tallies = _tallies(now)
    table = limits.in_force()
    with transaction.atomic():
        judged = 0
        for (journey_id, provider), own in _by_scope(tallies).items():
            judged += _judge(
                journey_id, provider, own, [one for one in tallies if one.journey_id != journey_id], table, now
            )
    return judged


def _judge(
    journey_id: int, provider: str, own: list[Tally], others: list[Tally], table: limits.Limits, now: datetime
) -> bool:
    """Keep the evidence that clicks fell under the share of the others', band by band; warn where it suffices.

    Each band's evidence is one against its own rate (`confidence.log_evidence_below`, anytime-valid); as the bands' messages
    are different ones, the evidence of all is their product.
    """
    share = table.signals["click_drop"].ours or 0.5
    compared = [(one, reference * share) for one in own if (reference := _reference(one, others))]
    sends = sum(one.sends for one, _ in compared)
    if not sends:
        return False
    evidence = sum(float(confidence.log_evidence_below(one.clicked, one.sends, half)) for one, half in compared)
    scope, _ = BreakerScope.objects.select_for_update().get_or_create(
        journey_id=journey_id, sender=senders.of(journey_id).domain, provider=provider, signal="click_drop"
    )
    scope.at, scope.sends, scope.bad = now, sends, sum(one.clicked for one, _ in compared)
    scope.allowed = sum(one.sends * half for one, half in compared) / sends
    scope.evidence, scope.threshold = evidence, math.log(1 / table.alpha("click_drop", provider))
    if scope.evidence >= scope.threshold and scope.warned_at is None:
        scope.warned_at = now
        figures = {"sends": sends, "bad": scope.bad, "allowed": scope.allowed, "rate": scope.bad / sends}
        BreakerAlert.objects.create(scope=scope, kind="warned", at=now, next_at=now, figures=figures)
    scope.save()
    return True


def _reference(one: Tally, others: list[Tally]) -> float:
    """Return the click rate of the same band and provider elsewhere; 0 where too little is known of it."""
    alike = [other for other in others if (other.provider, other.band) == (one.provider, one.band)]
    sends, clicked = sum(other.sends for other in alike), sum(other.clicked for other in alike)
    return clicked / sends if sends >= ENOUGH_SENDS and clicked >= ENOUGH_CLICKS else 0.0


def _by_scope(tallies: list[Tally]) -> dict[tuple[int, str], list[Tally]]:
    found: dict[tuple[int, str], list[Tally]] = defaultdict(list)
    for one in tallies:
        if one.journey_id:
            found[one.journey_id, one.provider].append(one)
    return found


def _tallies(now: datetime) -> list[Tally]:
    """Return what was sent and answered by journey, provider and band; only messages old enough to have been clicked."""
    domain = providers.sql("lower(split_part(cp.value, '@', 2))").replace("%", "%%")
    bands = " ".join(f"WHEN days < {days} THEN {days}" for days in BANDS)
    rows = database.rows(
        f"""
        WITH clicked AS (
            SELECT DISTINCT (properties ->> 'message')::bigint AS id FROM event
            WHERE type = 'message_clicked' AND coalesce(properties ->> 'machine', 'false') <> 'true'
        ), sent AS (
            SELECT coalesce(m.journey_id, 0) AS journey_id, {domain} AS provider, clicked.id IS NOT NULL AS clicked,
                   extract(epoch FROM m.sent_at - p.last_purchase_at) / 86400 AS days
            FROM message m
            JOIN contact_point cp ON cp.id = m.contact_point_id
            JOIN profile p ON p.contact_id = m.contact_id AND p.last_purchase_at < m.sent_at
            LEFT JOIN clicked ON clicked.id = m.id
            WHERE m.channel = 'email' AND m.purpose NOT IN {OWED_SQL} AND m.sent_at BETWEEN %s AND %s
        )
        SELECT journey_id, provider, CASE {bands} ELSE 0 END AS band, count(*), count(*) FILTER (WHERE clicked)
        FROM sent GROUP BY 1, 2, 3
        """,
        [now - LOOKED_BACK, now - delays.USUAL["click_drop"]],
    )
    return [Tally(*row) for row in rows]
