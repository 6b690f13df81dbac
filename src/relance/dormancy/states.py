"""States: points from silences that are known to be silences, then the state they add up to, since when and by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
from django.conf import settings

from relance.core.durations import Duration
from relance.dormancy import counting, due, truths
from relance.dormancy.cadence import seconds
from relance.dormancy.criteria import EXPOSED_TIMES, EXPOSED_TO
from relance.dormancy.policies import SILENT_STATES, PolicyDefinition, population
from relance.dormancy.truths import began, turned
from relance.dormancy.vocabulary import SCORED
from relance.events.schemas import ENGAGEMENTS, PURCHASES
from relance.intake import coverage
from relance.rules import Context, compile_condition, moments, parse
from relance.rules.compiling import EVENTS, TIMESTAMP

DAY = 86_400
QUIET = ("dormant", "very_dormant")
FALSE_INACTIVE_BOUGHT = Duration(12, "month")
FALSE_INACTIVE = ("store_purchase", "message_delivered", "message_clicked")  # what it takes to tell a false inactive
CADENCE, OBJECTION = "cadence", "objection"  # reasons that are no criterion
NOBODY = -1  # instead of a policy's number
_NEVER = 2**53  # seconds after any that are told

truth = truths.truth


def reads_opens(policies: list[PolicyDefinition]) -> bool:
    """Return whether any policy looks at opens, which count for people who consented to that."""
    return any(criterion.reads_opens for policy in policies for criterion in policy.criteria.values())


def asked(person: ir.Table, policies: list[PolicyDefinition], covered: Mapping[str, datetime]) -> ir.Table:
    """Return for each person what the policies ask: whose population she is of, which silences hold and since when."""
    context = Context(SCORED, covered, person, EVENTS)
    columns: dict[str, ir.Value] = {}
    for n, policy in enumerate(policies):
        columns[f"match_{n}"] = _matches(policy, context)
        columns[f"out_{n}"] = _out_of_target(policy, context)
        columns[f"overdue_{n}"], columns[f"overdue_at_{n}"] = _overdue(policy, person, covered)
        for key, criterion in policy.criteria.items():
            columns[f"silent_{n}_{key}"] = truth(criterion, context)
            columns[f"began_{n}_{key}"] = began(criterion, context)
    since = coverage.since(covered, ENGAGEMENTS)
    objected = person.objected_at.notnull() if "objected_at" in person.columns else ibis.literal(False)
    return person.select(
        "id",
        recent=person.first_seen_at > moments.before(_new()),
        settled=seconds(person.first_seen_at) + _new().count * DAY,
        never=person.last_engagement_at.isnull(),
        certain=ibis.literal(False) if since is None else person.first_seen_at >= moments.at(since),
        false_inactive=_false_inactive(person, covered) & ~objected,
        objected=objected,
        **columns,
    )


def matched(person: ir.Table, policies: list[PolicyDefinition], covered: Mapping[str, datetime]) -> ir.Table:
    """Return the number of each person's policy, the first whose population matches; NOBODY for who is of none."""
    context = Context(SCORED, covered, person, EVENTS)
    first = ibis.cases(*((_matches(policy, context), n) for n, policy in enumerate(policies)), else_=NOBODY)
    return person.select("id", number=first.cast("int16"))


def tallied(asked: ir.Table, policies: list[PolicyDefinition]) -> ir.Table:
    """Return each person's points under each policy: those surely earned, and those earned if the unknown were silence."""
    columns: dict[str, ir.Value] = {}
    for n, policy in enumerate(policies):
        held = {key: asked[f"silent_{n}_{key}"] for key in policy.criteria}
        columns[f"low_{n}"] = _points(policy, {key: value.fill_null(False) for key, value in held.items()})
        columns[f"high_{n}"] = _points(policy, {key: value.fill_null(True) for key, value in held.items()})
        marks = [ibis.cases((v.isnull(), f"{key}?"), (v, f"{key}+"), else_=f"{key}-") for key, v in held.items()]
        columns[f"marks_{n}"] = ibis.literal(" ").join(marks)
        for key, criterion in policy.criteria.items():
            columns[f"turned_{n}_{key}"] = turned(criterion, held[key], asked[f"began_{n}_{key}"])
    return asked.mutate(**columns)


