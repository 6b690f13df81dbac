"""What a start is expected to bring: who comes back without it, what a control group measured that it adds, what a rehearsal simulated.

Nothing is promised that this base did not show: where no control group ever told what a reactivation adds, that is said,
with the smallest effect that the groups of this start can show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter

from relance.events.schemas import PURCHASES
from relance.journeys import definition, publishing
from relance.journeys.definition import JourneyDefinition
from relance.journeys.models import LaunchRehearsal, Version
from relance.measurement import outcomes
from relance.measurement.figures import Result
from relance.measurement.intervals import Interval
from relance.measurement.models import ResultSnapshot
from relance.measurement.outcomes import Outcome
from relance.measurement.preflight import natural_return, predicting
from relance.measurement.preflight.natural_return import Natural
from relance.measurement.preflight.predicting import Prediction

Source: TypeAlias = Literal["history", "own_run", "other_run", "history_and_run", "simulated"]

_RESULT = TypeAdapter(Result)


@dataclass(frozen=True)
class Figure:
    """One expected figure: `code` says of what, `unit` counts people, orders or money, `source` where it comes from."""

    code: str
    unit: Literal["people", "orders", "money"]
    value: float
    low: float
    high: float
    source: Source


@dataclass(frozen=True)
class Run:
    """A finished run with a control group, whose difference is taken over."""

    journey: str
    title: Mapping[str, str]  # by language
    own: bool
    people: int
    first_entry: datetime | None
    ends_at: datetime | None
    difference: float
    interval: Interval
    revenue: float | None  # per person
    revenue_interval: Interval | None


@dataclass(frozen=True)
class Results:
    """What is expected of the treated group within the journey's window, figure by figure; `refusal` where nothing is known."""

    outcome: str  # what the journey is measured by
    within: str
    treated: int
    figures: tuple[Figure, ...]
    natural: Natural
    run: Run | None
    rehearsal: LaunchRehearsal | None

    def figure(self, code: str) -> Figure | None:
        """Return a figure by its code; None where it is not known."""
        return next((one for one in self.figures if one.code == code), None)


def expected(version: Version, treated: Sequence[int], *, start: datetime, now: datetime) -> Results:
    """Return what these people, the control group apart, are expected to do within the goal's window from their entry."""
    written = definition.of(version)
    goal, order = _outcome(written), next(one for one in outcomes.outcomes("order_placed") if one.name == "order")
    natural = natural_return.watch(goal.types, treated, written.goal.within, start=start, now=now)
    bought = natural
    if goal != order:
        bought = natural_return.watch(order.types, treated, written.goal.within, start=start, now=now)
    run, rehearsal = comparable(version, goal), _rehearsed(version)
    figures = (
        *_of_people(natural, run, len(treated)), *_of_money(bought, run, len(treated)), *_of_rehearsal(rehearsal, goal.name),
    )  # fmt: skip
    return Results(goal.name, str(written.goal.within), len(treated), figures, natural, run, rehearsal)


def _outcome(written: JourneyDefinition) -> Outcome:
    """Return what the journey is measured by: orders, where only a reader of mails can reach its goal."""
    known = outcomes.outcomes(written.goal.event)
    goal = next((one for one in known if written.goal.event in one.types), None)
    return goal or next(one for one in known if set(one.types) == set(PURCHASES))


def _of_people(natural: Natural, run: Run | None, treated: int) -> Iterator[Figure]:
    """Who does it without the journey, because of it, and in all."""
    alone = None
    if not natural.refusal:
        alone = predicting.people(natural.cells("returned", "returned"), predicting.between(natural.seen()))
        yield _figure("people_alone", "people", alone, "history")
    if run:
        source: Source = "own_run" if run.own else "other_run"
        added = predicting.of_difference(run.difference, run.interval, treated)
        yield _figure("people_added", "people", added, source)
        if alone:
            yield _figure("people_in_all", "people", predicting.together(alone, added), "history_and_run")


def _of_money(natural: Natural, run: Run | None, treated: int) -> Iterator[Figure]:
    """Orders and revenue without the journey, revenue because of it, and in all."""
    alone = None
    if not natural.refusal:
        spread = predicting.between(natural.seen())
        fewest = predicting.people(natural.cells("returned", "returned"), spread).low
        orders = predicting.amount(natural.cells("times", "times_squared"), spread, fewest=fewest)
        if orders:
            yield _figure("orders_alone", "orders", orders, "history")
        alone = predicting.amount(natural.cells("spent", "spent_squared"), spread, fewest=fewest)
        if alone:
            yield _figure("revenue_alone", "money", alone, "history")
    if run and run.revenue is not None and run.revenue_interval is not None:
        source: Source = "own_run" if run.own else "other_run"
        added = predicting.of_difference(run.revenue, run.revenue_interval, treated)
        yield _figure("revenue_added", "money", added, source)
        if alone:
            yield _figure("revenue_in_all", "money", predicting.together(alone, added), "history_and_run")


