"""A study of who comes back because of a message: checks, comparison, verdict, ranking, and the model to keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from relance.dormancy.reactivity import comparison, learners, qini
from relance.dormancy.reactivity.balance import Balance, balance
from relance.dormancy.reactivity.comparison import CLAIMANT, RIVAL, Comparison
from relance.dormancy.reactivity.effort import Effort
from relance.dormancy.reactivity.kept import Model
from relance.dormancy.reactivity.linear import Linear
from relance.dormancy.reactivity.preparation import Prepared, Question
from relance.dormancy.reactivity.reading import Bools, Codes, Floats

Verdict = Literal["uplift", "no_evidence", "response_only"]
Ranking = Literal["uplift", "expected_value", "none"]
Decision = Literal["", "everybody", "nobody", "above_cost"]
Undecided = Literal["", "arms_differ", "few_outcomes", "effect_near_cost"]
Interval: TypeAlias = Callable[[Bools, Floats], tuple[float, float] | None]  # of the arms' difference: treated, outcome

LEAST_OUTCOMES = 10  # people with an outcome, and without one, in each arm; below it nothing is learned
TENTHS = 10


@dataclass(frozen=True)
class Tenth:
    """A tenth of the people by the ranking, first the best, held out when they were ranked; control figures are 0 where nobody is one."""

    treated: int
    treated_outcome: float
    control: int
    control_outcome: float


@dataclass(frozen=True)
class Point:
    """Profit per person of the base where the first `share` of the ranking is mailed, as measured on held-out people."""

    share: float
    profit: float


@dataclass(frozen=True)
class Study:
    """What was found. `reasons` are codes of what kept it from speaking of uplift, `undecided` of what leaves open whom to mail."""

    verdict: Verdict
    reasons: Sequence[str]
    ranking: Ranking
    decision: Decision
    undecided: Undecided
    balance: Balance | None
    comparison: Comparison | None
    tenths: Sequence[Tenth]
    profit: Sequence[Point]
    model: Model


def study(prepared: Prepared, question: Question, effort: Effort, interval: Interval) -> Study:
    """Return the study of these people; `interval` gives the limits of the arms' difference, None where there are none."""
    sample = prepared.sample
    few = _few(prepared)
    checked = balance(prepared.columns, sample, effort.seed) if prepared.arms.both else None
    compared = None if few else comparison.compare(sample, effort)
    verdict, reasons = judge(prepared.arms.both, few, checked, compared)
    decision, undecided = _decision(prepared, question, (verdict, reasons), interval)
    learner = CLAIMANT if verdict == "uplift" else RIVAL
    cells = None if compared is None else compared.rankings[learner]
    tenths = [] if cells is None else _tenths(prepared, cells)
    profit = [] if cells is None or prepared.worth is None else _profit(prepared, question, cells)
    model = _model(prepared, question, (verdict, decision), few=few)
    return Study(verdict, reasons, _ranking(model), decision, undecided, checked, compared, tenths, profit, model)


def _ranking(model: Model) -> Ranking:
    """Return what people are ranked by: without a model of the response, at a cold start, nothing tells them apart."""
    if model.uplift is not None:
        return "uplift"
    return "expected_value" if model.response.coefficients.any() else "none"


def judge(both: bool, few: bool, checked: Balance | None, compared: Comparison | None) -> tuple[Verdict, list[str]]:
    """Return the verdict: uplift only where one learner, named beforehand, beats a random order and the response model beyond chance."""
    if not both:
        return "response_only", ["few_outcomes"] if few else []
    reasons = ["few_outcomes"] if few else []
    if checked is not None and not checked.alike:
        reasons.append("arms_differ")
    if compared is not None and not compared.qini[CLAIMANT].above_zero:
        reasons.append("not_above_random")
    if compared is not None and not compared.minus_response[CLAIMANT].above_zero:
        reasons.append("not_above_response")
    return ("no_evidence", reasons) if reasons else ("uplift", [])


