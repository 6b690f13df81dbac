"""Learners compared on people they were not fitted on: repeated cross-validation, one paired bootstrap for all of them.

What is claimed rests on one learner that is named before the data are seen, `combined`, the mean of the two-model and the
transformed-outcome predictions: choosing the better of the two afterwards would be a second chance to win by luck, and
choosing it inside the folds costs power (on Hillstrom's women's mail its Qini was 0.0075 against 0.0078 for the mean, which
was the highest of all with each seed tried).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from relance.dormancy.reactivity import bootstrap, jackknife, learners, qini
from relance.dormancy.reactivity.bootstrap import Limits
from relance.dormancy.reactivity.effort import Effort
from relance.dormancy.reactivity.jackknife import Held
from relance.dormancy.reactivity.linear import Linear
from relance.dormancy.reactivity.reading import Bools, Codes, Floats
from relance.dormancy.reactivity.sample import Sample

CLAIMANT = "combined"  # the learner whose differences decide whether there is uplift to speak of
RIVAL = "response"


@dataclass(frozen=True)
class Comparison:
    """Qini of each learner, its difference from the response model, and the rankings of the first repetition.

    Where nobody is a control the areas are those of outcomes themselves, not of incremental ones: a gain, no Qini.
    """

    qini: Mapping[str, Limits]
    minus_response: Mapping[str, Limits]
    rankings: Mapping[str, Codes]  # (people,) cell of each person, 0 first


def compare(sample: Sample, effort: Effort) -> Comparison:
    """Return every learner's Qini on held-out people, averaged over the repetitions within each resample of the paired bootstrap."""
    random = np.random.default_rng(effort.seed)
    repetitions = [_held_out(sample, effort, random) for _ in range(effort.repeats)]
    names = list(repetitions[0].rankings)
    cells = np.stack([one.rankings[name] for name in names for one in repetitions])
    drawn = bootstrap.draws(cells, sample.treated, sample.outcome, resamples=effort.resamples, seed=effort.seed)
    drawn = drawn.reshape(len(drawn), len(names), effort.repeats).mean(axis=2)
    seen = np.array([qini.of(one, sample.treated, sample.outcome) for one in cells])
    measured = _Measured(seen.reshape(len(names), effort.repeats).mean(axis=1), drawn)
    again = _learned_again(sample, [one.folds for one in repetitions], random)
    positions = {name: n for n, name in enumerate(names)}
    return Comparison(
        {name: measured.limits(n, again.get(name)) for name, n in positions.items()},
        {
            name: measured.minus(positions[RIVAL]).limits(n, again[name] - again[RIVAL] if name in again else None)
            for name, n in positions.items() if name != RIVAL
        },
        repetitions[0].rankings,
    )  # fmt: skip


@dataclass(frozen=True)
class _Measured:
    """Estimates (rankings,) and their resamples (resamples, rankings)."""

    seen: Floats
    drawn: Floats

    def minus(self, rival: int) -> _Measured:
        """Return the differences from one of the rankings."""
        return _Measured(self.seen - self.seen[rival], self.drawn - self.drawn[:, [rival]])

    def limits(self, position: int, again: Floats | None) -> Limits:
        """Return the bootstrap's interval, widened where the jackknife of the learning says that it is too short."""
        drawn = self.drawn[:, position]
        error = float(drawn.std())
        factor = 1.0 if again is None or error == 0 else max(1.0, jackknife.spread(again) / error)
        return bootstrap.limits(self.seen[position], self.seen[position] + factor * (drawn - self.seen[position]))


@dataclass(frozen=True)
class _Repetition:
    """One cross-validation of everybody: each learner's ranking, and its folds."""

    rankings: Mapping[str, Codes]
    folds: Sequence[Held]


def _learned_again(
    sample: Sample, repetitions: Sequence[Sequence[Held]], random: np.random.Generator
) -> Mapping[str, Floats]:
    """Return each learner's Qini without each group of people, averaged over the repetitions; nothing where nobody is a control."""
    if not repetitions[0]:
        return {}
    group = np.zeros(len(sample.outcome), dtype=np.int64)
    for n, (_, chosen) in enumerate(split(sample, jackknife.GROUPS, random)):
        group[chosen] = n
    count = qini.cells_for(len(group))
    found = [jackknife.replicates(sample, folds, group, count) for folds in repetitions]
    return {name: np.mean([one[name] for one in found], axis=0) for name in found[0]}


def split(sample: Sample, folds: int, random: np.random.Generator) -> Iterator[tuple[Bools, Bools]]:
    """Yield who trains and who is held out, each kind of person (arm, with or without an outcome) spread evenly."""
    kinds = sample.treated * 2 + (sample.outcome != 0)
    shuffled = random.permutation(len(kinds))
    ordered = shuffled[np.argsort(kinds[shuffled], kind="stable")]
    fold = np.empty(len(kinds), dtype=np.int64)
    fold[ordered] = np.arange(len(kinds)) % folds
    for one in range(folds):
        yield fold != one, fold == one


def _held_out(sample: Sample, effort: Effort, random: np.random.Generator) -> _Repetition:
    """Return each learner's ranking of everybody, made fold by fold of people it was not fitted on."""
    count = qini.cells_for(len(sample.outcome))
    found: dict[str, Codes] = {}
    folds: list[Held] = []
    for train, test in split(sample, effort.folds, random):
        known, held = sample.take(train), sample.take(test)
        jitter = random.random(len(held.outcome))
        if not known.treated.all():
            folds.append(Held(test, learners.fit(known), jitter))
        models = folds[-1].fitted.learners() if folds else {RIVAL: _response(known)}
        scores = {name: model.predict(held.features) for name, model in models.items()}
        if held.recency is not None:
            scores["recency"] = -held.recency
        for name, one in scores.items():
            ranking = found.setdefault(name, np.zeros(len(sample.outcome), dtype=np.int64))
            ranking[test] = qini.ranked(one, jitter, count)
    return _Repetition(found, folds)


def _response(sample: Sample) -> Linear:
    return learners.response(sample.features, sample.treated, sample.outcome)