def reached(tallied: ir.Table, policies: list[PolicyDefinition]) -> ir.Table:
    """Return the state each policy gives each person's points, surely and perhaps."""
    columns: dict[str, ir.Value] = {}
    for n, policy in enumerate(policies):
        columns[f"surely_{n}"] = _reached(tallied, n, policy, "low")
        columns[f"perhaps_{n}"] = _reached(tallied, n, policy, "high")
    return tallied.mutate(**columns)


def completed(reached: ir.Table, policies: list[PolicyDefinition]) -> ir.Table:
    """Return the state by each policy, and for each criterion the second at which its silence completed the one reached."""
    columns: dict[str, ir.Value] = {}
    for n, policy in enumerate(policies):
        columns[f"by_{n}"] = _by_policy(reached, n)
        columns |= _complete(reached, n, policy)
    return reached.mutate(**columns)


def moved(completed: ir.Table, policies: list[PolicyDefinition]) -> ir.Table:
    """Return, by each policy, about the second from which the state holds, whether points gave it, and the last sign's second."""
    columns: dict[str, ir.Value] = {}
    for n, policy in enumerate(policies):
        first = _most(ibis.least, [completed[f"since_{n}_{key}"] for key in policy.criteria])
        late = completed[f"overdue_at_{n}"].fill_null(_NEVER)
        columns[f"first_{n}"] = first
        columns[f"by_points_{n}"] = (completed[f"surely_{n}"].isin(QUIET) | (first <= late)) & (first < _NEVER)
        columns[f"latest_{n}"] = _most(
            ibis.greatest, [completed[f"turned_{n}_{key}"].fill_null(0) for key in policy.criteria]
        )
    return completed.mutate(**columns)


def dated(moved: ir.Table, policies: list[PolicyDefinition]) -> ir.Table:
    """Return each person's policy (the first whose population matches), points, criteria, state, reason and flags.

    `reason` is the criterion that moved the person there (or `cadence`), for the active the one whose sign came last,
    for the undetermined the first that nobody can tell; `objection` for who objected to profiling, who has no points.
    The state began `months` or `seconds` after `start`, NULL where the events do not tell, and not before `settled`.
    """
    matches = [moved[f"match_{n}"] for n in range(len(policies))]

    def pick(values: Sequence[Any], otherwise: Any) -> Any:
        return ibis.cases(*zip(matches, values, strict=True), else_=otherwise) if matches else ibis.literal(otherwise)

    numbered = list(enumerate(policies))
    by_policy = pick([moved[f"by_{n}"] for n, _ in numbered], "undetermined")
    low = pick([moved[f"low_{n}"] for n, _ in numbered], 0)
    marks = pick([moved[f"marks_{n}"] for n, _ in numbered], "")
    state = ibis.cases(
        (moved.objected, "undetermined"),
        (moved.recent, "new"),
        (moved.never & moved.certain, "never_active"),
        (moved.never & (by_policy == "active"), "undetermined"),
        else_=by_policy,
    )
    start, months, seconds_more = (
        pick([_start(moved, n, policy, name) for n, policy in numbered], 0).cast("int64")
        for name in ("start", "months", "seconds")
    )
    silent, alone = state.isin(SILENT_STATES), state.isin(("new", "never_active"))
    return moved.select(
        contact_id=moved.id,
        policy=pick([policy.policy for policy in policies], ""),
        points=ibis.ifelse(moved.objected, 0, low).cast("int16"),
        criteria=ibis.ifelse(moved.objected, "", marks),
        state=state,
        reason=ibis.cases(
            (moved.objected, OBJECTION),
            (state != by_policy, ""),
            else_=pick([_reason(moved, n, policy) for n, policy in numbered], ""),
        ),
        settled=ibis.ifelse(state == "new", moved.settled - _new().count * DAY, moved.settled),
        start=ibis.cases((silent, start), (alone, 0), else_=ibis.null("int64")),
        months=ibis.ifelse(silent, months, 0),
        seconds=ibis.ifelse(silent, seconds_more, 0),
        false_inactive=moved.false_inactive,
        out_of_target=pick([moved[f"out_{n}"] for n, _ in numbered], False),
    )


