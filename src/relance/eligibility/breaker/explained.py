"""What of a sender's counts a journey's own stop deals with already: it is not held against the sender's other sends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime

from relance.core import database
from relance.eligibility.breaker.counting import ALL, COUNTED, Cohort, Touched
from relance.eligibility.breaker.limits import Signal

Explained = Mapping[tuple[Touched, str], Mapping[datetime, Cohort]]
_NUMBERS = tuple(one.name for one in fields(Cohort) if one.name not in {"provider", "cohort"})


def of(senders: Collection[str], since: datetime) -> Explained:
    """Return for each sender's scope the cohorts of journeys stopped there, and those sent before a stop was closed."""
    found: dict[tuple[Touched, str], dict[datetime, Cohort]] = {}
    sums = ", ".join(f"sum(c.{name})" for name in ("sends", "told", *COUNTED))
    for sender, signal, *row in database.rows(
        f"""
        SELECT s.sender, s.signal, s.provider, c.cohort, {sums}
        FROM breaker_scope s JOIN breaker_cohort c USING (journey_id, sender, provider)
        WHERE s.journey_id <> {ALL} AND s.sender = ANY(%s) AND c.cohort >= %s AND (
            c.cohort < s.since
            OR EXISTS (SELECT FROM breaker_opening o WHERE o.scope_id = s.id AND o.closed_at IS NULL)
        )
        GROUP BY s.sender, s.signal, s.provider, c.cohort
        """,
        [list(senders), since],
    ):
        cohort = Cohort(*row)
        found.setdefault((Touched(ALL, sender, cohort.provider), signal), {})[cohort.cohort] = cohort
    return found


def without(cohorts: Sequence[Cohort], one: Touched, signal: Signal, explained: Explained) -> list[Cohort]:
    """Return a scope's cohorts less what is explained."""
    dealt_with = explained.get((one, signal), {})
    return [_less(cohort, dealt_with[cohort.cohort]) if cohort.cohort in dealt_with else cohort for cohort in cohorts]


def _less(cohort: Cohort, other: Cohort) -> Cohort:
    return replace(cohort, **{name: max(0, getattr(cohort, name) - getattr(other, name)) for name in _NUMBERS})
