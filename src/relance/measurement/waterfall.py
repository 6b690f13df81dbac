"""From everybody in the entry segment to who would get the first message: each person with the reason, nothing sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from relance.core import database
from relance.eligibility import choosing
from relance.eligibility.ramp import drawing, ramping
from relance.eligibility.ramp.drawing import HELD_CONTROL, SHORTLY
from relance.journeys import definition, draws, entry, launches, tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.models import LaunchPerson, LaunchPlan, Version
from relance.journeys.steps.step import Wish
from relance.measurement import before, power
from relance.measurement.preflight import judging, plain
from relance.measurement.preflight.natural_return import Natural

Report = Callable[[str, int, int], None]
WORKING, STEPS = "who would get it", 4

# The bars after the first, in order: what takes people away, and the codes it stands for.
BARS: Mapping[str, tuple[str, ...]] = {
    "inside": ("in_journey", "too_recent", "asleep"),
    **before.HELD_BACK,
    "breaker": ("breaker_open",),
    "period": ("commercial_period",),
    "hours": ("quiet_hours", "legal_hours", "best_hour", "calls", "call_refused"),
    "pressure": ("pressure", "pressure_channel", "pressure_purpose", "pressure_fewer", "reserved_for_reactivation"),
    "control": ("control", "canary_control", HELD_CONTROL),
    "waiting": ("waiting",),
}  # fmt: skip
LAST = "canary"
# Whom the gate holds back for a while only comes after the canary, as those do who wait for nothing else: bars would count them out.
LATER: Mapping[str, tuple[str, ...]] = {
    **{name: tuple(code for code in codes if code not in SHORTLY) for name, codes in BARS.items()},
    "waiting": ("waiting", *SHORTLY),
}


@dataclass(frozen=True)
class Bar:
    """A bar: how many people it takes away (the last: who is left), and how many are left after it."""

    name: str
    people: int
    left: int
    codes: Mapping[str, int]


def quiet(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def work_out(plan: LaunchPlan, now: datetime, report: Report = quiet) -> LaunchPlan:
    """Work the plan out, write its people down and forget those of plans that nothing needs any more."""
    version = plan.version
    written = definition.of(version)
    report(WORKING, 0, STEPS)
    with transaction.atomic():
        LaunchPerson.objects.filter(plan=plan).delete()
        joined = _write(plan, version, written, report)
        report(WORKING, 3, STEPS)
        counts = dict(
            database.rows(
                "SELECT code, count(*) FROM launch_person WHERE plan_id = %s GROUP BY 1 ORDER BY 1", [plan.pk]
            )
        )
        drawn = drawing.drawn(plan.pk, joined) if counts.get(LAST) and written.reactivates else None
        judged = judging.judge(version, plan.start_at, now, canary=plan.canary, drawn=drawn)
        plan.figures = {"counts": counts, "joined": joined, **_showable(version, counts, judged.results.natural, now)}
    plan.figures["preflight"] = plain.kept(judged)
    plan.made_at = now
    plan.save(update_fields=["figures", "made_at"])
    _forget(plan)
    report(WORKING, STEPS, STEPS)
    return plan


def codes_by_bar(counts: Mapping[str, int]) -> Mapping[str, tuple[str, ...]]:
    """Return the codes of each bar; where there is no canary, nobody comes after it."""
    return LATER if counts.get(LAST) else BARS


def bars(counts: Mapping[str, int]) -> list[Bar]:
    """Return the bars, the whole segment first, the canary last; a code nobody foresaw has a bar of its own."""
    left = sum(counts.values())
    found = [Bar("segment", left, left, {})]
    named = codes_by_bar(counts)
    known = {code for codes in BARS.values() for code in codes} | {LAST}
    for name, codes_of in [*named.items(), *((code, (code,)) for code in counts if code not in known)]:
        inside = {code: counts[code] for code in codes_of if counts.get(code)}
        left -= sum(inside.values())
        found.append(Bar(name, sum(inside.values()), left, inside))
    return [*found, Bar(LAST, left, left, {LAST: left})]


def following(counts: Mapping[str, int]) -> int:
    """Return how many come after the canary: who waits, and whom the gate holds back for a while only."""
    return sum(counts.get(code, 0) for code in codes_by_bar(counts)["waiting"])


def _write(plan: LaunchPlan, version: Version, written: JourneyDefinition, report: Report) -> dict[str, str]:
    """Write every member of the segment with a code: those who may not enter, then those who may, as the gate would say.

    Return the bands of silence that smaller ones were joined into, with the youngest of each.
    """
    database.execute("DROP TABLE IF EXISTS pg_temp.launch_entrant")
    query, values = entry.entrants_sql(version, plan.start_at)
    database.execute(
        f"CREATE TEMP TABLE launch_entrant ON COMMIT DROP AS SELECT id AS contact_id, control FROM ({query}) AS who",
        values,
    )
    database.execute("ANALYZE launch_entrant")
    database.execute(STAYING_OUT, {**values, "plan": plan.pk})
    report(WORKING, 1, STEPS)
    first = _first_message(version, written, plan.start_at)
    judged = (
        choosing.judge("launch_entrant", *first)
        if first
        else "SELECT contact_id, 'allowed' AS code FROM launch_entrant"
    )
    report(WORKING, 2, STEPS)
    later = {"shortly": [*SHORTLY], "held": HELD_CONTROL}
    if written.reactivates and first:
        database.execute(BY_STEPS.format(judged=judged), {"plan": plan.pk, **later})
        return ramping.begin(plan)
    drawn = draws.digest("%(name)s", "'canary'", "contact_id")
    database.execute(
        ENTERING.format(judged=judged, drawn=drawn),
        {"plan": plan.pk, "name": written.journey, "size": plan.canary, **later},
    )
    return {}


# Members of the segment who would not enter, and why.
STAYING_OUT = """
    INSERT INTO launch_person (plan_id, code, contact_id)
    SELECT %(plan)s, CASE WHEN c.erased_at IS NOT NULL THEN 'erased' WHEN past.open THEN 'in_journey'
                          WHEN past.entered_at > coalesce(%(entered_before)s, '-infinity'::timestamptz) THEN 'too_recent'
                          ELSE 'asleep' END, c.id
    FROM segment s JOIN membership m ON m.segment_id = s.id JOIN contact c ON c.id = m.contact_id
    LEFT JOIN (
        SELECT contact_id, max(entered_at) AS entered_at, bool_or(ended_at IS NULL) AS open
        FROM enrolment WHERE journey_id = %(journey)s GROUP BY contact_id
    ) past ON past.contact_id = c.id
    WHERE s.name = %(segment)s AND NOT EXISTS (SELECT FROM launch_entrant e WHERE e.contact_id = c.id)