def begun(dated: ir.Table, policies: list[PolicyDefinition]) -> ir.Table:
    """Return the same with `begun`, the second in which the state began, NULL where the events do not tell."""
    del policies
    return dated.mutate(begun=due.months_after(dated.months, dated.start) + dated.seconds)


def standing(begun: ir.Table, policies: list[PolicyDefinition]) -> ir.Table:
    """Return the same with `since`: the instant from which a silent state held, NULL where the events do not tell."""
    del policies
    at = begun.begun + ibis.greatest(begun.settled - begun.begun, 0)  # NULL where nobody knows: no mere greatest
    kept = ("contact_id", "policy", "points", "criteria", "state")
    flags = ("reason", "false_inactive", "out_of_target")
    return begun.select(*kept, *flags, since=at.as_timestamp("s").cast(TIMESTAMP))


def _false_inactive(person: ir.Table, covered: Mapping[str, datetime]) -> ir.BooleanValue:
    """Return whether a person buys in the store and ignores the messages; false where nobody could tell.

    Ignored are at least six that were delivered in six months in which some source told of clicks, and none came.
    """
    since = coverage.since(covered, ("message_clicked",))
    if since is None:
        return ibis.literal(False)
    start = moments.before(counting.IGNORED_FOR)
    bought = (person.last_store_purchase_at > moments.before(FALSE_INACTIVE_BOUGHT)).fill_null(False)
    clicked = (person.last_click_at > start).fill_null(False)
    received = person[counting.name(EXPOSED_TO, counting.IGNORED_FOR)].fill_null(0)
    return bought & ~clicked & (received >= EXPOSED_TIMES) & (start >= moments.at(since))


def _new() -> Duration:
    return Duration(settings.RELANCE.new_days, "day")


def _matches(policy: PolicyDefinition, context: Context) -> ir.BooleanValue:
    condition = population(policy)
    return ibis.literal(True) if condition is None else compile_condition(condition, context).fill_null(False)


def _out_of_target(policy: PolicyDefinition, context: Context) -> ir.BooleanValue:
    if policy.out_of_target is None:
        return ibis.literal(False)
    return compile_condition(parse(policy.out_of_target, policy.policy, vocabulary=SCORED), context).fill_null(False)


def _overdue(
    policy: PolicyDefinition, person: ir.Table, covered: Mapping[str, datetime]
) -> tuple[ir.BooleanValue, ir.IntegerValue]:
    """Return whether a person is overdue by her own cadence, and the second at which she became so; not where purchases
    are no longer told."""
    if policy.cadence is None or coverage.over(covered, PURCHASES):
        return ibis.literal(False), ibis.null("int64")
    rhythm = person.silence_days / person.overdue_ratio.nullif(0)
    days = (rhythm * policy.cadence.overdue_at - 1e-6).ceil().cast("int64")
    overdue = (person.overdue_ratio >= policy.cadence.overdue_at).fill_null(False)
    return overdue, ibis.ifelse(overdue, seconds(person.last_purchase_at) + days * DAY, ibis.null("int64"))


def _points(policy: PolicyDefinition, held: Mapping[str, ir.BooleanValue]) -> ir.IntegerValue:
    parts = (ibis.ifelse(held[key], criterion.points, 0) for key, criterion in policy.criteria.items())
    return sum(parts, start=ibis.literal(0))


def needed(policy: PolicyDefinition, state: str) -> str | None:
    """Return the criterion a state needs: its own, or for `very_dormant` that of `dormant`."""
    return policy.states[state].needs or (policy.states["dormant"].needs if state == "very_dormant" else None)  # type: ignore[index]


def _reached(tallied: ir.Table, n: int, policy: PolicyDefinition, bound: str) -> ir.StringValue:
    """Return the highest state whose points, and the criterion it or a lower dormant state needs, are there."""
    branches = []
    for name in reversed([state for state in SILENT_STATES if state in policy.states]):
        needs = needed(policy, name)
        there = tallied[f"{bound}_{n}"] >= policy.states[name].points
        if needs:
            there = there & tallied[f"silent_{n}_{needs}"].fill_null(bound == "high")
        branches.append((there, name))
    return ibis.cases(*branches, else_="active")


