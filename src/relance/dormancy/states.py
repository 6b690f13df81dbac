"""States: points from silences that are known to be silences, then the state they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
from django.conf import settings

from relance.core.durations import Duration
from relance.dormancy.features import exposed_name, last_name
from relance.dormancy.policies import SILENT_STATES, Criterion, PolicyDefinition, population
from relance.dormancy.vocabulary import SCORED
from relance.events.schemas import ENGAGEMENTS
from relance.rules import Context, compile_condition, moments, parse
from relance.rules.compiling import EVENTS

FALSE_INACTIVE_BOUGHT = Duration(12, "month")
FALSE_INACTIVE_SILENT = Duration(6, "month")


def scored(person: ir.Table, policies: list[PolicyDefinition], covered: Mapping[str, datetime]) -> ir.Table:
    """Return people (with their features) and their policy, points, state and flags."""
    context = Context(SCORED, covered, person, EVENTS)
    matches = [_matches(policy, context) for policy in policies]
    judged = [_judge(policy, context) for policy in policies]
    bought_lately = person.last_store_purchase_at > moments.before(FALSE_INACTIVE_BOUGHT)
    clicked_lately = (person.last_click_at > moments.before(FALSE_INACTIVE_SILENT)).fill_null(False)
    return person.mutate(
        policy=_pick(matches, [policy.policy for policy in policies], ""),
        points=_pick(matches, [points for points, _, _ in judged], 0).cast("int16"),
        criteria=_pick(matches, [criteria for _, _, criteria in judged], ""),
        state=_state(context, _pick(matches, [state for _, state, _ in judged], "undetermined")),
        false_inactive=(bought_lately & ~clicked_lately & (person.delivered > 0)).fill_null(False),
        out_of_target=_pick(matches, [_out_of_target(policy, context) for policy in policies], False),
    )


def _pick(matches: list[ir.BooleanValue], values: Sequence[Any], otherwise: str | int | bool) -> Any:
    """Return the value of the first policy whose population matches."""
    return ibis.cases(*zip(matches, values, strict=True), else_=otherwise) if matches else ibis.literal(otherwise)


def _matches(policy: PolicyDefinition, context: Context) -> ir.BooleanValue:
    condition = population(policy)
    return ibis.literal(True) if condition is None else compile_condition(condition, context).fill_null(False)


def _out_of_target(policy: PolicyDefinition, context: Context) -> ir.BooleanValue:
    if policy.out_of_target is None:
        return ibis.literal(False)
    return compile_condition(parse(policy.out_of_target, policy.policy, vocabulary=SCORED), context).fill_null(False)


def _state(context: Context, by_policy: ir.StringValue) -> ir.StringValue:
    """Return the state: `new` at first, `never_active` where silence is known to be one, else what the policy says."""
    person = context.person
    since = min((context.covered[name] for name in ENGAGEMENTS if name in context.covered), default=None)
    certain = ibis.literal(False) if since is None else person.first_seen_at >= moments.at(since)
    never = person.last_engagement_at.isnull()
    return ibis.cases(
        (person.first_seen_at > moments.before(Duration(settings.RELANCE.new_days, "day")), "new"),
        (never & certain, "never_active"),
        (never & (by_policy == "active"), "undetermined"),
        else_=by_policy,
    )


def _judge(policy: PolicyDefinition, context: Context) -> tuple[ir.IntegerValue, ir.StringValue, ir.StringValue]:
    """Return the policy's points, state, and which criteria hold (`+`), do not (`-`) or are unknown (`?`)."""
    truths = {key: truth(criterion, context) for key, criterion in policy.criteria.items()}
    low = {key: value.fill_null(False) for key, value in truths.items()}
    high = {key: value.fill_null(True) for key, value in truths.items()}
    points = sum(
        (ibis.ifelse(low[key], criterion.points, 0) for key, criterion in policy.criteria.items()),
        start=ibis.literal(0),
    )
    surely, perhaps = _reached(policy, low), _reached(policy, high)
    quiet = ["dormant", "very_dormant"]
    overdue = (
        ibis.literal(False)
        if policy.cadence is None
        else (context.person.overdue_ratio >= policy.cadence.overdue_at).fill_null(False)
    )
    state = ibis.cases(
        (surely.isin(quiet), surely),
        (perhaps.isin(quiet), "undetermined"),
        ((surely == "active") & overdue, "cooling"),
        else_=surely,
    )
    marks = [ibis.ifelse(value, f"{key}+", f"{key}-").fill_null(f"{key}?") for key, value in truths.items()]
    return points, state, ibis.literal(" ").join(marks)


def _reached(policy: PolicyDefinition, truths: Mapping[str, ir.BooleanValue]) -> ir.StringValue:
    """Return the highest state whose points, and the criterion it or a lower dormant state needs, are there."""
    points = sum(
        (ibis.ifelse(truths[key], criterion.points, 0) for key, criterion in policy.criteria.items()),
        start=ibis.literal(0),
    )
    branches = []
    for name in reversed([state for state in SILENT_STATES if state in policy.states]):
        needs = policy.states[name].needs or (policy.states["dormant"].needs if name == "very_dormant" else None)
        there = points >= policy.states[name].points
        branches.append((there & truths[needs] if needs else there, name))
    return ibis.cases(*branches, else_="active")


def truth(criterion: Criterion, context: Context) -> ir.BooleanValue:
    """Return whether the silence holds: false when something was heard or it is too early, NULL where nobody could tell."""
    person = context.person
    start = moments.before(criterion.duration)
    heard = (person[last_name(criterion.without)] > start).fill_null(False)
    early = person.first_seen_at > start
    since = min((context.covered[name] for name in criterion.without if name in context.covered), default=None)
    covered = (
        ibis.literal(False)
        if since is None
        else (person.first_seen_at >= moments.at(since)) | (start >= moments.at(since))
    )
    known = covered
    if criterion.exposed_to is not None:
        received = person[exposed_name(criterion.exposed_to.event, criterion.exposed_to.within or criterion.duration)]
        known = covered & (received.fill_null(0) >= criterion.exposed_to.count.gte)
    return ibis.ifelse(heard | early, False, ibis.ifelse(known, True, ibis.null("boolean")))