"""
# Those who would: the canary is whom the draw puts first, with the control people it passes on the way.
ENTERING = """
    WITH judged AS MATERIALIZED ({judged}), reached AS MATERIALIZED (
        SELECT contact_id, control, {drawn} AS drawn FROM judged JOIN launch_entrant USING (contact_id) WHERE code = 'allowed'
    ), edge AS (
        SELECT (SELECT drawn FROM reached WHERE NOT control ORDER BY drawn OFFSET %(size)s - 1 LIMIT 1) AS drawn
    )
    INSERT INTO launch_person (plan_id, code, contact_id)
    SELECT %(plan)s, code, contact_id FROM (
        SELECT CASE WHEN control AND code = ANY(%(shortly)s) THEN %(held)s ELSE code END AS code, contact_id
        FROM judged JOIN launch_entrant USING (contact_id) WHERE code <> 'allowed'
        UNION ALL
        SELECT CASE WHEN edge.drawn IS NULL OR reached.drawn <= edge.drawn
                    THEN CASE WHEN control THEN 'canary_control' ELSE 'canary' END
                    ELSE CASE WHEN control THEN 'control' ELSE 'waiting' END END, contact_id
        FROM reached, edge
    ) AS everybody ORDER BY code, contact_id
"""


# Those who would enter a reactivation: its ramp draws the canary within the youngest band of silence.
BY_STEPS = """
    INSERT INTO launch_person (plan_id, code, contact_id)
    SELECT %(plan)s, CASE WHEN control AND code = ANY(%(shortly)s) THEN %(held)s WHEN code <> 'allowed' THEN code
                          WHEN control THEN 'control' ELSE 'waiting' END, contact_id
    FROM ({judged}) AS judged JOIN launch_entrant USING (contact_id) ORDER BY 2, 3
"""


def _first_message(version: Version, written: JourneyDefinition, start: datetime) -> tuple[Wish, datetime] | None:
    """Return the first message on the way: what it is, and when whoever enters at `start` would get it."""
    sends = tree.sends(written.nodes)
    if not sends:
        return None
    node, send = sends[0]
    at = start + tree.soonest(written.nodes).get(node.position, timedelta(0))
    return send.wish(version), at


def _showable(version: Version, counts: Mapping[str, int], natural: Natural, now: datetime) -> dict[str, Any]:
    """Return the smallest effect that the whole journey, and the canary alone, can show."""
    expected = before.of_entrants(version, "launch_entrant", counts, now, natural)
    treated, control = counts.get("canary", 0), counts.get("canary_control", 0)
    rate = expected.base.rate
    return {
        "base": {"rate": rate, "assumed": expected.base.assumed, "returned": expected.base.returned, "of": expected.base.of},
        "whole": {
            "treated": expected.treated, "control": expected.control, "effect": expected.smallest_effect, "held_back": expected.held_back,
            "sentences": dict(expected.sentences),
        },
        "first": {"treated": treated, "control": control, "effect": power.smallest_effect(treated, control, rate)},
        "goal": expected.goal, "within": expected.within,
        "refreshed_at": expected.refreshed_at.isoformat() if expected.refreshed_at else None,
    }  # fmt: skip


def _forget(plan: LaunchPlan) -> None:
    """Delete the journey's older plans, but those that were approved: a canary is drawn from them."""
    older = LaunchPlan.objects.filter(journey=plan.journey, pk__lt=plan.pk, launch=None)
    ids = list(older.values_list("pk", flat=True))
    launch = launches.in_force(plan.journey_id)
    kept = [plan.pk, launch.plan_id] if launch else [plan.pk]
    LaunchPerson.objects.filter(plan__journey=plan.journey).exclude(plan_id__in=kept).delete()
    LaunchPlan.objects.filter(pk__in=ids).delete()