def _complete(reached: ir.Table, n: int, policy: PolicyDefinition) -> dict[str, ir.Value]:
    """Return per criterion the second at which its silence completed the state that is surely reached; NULL if it did not.

    Silences that hold now began one after the other and none has ended: the state holds since the first of their
    beginnings at which the points, and the criterion it needs, were all there.
    """
    surely = reached[f"surely_{n}"]
    states = [name for name in SILENT_STATES if name in policy.states]
    asks = ibis.cases(*((surely == name, policy.states[name].points) for name in states), else_=0)
    at = {
        key: ibis.ifelse(reached[f"silent_{n}_{key}"].fill_null(False), reached[f"turned_{n}_{key}"], _NEVER)
        for key in policy.criteria
    }
    required = [(surely == name, at[str(needed(policy, name))]) for name in states if needed(policy, name)]
    needs = ibis.cases(*required, else_=0) if required else ibis.literal(0)
    columns: dict[str, ir.Value] = {}
    for key, instant in at.items():
        points = (ibis.ifelse(other <= instant, policy.criteria[name].points, 0) for name, other in at.items())
        there = (surely != "active") & (instant < _NEVER) & (needs <= instant)
        there = there & (sum(points, start=ibis.literal(0)) >= asks)
        columns[f"since_{n}_{key}"] = ibis.ifelse(there, instant, _NEVER)
    return columns


def _most(of: Callable[..., Any], columns: list[Any]) -> Any:
    """Return the least or the greatest of some columns; one alone is it."""
    return of(*columns) if len(columns) > 1 else columns[0]


def _movers(moved: ir.Table, n: int, policy: PolicyDefinition) -> list[tuple[Any, str]]:
    """Return for each criterion whether it completed the silent state one policy gives."""
    first = moved[f"first_{n}"]
    return [(moved[f"by_points_{n}"] & (moved[f"since_{n}_{key}"] == first), key) for key in policy.criteria]


def _start(moved: ir.Table, n: int, policy: PolicyDefinition, name: str) -> Any:
    """Return what the beginning of the state is counted from: the second, and the months or the seconds to add."""
    values: dict[str, Any] = {}
    for key, criterion in policy.criteria.items():
        months, seconds = (0, 0) if criterion.event else due.parts(criterion.duration)
        values[key] = {"start": moved[f"began_{n}_{key}"], "months": months, "seconds": seconds}[name]
    late = moved[f"overdue_at_{n}"] if name == "start" else 0
    return ibis.cases(*((there, values[key]) for there, key in _movers(moved, n, policy)), else_=late)


def _reason(moved: ir.Table, n: int, policy: PolicyDefinition) -> Any:
    """Return the criterion that gave the state one policy gives."""
    state, latest = moved[f"by_{n}"], moved[f"latest_{n}"]
    marks = {key: moved[f"silent_{n}_{key}"] for key in policy.criteria}
    told = [((state == "undetermined") & mark.isnull(), key) for key, mark in marks.items()]
    signs = {key: moved[f"turned_{n}_{key}"].fill_null(0) for key in policy.criteria}
    heard = [
        ((state == "active") & ~marks[key].fill_null(True) & (sign > 0) & (sign == latest), key)
        for key, sign in signs.items()
    ]
    there = [(state.isin(SILENT_STATES) & completes, key) for completes, key in _movers(moved, n, policy)]
    return ibis.cases(*told, *there, (state == "cooling", CADENCE), *heard, else_="")


def _by_policy(reached: ir.Table, n: int) -> ir.StringValue:
    """Return the state one policy gives: what is only perhaps dormant is undetermined; an overdue buyer is cooling."""
    surely, perhaps = reached[f"surely_{n}"], reached[f"perhaps_{n}"]
    return ibis.cases(
        (surely.isin(QUIET), surely),
        (perhaps.isin(QUIET), "undetermined"),
        ((surely == "active") & reached[f"overdue_{n}"], "cooling"),
        else_=surely,
    )
