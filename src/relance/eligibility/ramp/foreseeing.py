"""The plan of a ramp that has not begun: for people already counted, or for a journey's entry segment by a sample of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.core import database
from relance.eligibility.breaker import counting, delays, limits, providers
from relance.eligibility.ramp import bands, plan, volumes
from relance.eligibility.ramp.plan import Drawn, People, Plan
from relance.journeys import definition, senders, tree
from relance.journeys.models import LaunchPlan, Version

SAMPLE = 5_000  # members that tell how a segment spreads over bands and providers

_PROVIDER = providers.sql("lower(split_part(coalesce(cp.value, ''), '@', 2))").replace("%", "%%")
_MEMBERS = "SELECT count(*) FROM membership m JOIN segment s ON s.id = m.segment_id WHERE s.name = %s"
# Members of a segment, one of so many, by band of silence and mailbox provider.
_SPREAD = f"""
    SELECT band, provider, count(*) FROM (
        SELECT {bands.sql()} AS band, {_PROVIDER} AS provider
        FROM segment s JOIN membership m ON m.segment_id = s.id
        LEFT JOIN LATERAL (
            SELECT value FROM contact_point
            WHERE contact_id = m.contact_id AND channel = 'email' AND valid IS NOT FALSE ORDER BY id LIMIT 1
        ) cp ON true
        LEFT JOIN profile pr ON pr.contact_id = m.contact_id
        WHERE s.name = %(segment)s AND mod(hashint8(m.contact_id), %(every)s) = 0
    ) AS member GROUP BY 1, 2
"""


def work_out(
    people: People,
    start: datetime,
    now: datetime,
    *,
    canary: int,
    allowance: dict[str, int],
    drawn: Drawn | None = None,
) -> Plan:
    """Return the steps of these people from `start` on: small bands joined, the slowest answer waited for, the strictest limit.

    Where the canary is drawn already, they are those of whom it was drawn.
    """
    drawn = drawn or Drawn(bands.merged(people, canary), plan.NOBODY, bands.spans(people, canary))
    names = sorted({name for counts in people.values() for name in counts})
    found = plan.work_out(
        drawn.people,
        start.astimezone(ZoneInfo(settings.RELANCE.time_zone)).date(),
        canary=canary,
        limit=strictest(names),
        answered_in=answered_in(names, now),
        allowance=allowance,
        first=drawn.first,
    )
    steps = (replace(step, youngest=drawn.youngest.get(step.band.key, "")) for step in found.steps)
    return replace(found, steps=tuple(steps))


def days(version: Version, now: datetime, canary: int | None = None) -> int:
    """Return how many days after the first a journey's ramp still lets people in, if no answer is bad; 0 without a ramp.

    Known from the latest plan of who would get the first message; before that, from the members of the entry segment,
    whom the gate has not judged yet.
    """
    written = definition.of(version)
    if not written.reactivates or not tree.sends(written.nodes):
        return 0
    last = LaunchPlan.objects.filter(version=version, made_at__isnull=False).order_by("-pk").first()
    ramp = last.figures.get("preflight", {}).get("ramp", {}) if last else {}
    if last and ramp.get("people") and canary in {None, last.canary}:
        return max(int(ramp["days"]) - 1, 0)
    return max(_estimated(version, written.entry.segment, now, canary).days - 1, 0)


def _estimated(version: Version, segment: str, now: datetime, canary: int | None) -> Plan:
    """Return the plan of a segment's members as they are now."""
    ((members,),) = database.rows(_MEMBERS, [segment])
    every = max(members // SAMPLE, 1)
    people: dict[str, dict[str, int]] = {}
    for band, provider, count in database.rows(_SPREAD, {"segment": segment, "start": now, "every": every}):
        people.setdefault(band, {})[provider] = count * every
    allowance = volumes.allowance(senders.of_version(version), now)
    return work_out(people, now, now, canary=canary or plan.proposed_canary(members), allowance=allowance)


def answered_in(names: Collection[str], now: datetime) -> timedelta:
    """Return the slowest usual hard bounce or complaint of these providers: what a step waits for."""
    waits = [delays.p95(name, "hard_bounce", now) for name in names]
    waits += [delays.p95(name, "complaint", now) for name in names if counting.tells_of_complaints(name)]
    return max(waits, default=delays.USUAL["hard_bounce"])


def strictest(names: Collection[str]) -> float:
    """Return the strictest allowed rate of hard bounces at these providers: the signal that every provider shows."""
    table = limits.in_force()
    return min((table.allowed("hard_bounce", name) for name in names), default=table.allowed("hard_bounce", "other"))