def _few(prepared: Prepared) -> bool:
    """Tell whether an arm has too few people with an outcome, or without one, to learn anything."""
    sample = prepared.sample
    present = [sample.treated, ~sample.treated] if prepared.arms.both else [sample.treated]
    counts = [((sample.outcome[arm] != 0).sum(), (sample.outcome[arm] == 0).sum()) for arm in present]
    least = min(min(pair) if prepared.binary else pair[0] for pair in counts)
    return bool(least < LEAST_OUTCOMES)


def _decision(
    prepared: Prepared, question: Question, judged: tuple[Verdict, Sequence[str]], interval: Interval
) -> tuple[Decision, Undecided]:
    """Return whom it pays to mail, where a cost was given, or why nothing can be said of it."""
    if prepared.worth is None or question.cost is None:
        return "", ""
    verdict, reasons = judged
    if "arms_differ" in reasons:
        return "", "arms_differ"
    if "few_outcomes" in reasons:
        return "", "few_outcomes"
    if verdict != "no_evidence":
        return "above_cost", ""
    limits = interval(prepared.sample.treated, prepared.sample.outcome)
    return _everybody_or_nobody(limits, prepared.worth, question.cost)


def _everybody_or_nobody(limits: tuple[float, float] | None, worth: float, cost: float) -> tuple[Decision, Undecided]:
    """Return the choice without uplift to tell people apart, where the whole interval of the effect lies on one side of the cost."""
    if limits is not None and worth * limits[0] > cost:
        return "everybody", ""
    if limits is not None and worth * limits[1] <= cost:
        return "nobody", ""
    return "", "effect_near_cost"


def _tenths(prepared: Prepared, cells: Codes) -> list[Tenth]:
    people, sums = qini.tally(_in_tenths(cells), prepared.sample.treated, prepared.sample.outcome, TENTHS)
    return [Tenth(int(people[1, n]), float(sums[1, n]), int(people[0, n]), float(sums[0, n])) for n in range(TENTHS)]


def _in_tenths(cells: Codes) -> Codes:
    tenths: Codes = cells * TENTHS // (int(cells.max()) + 1)
    return tenths


def _profit(prepared: Prepared, question: Question, cells: Codes) -> list[Point]:
    """Return the profit at each tenth: worth of the outcomes on the curve minus the cost of mailing that share."""
    people, sums = qini.tally(_in_tenths(cells), prepared.sample.treated, prepared.sample.outcome, TENTHS)
    shares, gains = qini.curve(people, sums)
    cost, worth = question.cost or 0.0, prepared.worth or 0.0
    return [Point(float(s), float(worth * g - cost * s)) for s, g in zip(shares, gains, strict=True)]


def _model(prepared: Prepared, question: Question, found: tuple[Verdict, Decision], *, few: bool) -> Model:
    """Return the model to keep: the response among treated people, and the uplift where it may be spoken of."""
    sample, (verdict, decision) = prepared.sample, found
    response = _response(prepared, few=few)
    uplift = learners.fit(sample).learners()[CLAIMANT] if verdict == "uplift" else None
    return Model(
        encoder=prepared.encoder,
        response=response,
        uplift=uplift,
        binary=prepared.binary,
        outcome=question.outcome,
        verdict=verdict,
        decision=decision,
        worth=prepared.worth,
        cost=question.cost,
        identifiers=tuple(one.column for one in prepared.left_out if one.why == "identifier"),
    )


def _response(prepared: Prepared, *, few: bool) -> Linear:
    """Return the response model; at a cold start, the same mean for everybody."""
    sample = prepared.sample
    if few and _treated_with_outcome(sample.treated, prepared) < LEAST_OUTCOMES:
        mean = float(sample.outcome[sample.treated].mean())
        return Linear(mean, np.zeros(sample.features.shape[1]))
    return learners.response(sample.features, sample.treated, sample.outcome)


def _treated_with_outcome(treated: Bools, prepared: Prepared) -> int:
    return int((prepared.sample.outcome[treated] != 0).sum())
