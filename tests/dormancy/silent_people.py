"""Made-up buyers whose chance of coming back is known, and their silences as the engine would count them."""

import numpy as np
from numpy.typing import NDArray

from relance.dormancy.survival import GROUPS, LONGEST, Silences

Numbers = NDArray[np.float64]


def silences_of(
    random: np.random.Generator, people: int, *, years: float, until: float = 0
) -> tuple[Numbers, Numbers, Numbers]:
    """Return who is silent, from which day and until which (infinity: for good), of people who began within `years` before day 0.

    Three kinds: every 20, 90 and 300 days, of whom 5, 20 and 40 % are lost after each purchase.
    """
    kind = random.choice(3, people, p=[0.2, 0.5, 0.3])
    mean, lost = np.array([20, 90, 300])[kind], np.array([0.05, 0.2, 0.4])[kind]
    who, at, found = np.arange(people), random.uniform(-years * 365, 0, people), []
    while who.size:
        later = at + np.where(random.random(who.size) < lost[who], np.inf, random.exponential(mean[who]))
        found.append((who, np.floor(at), np.floor(later)))
        there = later < until
        who, at = who[there], later[there]
    who, begun, ended = (np.concatenate(column) for column in zip(*found, strict=True))
    different = ended > begun
    return who[different], begun[different], ended[different]


def counted(who: Numbers, begun: Numbers, ended: Numbers, *, since: int, start: int) -> Silences:
    """Return what the engine would count on day 0 of events since day `since`, watched from day `start`."""
    known = (begun >= since) & (begun < 0)
    who, begun, ended = who[known], begun[known], ended[known]
    over = ended < 0
    length, entered = np.where(over, ended, -1) - begun, np.maximum(start - 1 - begun, 0)
    part = who.astype(int) * 2654435761 % 4294967296 // 134217728
    seen = length > entered
    return Silences(
        _table(part[seen], entered[seen]),
        _table(part[seen & over], length[seen & over]),
        _table(part[seen & ~over], length[seen & ~over]),
    )


def _table(part: NDArray[np.int64], age: Numbers) -> Numbers:
    table = np.zeros((GROUPS, LONGEST + 2))
    np.add.at(table, (part, np.minimum(age, LONGEST + 1).astype(int)), 1)
    return table


def truth(begun: Numbers, ended: Numbers, days: int, horizon: int, *, since: int, start: int) -> float:
    """Return the share that comes back of the silences that reach so many days while watched, with the future known."""
    known = (begun >= since) & (begun < 0)
    begun, ended = begun[known], ended[known]
    day = begun + days
    reached = (day >= start - 1) & (day < -1) & (ended > day)
    return float((reached & (ended <= day + horizon)).sum() / reached.sum())
