"""Qini: the area between the curve of incremental outcomes and the straight line of a random order.

N. J. Radcliffe, Using control groups to target on predicted lift, Direct Marketing Analytics Journal (2007) 14-21. People
are ranked by a score. Among the first share phi of them, Nt(phi) treated had outcomes Rt(phi) and Nc(phi) control people
had Rc(phi); the curve is

    Q(phi) = (Rt(phi) - Rc(phi) Nt(phi) / Nc(phi)) / Nt(1),

incremental outcomes per treated person. The Qini given here is the integral of Q over phi from 0 to 1, by trapezia between
the cells of the ranking, minus Q(1) / 2, the area under a random order's line. Zero is what a random order gets.
"""

from __future__ import annotations

import numpy as np

from relance.dormancy.reactivity.reading import Bools, Codes, Floats

CELLS = 100  # points of the curve; fewer where people are few
PEOPLE_PER_CELL = 20


def cells_for(people: int) -> int:
    """Return how many cells a ranking of so many people is cut into."""
    return int(min(CELLS, max(10, people // PEOPLE_PER_CELL)))


def ranked(scores: Floats, jitter: Floats, cells: int) -> Codes:
    """Return the cell (0 for the highest scores) of each person; equal scores are told apart by `jitter`, at random."""
    order = np.lexsort((jitter, -scores))
    found = np.empty(len(scores), dtype=np.int64)
    found[order] = np.arange(len(scores)) * cells // len(scores)
    return found


def curve(people: Floats, outcomes: Floats) -> tuple[Floats, Floats]:
    """Return phi and Q(phi) from cells up, both (…, cells + 1); `people` and `outcomes` are (2, …, cells), control first."""
    counts, sums = np.cumsum(people, axis=-1), np.cumsum(outcomes, axis=-1)
    shares = (counts[0] + counts[1]) / (counts[0] + counts[1])[..., -1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(counts[0] > 0, sums[0] / counts[0], 0.0)
        gains = (sums[1] - rate * counts[1]) / counts[1][..., -1:]
    start = np.zeros((*gains.shape[:-1], 1))
    return np.concatenate([start, shares], axis=-1), np.concatenate([start, gains], axis=-1)


def area(people: Floats, outcomes: Floats) -> Floats:
    """Return the Qini of each ranking, (…), from (2, …, cells) people and outcomes per cell."""
    shares, gains = curve(people, outcomes)
    whole = np.trapezoid(gains, shares, axis=-1)
    return np.asarray(whole - gains[..., -1] / 2)


def tally(cells: Codes, treated: Bools, outcome: Floats, count: int) -> tuple[Floats, Floats]:
    """Return people and outcomes by arm and cell, each (2, cells), control first."""
    places = treated * count + cells
    people: Floats = np.bincount(places, minlength=2 * count).astype(float)
    sums: Floats = np.bincount(places, weights=outcome, minlength=2 * count).astype(float)
    return people.reshape(2, count), sums.reshape(2, count)


def of(cells: Codes, treated: Bools, outcome: Floats) -> float:
    """Return the Qini of one ranking given as cells."""
    return float(area(*tally(cells, treated, outcome, int(cells.max()) + 1)))