def _of_rehearsal(done: LaunchRehearsal | None, outcome: str) -> Iterator[Figure]:
    """What a rehearsal of this version ended with, of its own simulated people: never mixed with the others."""
    if done is None:
        return
    told = done.result
    effect = next((one for one in told.get("effects", []) if one["outcome"] == outcome), None)
    if effect and None not in (effect["difference"], effect["low"], effect["high"]):
        interval = Interval(effect["low"], effect["high"])
        added = predicting.of_difference(effect["difference"], interval, told["treated"])
        yield _figure("people_simulated", "people", added, "simulated")
    if told.get("revenue") is not None and told.get("revenue_low") is not None:
        money = Prediction(told["revenue"], told["revenue_low"], told["revenue_high"])
        yield _figure("revenue_simulated", "money", money, "simulated")


def _figure(code: str, unit: Literal["people", "orders", "money"], found: Prediction, source: Source) -> Figure:
    return Figure(code, unit, found.value, found.low, found.high, source)


def comparable(version: Version, goal: Outcome) -> Run | None:
    """Return the run that tells best what this journey adds: its own, else the largest of another reactivation.

    Only finished runs with a control group count, of the same goal within the same time.
    """
    window = str(definition.of(version).goal.within)
    rows = ResultSnapshot.objects.filter(figures__finished=True).select_related("journey")
    latest = publishing.all_latest({row.journey_id for row in rows})
    found = [
        run
        for row in rows
        if (run := _run(_RESULT.validate_python(row.figures), latest.get(row.journey_id), goal, window))
    ]
    own = [run for run in found if run.journey == version.journey.name]
    others = sorted((run for run in found if run.journey != version.journey.name), key=lambda run: -run.people)
    return _as_own(own[0]) if own else next(iter(others), None)


def _as_own(run: Run) -> Run:
    return Run(**vars(run) | {"own": True})


def _run(result: Result, version: Version | None, goal: Outcome, window: str) -> Run | None:
    """Return a kept result as a run; None where it is of no reactivation, of another goal, or tells nothing."""
    if version is None or version.definition.get("purpose") != "reactivation":
        return None
    effect, money = result.effect, result.revenue
    if result.primary != goal.name or result.window != window or not effect.known or effect.scarce:
        return None
    if effect.difference is None or effect.interval is None:
        return None
    paid = money.known and not money.scarce and money.difference is not None and money.interval is not None
    written = definition.of(version)
    return Run(
        journey=result.journey, title={code: written.said(code) for code in ("en", "fr")}, own=False,
        people=result.treated + result.control, first_entry=result.first_entry, ends_at=result.ends_at,
        difference=effect.difference, interval=effect.interval, revenue=money.difference if paid else None,
        revenue_interval=money.interval if paid else None,
    )  # fmt: skip


def _rehearsed(version: Version) -> LaunchRehearsal | None:
    done = LaunchRehearsal.objects.filter(version=version, made_at__isnull=False)
    return done.order_by("-pk").first()


def as_dict(found: Results) -> dict[str, Any]:
    """Return the figures and what they rest on as plain data; the sentences are `results_words`'."""
    natural, run, done = found.natural, found.run, found.rehearsal
    return {
        "outcome": found.outcome, "within": found.within, "treated": found.treated, "unknown": natural.refusal or None,
        "figures": [vars(one) | {"simulated": one.source == "simulated"} for one in found.figures],
        "history": None if natural.refusal else {
            "windows": len(natural.windows), "until": natural.until, "watched": natural.watched,
            "alike": natural.alike, "longer": natural.longer,
            "seen": [{"returned": observed, "expected": foretold} for observed, foretold in natural.seen()],
        },
        "measured": None if run is None else {
            "journey": run.journey, "own": run.own, "people": run.people, "first_entry": run.first_entry, "ends_at": run.ends_at,
            "difference": run.difference, "interval": vars(run.interval),
        },
        "rehearsal": None if done is None else {"at": done.made_at, "days": done.days, "people": done.result.get("treated")},
    }  # fmt: skip
