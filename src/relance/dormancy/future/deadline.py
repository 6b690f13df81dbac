"""The day a person turns dormant if she does nothing more, as Ibis expressions: days left from now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from relance.dormancy import due, truths
from relance.dormancy.cadence import seconds
from relance.dormancy.criteria import Criterion
from relance.dormancy.features import exposed_name, heard_of, opens_known
from relance.dormancy.policies import PolicyDefinition
from relance.dormancy.states import QUIET, needed
from relance.intake import coverage
from relance.rules import moments

NEVER = 1e9  # days: no silence that could make her dormant is under way
SECONDS = 86_400.0


def beginnings(
    people: ir.Table, policies: list[PolicyDefinition], covered: Mapping[str, datetime]
) -> dict[str, ir.IntegerValue]:
    """Return for each policy's criteria the second at which its silence began, NULL where none is under way; reads no event."""
    return {
        _begun(n, key): _silent_since(people, criterion, covered)
        for n, policy in enumerate(policies)
        for key, criterion in policy.criteria.items()
    }


def silences(people: ir.Table, policies: list[PolicyDefinition]) -> dict[str, ir.FloatingValue]:
    """Return for each policy's criteria the days until it holds without any further sign, from their beginnings."""
    return {
        column(n, key): _days(people[_begun(n, key)], criterion)
        for n, policy in enumerate(policies)
        for key, criterion in policy.criteria.items()
    }


def column(n: int, key: str) -> str:
    """Return the name of a criterion's column."""
    return f"future_left_{n}_{key}"


def _begun(n: int, key: str) -> str:
    return f"future_begun_{n}_{key}"


def days_left(people: ir.Table, policies: list[PolicyDefinition]) -> ir.FloatingValue:
    """Return the days until the contact's own policy calls her dormant; negative where it does already.

    `people` has `policy` and the columns of `silences`.
    """
    branches = []
    for n, policy in enumerate(policies):
        days = list(_candidates({key: people[column(n, key)] for key in policy.criteria}, policy))
        branches.append((people.policy == policy.policy, ibis.least(*days) if len(days) > 1 else days[0]))
    return ibis.cases(*branches, else_=NEVER) if branches else ibis.literal(NEVER)


def _candidates(left: dict[str, Any], policy: PolicyDefinition) -> Iterator[ir.FloatingValue]:
    """Yield for each quiet state and silence the day, if then the points and what is needed are there."""
    for name in (name for name in QUIET if name in policy.states):
        needs = needed(policy, name)
        for day in left.values():
            points = sum(
                (ibis.ifelse(left[key] <= day, c.points, 0) for key, c in policy.criteria.items()),
                start=ibis.literal(0),
            )
            there = points >= policy.states[name].points
            yield ibis.ifelse(there & (left[needs] <= day) if needs else there, day, NEVER)


def _days(begun: ir.IntegerValue, criterion: Criterion) -> ir.FloatingValue:
    if criterion.event:
        return ibis.ifelse(begun.notnull(), 0.0, NEVER)
    complete = due.seconds_after(criterion.duration, begun.fill_null(0))
    return ibis.ifelse(begun.notnull(), (complete - seconds(moments.now())) / SECONDS, NEVER)


def _silent_since(people: ir.Table, criterion: Criterion, covered: Mapping[str, datetime]) -> ir.IntegerValue:
    """Return the second of the last sign, of the first of her time or of coverage, whichever is last.

    Mails are taken to keep coming as they did: where too few came for a silence to mean something, none is under way. A
    count that is reached has begun, one that is not may never.
    """
    nothing = ibis.null("int64")
    if criterion.event:
        times = people[exposed_name(criterion.event, criterion.duration, criterion.channel)].fill_null(0)
        return ibis.ifelse(times >= (criterion.count.gte if criterion.count else 1), 0, nothing).cast("int64")
    known = coverage.since(covered, criterion.types)
    if known is None:
        return nothing
    told = truths.received(criterion, people) >= (criterion.exposed_to.count.gte if criterion.exposed_to else 0)
    if criterion.reads_opens:
        told = told & opens_known(people)
    under_way, since = _under_way(people, criterion, int(known.timestamp()))
    return ibis.ifelse(told & under_way, since, nothing)


def _under_way(people: ir.Table, criterion: Criterion, covered: int) -> tuple[ir.BooleanValue, ir.IntegerValue]:
    """Return whether a silence concerns the person at all, and the second since which it is known."""
    signs = [seconds(last).fill_null(0) for last in heard_of(criterion, people)]
    last = ibis.greatest(*signs) if len(signs) > 1 else signs[0]
    begun = seconds(truths.begun(criterion, people))
    start = begun.fill_null(0)
    if criterion.never:
        return begun.notnull() & (last == 0) & (seconds(people.first_seen_at) >= covered), start
    return begun.notnull(), ibis.greatest(last, ibis.ifelse(start < covered, covered, start))
