"""How good a given score is: its Qini with interval, and what was gained in each tenth of its ranking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relance.core.errors import InputError
from relance.dormancy.reactivity import bootstrap, qini
from relance.dormancy.reactivity.bootstrap import Limits
from relance.dormancy.reactivity.effort import Effort
from relance.dormancy.reactivity.reading import Bools, Codes, Floats

TENTHS = 10


@dataclass(frozen=True)
class Evaluation:
    """A score's Qini (its gain, where nobody is a control), its curve at each tenth, and each person's tenth (0 the first)."""

    qini: Limits
    curve: tuple[tuple[float, float], ...]
    tenth: Codes


def evaluate(score: Floats, treated: Bools, outcome: Floats, effort: Effort) -> Evaluation:
    """Return how well a score ranks people; equal scores are told apart at random. Scores must not come from a model of these people."""
    if len(score) < TENTHS:
        raise InputError(f"{len(score)} people cannot be cut into tenths. Bring more.")
    jitter = np.random.default_rng(effort.seed).random(len(score))
    cells = qini.ranked(score, jitter, qini.cells_for(len(score)))
    drawn = bootstrap.draws(cells[None, :], treated, outcome, resamples=effort.resamples, seed=effort.seed)[:, 0]
    tenth = qini.ranked(score, jitter, TENTHS)
    shares, gains = qini.curve(*qini.tally(tenth, treated, outcome, TENTHS))
    points = tuple((float(s), float(g)) for s, g in zip(shares, gains, strict=True))
    return Evaluation(bootstrap.limits(qini.of(cells, treated, outcome), drawn), points, tenth)
