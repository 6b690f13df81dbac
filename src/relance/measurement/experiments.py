"""What came back because of a journey: both arms by intention to treat from entry, differences with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import sqrt
from typing import TypeAlias

import duckdb

from relance.core.durations import Duration
from relance.core.errors import NotFoundError
from relance.events import engine
from relance.intake import coverage
from relance.journeys import definition
from relance.journeys.models import Journey, Version
from relance.measurement import conclusions, intervals, money_intervals, outcomes, power, volumes
from relance.measurement.figures import Effect, Rate, Result, Revenue
from relance.measurement.outcomes import Arm, Outcome, Passages

LEAST_EVENTS = 1  # expected in the smaller arm; below it the score interval was measured to cover down to 92 %
UNLIKELY_Z = 3.29  # a share of the control group this far from the one asked for happens once in a thousand
STALE_DAYS = 3

Versions: TypeAlias = Sequence[tuple[int, definition.JourneyDefinition]]


def result(journey_name: str, now: datetime, *, since: datetime | None = None) -> Result:
    """Return what the journey brought by `now` (of passages begun `since`); raise NotFoundError where none has this name."""
    journey = Journey.objects.filter(name=journey_name).first()
    if journey is None:
        raise NotFoundError(f"No journey is called `{journey_name}`. `relance journey list` shows those there are.")
    published = Version.objects.filter(journey=journey).order_by("number")
    versions = [(version.pk, definition.of(version)) for version in published]
    if not versions:
        raise NotFoundError(f"The journey `{journey_name}` was never published. Publish it, then start it.")
    with engine.reading() as con:
        measured = _measured(con, journey, versions, (since, now))
        return conclusions.concluded(measured, _cautions(con, measured, versions))


def _measured(
    con: duckdb.DuckDBPyConnection, journey: Journey, versions: Versions, span: tuple[datetime | None, datetime]
) -> Result:
    """Return the figures of passages begun within the span, without words."""
    since, now = span
    goal = versions[-1][1].goal
    wanted = outcomes.outcomes(goal.event)
    passages = outcomes.load(con, journey.pk, {pk: one.goal.within for pk, one in versions}, now, since)
    arms = outcomes.arms(con, wanted, now)
    effects = _effects(wanted, arms, passages, now)
    return Result(
        journey=journey.name,
        at=now,
        goal=goal.event,
        window=str(goal.within),
        running=journey.running,
        finished=passages.ends_at is not None and passages.ends_at <= now,
        ends_at=passages.ends_at,
        first_entry=passages.first_entry,
        unfinished=passages.unfinished,
        treated=arms[False].people,
        control=arms[True].people,
        primary=_primary(wanted, goal.event),
        effects=effects,
        revenue=_revenue(arms, _covers(effects)),
        volumes=volumes.read(con, journey.pk, since),
    )


def _primary(wanted: Sequence[Outcome], goal: str) -> str:
    return next((outcome.name for outcome in wanted if goal in outcome.types), "order")


def _effects(wanted: Sequence[Outcome], arms: Mapping[bool, Arm], passages: Passages, now: datetime) -> list[Effect]:
    """Return one effect per outcome; `known` only where data cover one of its types from the first entry to the end."""
    end = min(now, passages.ends_at) if passages.ends_at else now
    since = coverage.covered(end)
    effects = []
    for outcome in wanted:
        covered = {t for t in outcome.types if t in since and passages.first_entry and since[t] <= passages.first_entry}
        uncovered = tuple(t for t in outcome.types if t not in covered)
        if not covered:
            effects.append(Effect(outcome.name, outcome.types, known=False, uncovered=uncovered))
        else:
            effects.append(compare(outcome, arms[False], arms[True], uncovered=uncovered))
    return effects


def compare(outcome: Outcome, treated: Arm, control: Arm, *, uncovered: tuple[str, ...] = ()) -> Effect:
    """Return the effect on one outcome of which the data speak."""
    hits, base = treated.counts[outcome.name], control.counts[outcome.name]
    with_journey, without = _rate(hits, treated.people), _rate(base, control.people)
    seen = Effect(outcome.name, outcome.types, True, uncovered, with_journey, without)
    if not treated.people or not control.people:
        return seen
    gap = with_journey.share - without.share
    limits = intervals.difference(hits, treated.people, base, control.people)
    expected = (hits + base) / (treated.people + control.people) * min(treated.people, control.people)
    return replace(
        seen,
        difference=gap,
        interval=limits,
        incremental=gap * treated.people,
        incremental_interval=limits.times(treated.people),
        scarce=expected < LEAST_EVENTS,
        smallest=power.smallest_effect(treated.people, control.people, without.share),
    )


def _rate(count: int, people: int) -> Rate:
    return Rate(count, people, intervals.exact(count, people) if people else None)


def _covers(effects: Sequence[Effect]) -> bool:
    """Tell whether the data cover orders, and so money."""
    return any(effect.known for effect in effects if effect.outcome == "order")


def _revenue(arms: Mapping[bool, Arm], known: bool) -> Revenue:
    treated, control = arms[False], arms[True]
    if not known:
        return Revenue(known=False)
    if not treated.people or not control.people:
        return Revenue(True, treated.revenue, control.revenue)
    means = float(treated.revenue) / treated.people, float(control.revenue) / control.people
    gap = means[0] - means[1]
    told = Revenue(True, treated.revenue, control.revenue, *means, gap, incremental=gap * treated.people)
    if not money_intervals.enough(len(treated.amounts), treated.people, len(control.amounts), control.people):
        return replace(told, scarce=True)
    limits = money_intervals.mean_difference(treated.amounts, treated.people, control.amounts, control.people)
    return replace(told, interval=limits, incremental_interval=limits.times(treated.people))


def _cautions(con: duckdb.DuckDBPyConnection, measured: Result, versions: Versions) -> list[conclusions.Caution]:
    """Return what a reader must know before believing the figures."""
    found: list[conclusions.Caution] = []
    latest = outcomes.latest(con, measured.effect.types, measured.at)
    end = min(measured.ends_at, measured.at) if measured.ends_at else measured.at
    stale = latest is None or latest < Duration(STALE_DAYS, "day").before(end)
    if measured.effect.known and measured.first_entry and stale:
        found.append(("stale", {"outcome": measured.primary, "latest": latest}))
    if measured.first_entry and not _split_as_asked(con, versions):
        found.append(("split", {"control": measured.control, "people": measured.control + measured.treated}))
    last = versions[-1][1]
    whole = definition.length(last)
    if whole.total_seconds() > last.goal.within.days * 86_400:
        found.append(("short_window", {"window": last.goal.within, "days": whole.days}))
    if len({(one.goal.event, one.goal.within) for _, one in versions}) > 1:
        found.append(("goals_differ", {}))
    return found


def _split_as_asked(con: duckdb.DuckDBPyConnection, versions: Versions) -> bool:
    """Tell whether the control group is as large as the holdouts asked for, within what chance allows."""
    entered = con.execute(
        "SELECT version_id, count(*), count(*) FILTER (WHERE control) FROM enrolment GROUP BY version_id"
    ).fetchall()
    asked = {pk: one.holdout for pk, one in versions}
    expected = sum(people * asked[pk] for pk, people, _ in entered)
    spread = sqrt(sum(people * asked[pk] * (1 - asked[pk]) for pk, people, _ in entered))
    return bool(abs(sum(row[2] for row in entered) - expected) <= max(UNLIKELY_Z * spread, 1.0))
