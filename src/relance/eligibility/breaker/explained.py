"""What a stop deals with already, so that it is not held against a wider scope: the journey as a whole, or its sender.

A provider that is stopped says nothing of the journey elsewhere; a journey that is stopped, at a provider or as a whole,
says nothing of what else its sender sends. What was sent before a person closed the stop is dealt with for good.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime

from relance.core import database
from relance.eligibility.breaker.counting import ALL, COUNTED, Cohort, Touched
from relance.eligibility.breaker.limits import Signal
from relance.eligibility.breaker.providers import EVERYONE

Explained = Mapping[tuple[Touched, str], Mapping[datetime, Cohort]]
Stopped = Mapping[tuple[Touched, str], Mapping[str, datetime | None]]
_NUMBERS = tuple(one.name for one in fields(Cohort) if one.name not in {"provider", "cohort"})
# Scopes of journeys that are stopped (`until` is null), or were: what was sent before is dealt with.
_DEALING = f"""
    SELECT s.journey_id, s.sender, s.provider, s.signal, CASE WHEN o.id IS NULL THEN s.since END AS until
    FROM breaker_scope s LEFT JOIN breaker_opening o ON o.scope_id = s.id AND o.closed_at IS NULL
    WHERE s.journey_id <> {ALL} AND (o.id IS NOT NULL OR s.since IS NOT NULL)
"""


def of_journeys(journeys: Collection[int]) -> Stopped:
    """Return for each signal of a journey as a whole its providers stopped (None), or watched anew from an instant on."""
    found: dict[tuple[Touched, str], dict[str, datetime | None]] = {}
    for journey_id, sender, provider, signal, until in database.rows(
        f"{_DEALING} AND s.journey_id = ANY(%s) AND s.provider <> '{EVERYONE}'", [list(journeys)]
    ):
        found.setdefault((Touched(journey_id, sender, EVERYONE), signal), {})[provider] = until
    return found


def elsewhere(cohorts: Sequence[Cohort], one: Touched, signal: Signal, stopped: Stopped) -> list[Cohort]:
    """Return a journey's cohorts less those of providers that are stopped, or were when they were sent."""
    dealt_with = stopped.get((one, signal), {})
    return [
        cohort
        for cohort in cohorts
        if cohort.provider not in dealt_with
        or ((until := dealt_with[cohort.provider]) is not None and cohort.cohort >= until)
    ]


def of_senders(senders: Collection[str], since: datetime) -> Explained:
    """Return for each sender's scope the cohorts of journeys stopped there, and those sent before a stop was closed."""
    found: dict[tuple[Touched, str], dict[datetime, Cohort]] = {}
    sums = ", ".join(f"sum(c.{name})" for name in ("sends", "told", *COUNTED))
    for sender, signal, *row in database.rows(
        f"""
        WITH dealing AS ({_DEALING} AND s.sender = ANY(%s)), dealt_with AS (
            SELECT DISTINCT c.id, d.signal
            FROM dealing d JOIN breaker_cohort c USING (journey_id, sender)
            WHERE d.provider IN (c.provider, '{EVERYONE}') AND c.cohort >= %s AND (d.until IS NULL OR c.cohort < d.until)
        )
        SELECT c.sender, dealt_with.signal, c.provider, c.cohort, {sums}
        FROM dealt_with JOIN breaker_cohort c USING (id)
        GROUP BY c.sender, dealt_with.signal, c.provider, c.cohort
        """,
        [list(senders), since],
    ):
        cohort = Cohort(*row)
        found.setdefault((Touched(ALL, sender, cohort.provider), signal), {})[cohort.cohort] = cohort
    return found


def without(cohorts: Sequence[Cohort], one: Touched, signal: Signal, explained: Explained) -> list[Cohort]:
    """Return a sender's cohorts less what is explained."""
    dealt_with = explained.get((one, signal), {})
    return [_less(cohort, dealt_with[cohort.cohort]) if cohort.cohort in dealt_with else cohort for cohort in cohorts]


def _less(cohort: Cohort, other: Cohort) -> Cohort:
    return replace(cohort, **{name: max(0, getattr(cohort, name) - getattr(other, name)) for name in _NUMBERS})
