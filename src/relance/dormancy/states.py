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

QUIET = ("dormant", "very_dormant")
FALSE_INACTIVE_BOUGHT = Duration(12, "month")
FALSE_INACTIVE_SILENT = Duration(6, "month")


def asked(person: ir.Table, policies: list[PolicyDefinition], covered: Mapping[str, datetime]) -> ir.Table:
    """Return for each person what the policies ask: whose population she is of, and which silences hold."""
    context = Context(SCORED, covered, person, EVENTS)
    columns: dict[str, ir.Value] = {}
    for n, policy in enumerate(policies):
        columns[f"match_{n}"] = _matches(policy, context)
        columns[f"out_{n}"] = _out_of_target(policy, context)
        columns[f"overdue_{n}"] = _overdue(policy, person)
        columns |= {f"silent_{n}_{key}": truth(criterion, context) for key, criterion in policy.criteria.items()}
    since = min((covered[name] for name in ENGAGEMENTS if name in covered), default=None)
    bought_lately = person.last_store_purchase_at > moments.before(FALSE_INACTIVE_BOUGHT)
    clicked_lately = (person.last_click_at > moments.before(FALSE_INACTIVE_SILENT)).fill_null(False)
    return person.select(
        "id",
        recent=person.first_seen_at > moments.before(Duration(settings.RELANCE.new_days, "day")),
        never=person.last_engagement_at.isnull(),
        certain=ibis.literal(False) if since is None else person.first_seen_at >= moments.at(since),
        false_inactive=(bought_lately & ~clicked_lately & (person.delivered > 0)).fill_null(False),
        **columns,
    )


def tallied(asked: ir.Table, policies: list[PolicyDefinition]) -> ir.Table:
    """Return each person's points under each policy: those surely earned, and those earned if the unknown were silence."""
    columns: dict[str, ir.Value] = {}
    for n, policy in enumerate(policies):
        held = {key: asked[f"silent_{n}_{key}"] for key in policy.criteria}
        columns[f"low_{n}"] = _points(policy, {key: value.fill_null(False) for key, value in held.items()})
        columns[f"high_{n}"] = _points(policy, {key: value.fill_null(True) for key, value in held.items()})
        marks = [ibis.cases((v.isnull(), f"{key}?"), (v, f"{key}+"), else_=f"{key}-") for key, v in held.items()]
        columns[f"marks_{n}"] = ibis.literal(" ").join(marks)
    return asked.mutate(**columns)


def reached(tallied: ir.Table, policies: list[PolicyDefinition]) -> ir.Table:
    """Return the state each policy gives each person, surely and perhaps."""
    columns: dict[str, ir.Value] = {}
    for n, policy in enumerate(policies):
        columns[f"surely_{n}"] = _reached(tallied, n, policy, "low")
        columns[f"perhaps_{n}"] = _reached(tallied, n, policy, "high")
    return tallied.mutate(**columns)


def standing(reached: ir.Table, policies: list[PolicyDefinition]) -> ir.Table:
    """Return each person's policy (the first whose population matches), points, criteria, state and flags."""
    matches = [reached[f"match_{n}"] for n in range(len(policies))]

    def pick(values: Sequence[Any], otherwise: str | int | bool) -> Any:
        return ibis.cases(*zip(matches, values, strict=True), else_=otherwise) if matches else ibis.literal(otherwise)

    numbered = range(len(policies))
    by_policy = pick([_by_policy(reached, n) for n in numbered], "undetermined")
    return reached.select(
        contact_id=reached.id,
        policy=pick([policy.policy for policy in policies], ""),
        points=pick([reached[f"low_{n}"] for n in numbered], 0).cast("int16"),
        criteria=pick([reached[f"marks_{n}"] for n in numbered], ""),
        state=ibis.cases(
            (reached.recent, "new"),
            (reached.never & reached.certain, "never_active"),
            (reached.never & (by_policy == "active"), "undetermined"),
            else_=by_policy,
        ),
        false_inactive=reached.false_inactive,
        out_of_target=pick([reached[f"out_{n}"] for n in numbered], False),
    )


def _matches(policy: PolicyDefinition, context: Context) -> ir.BooleanValue:
    condition = population(policy)
    return ibis.literal(True) if condition is None else compile_condition(condition, context).fill_null(False)


def _out_of_target(policy: PolicyDefinition, context: Context) -> ir.BooleanValue:
    if policy.out_of_target is None:
        return ibis.literal(False)
    return compile_condition(parse(policy.out_of_target, policy.policy, vocabulary=SCORED), context).fill_null(False)


def _overdue(policy: PolicyDefinition, person: ir.Table) -> ir.BooleanValue:
    if policy.cadence is None:
        return ibis.literal(False)
    return (person.overdue_ratio >= policy.cadence.overdue_at).fill_null(False)


def _points(policy: PolicyDefinition, held: Mapping[str, ir.BooleanValue]) -> ir.IntegerValue:
    parts = (ibis.ifelse(held[key], criterion.points, 0) for key, criterion in policy.criteria.items())
    return sum(parts, start=ibis.literal(0))


def _reached(tallied: ir.Table, n: int, policy: PolicyDefinition, bound: str) -> ir.StringValue:
    """Return the highest state whose points, and the criterion it or a lower dormant state needs, are there."""
    branches = []
    for name in reversed([state for state in SILENT_STATES if state in policy.states]):
        needs = policy.states[name].needs or (policy.states["dormant"].needs if name == "very_dormant" else None)
        there = tallied[f"{bound}_{n}"] >= policy.states[name].points
        if needs:
            there = there & tallied[f"silent_{n}_{needs}"].fill_null(bound == "high")
        branches.append((there, name))
    return ibis.cases(*branches, else_="active")


def _by_policy(reached: ir.Table, n: int) -> ir.StringValue:
    """Return the state one policy gives: what is only perhaps dormant is undetermined; an overdue buyer is cooling."""
    surely, perhaps = reached[f"surely_{n}"], reached[f"perhaps_{n}"]
    return ibis.cases(
        (surely.isin(QUIET), surely),
        (perhaps.isin(QUIET), "undetermined"),
        ((surely == "active") & reached[f"overdue_{n}"], "cooling"),
        else_=surely,
    )


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
