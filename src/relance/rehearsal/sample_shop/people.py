"""The people of the sample shop: who they are, how they buy, when they leave, what is dirty about them."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from relance.rehearsal.sample_shop import words
from relance.rehearsal.sample_shop.arrays import Flags, Numbers, Reals, bands, drawn
from relance.rehearsal.sample_shop.scope import DAY, YEAR, Scope


class Habit(IntEnum):
    """Where a person buys."""

    NEVER = 0
    ONLINE = 1
    BOTH = 2
    STORE = 3


class Flaw(IntEnum):
    """The one thing that is dirty about a person; most have none."""

    NONE = 0
    MISTYPED = 1
    BROKEN = 2
    DISPOSABLE = 3
    ROLE = 4
    NO_EMAIL = 5
    DEAD = 6
    MOVED_ABROAD = 7
    MOVED_OVERSEAS = 8
    MOVED_UNKNOWN = 9
    OPTED_OUT = 10
    SAME_NUMBER = 11  # stands twice in the file under one customer number
    SAME_EMAIL = 12  # has a second account, its address differs by case and spaces only
    TWO_EMAILS = 13  # has a second account with the same name and phone and another address


SHARES = {
    Flaw.MISTYPED: 0.012,
    Flaw.BROKEN: 0.005,
    Flaw.DISPOSABLE: 0.008,
    Flaw.ROLE: 0.006,
    Flaw.NO_EMAIL: 0.03,
    Flaw.DEAD: 0.02,
    Flaw.MOVED_ABROAD: 0.012,
    Flaw.MOVED_OVERSEAS: 0.006,
    Flaw.MOVED_UNKNOWN: 0.008,
    Flaw.OPTED_OUT: 0.06,
    Flaw.SAME_NUMBER: 0.006,
    Flaw.SAME_EMAIL: 0.008,
    Flaw.TWO_EMAILS: 0.008,
}
TWICE = (Flaw.SAME_NUMBER, Flaw.SAME_EMAIL, Flaw.TWO_EMAILS)
UNUSABLE = (Flaw.MISTYPED, Flaw.BROKEN, Flaw.NO_EMAIL)
MOVED = (Flaw.MOVED_ABROAD, Flaw.MOVED_OVERSEAS, Flaw.MOVED_UNKNOWN)

_HABITS = (0.10, 0.65, 0.18, 0.07)  # in the order of Habit
_KNOWN_BEFORE = 0.45  # share of people who were customers before the history begins
_RATE_SHAPE, _RATE_MEAN = 1.2, 2.6  # purchases a year while a customer: gamma
_DROPOUT_SHAPE, _DROPOUT_SCALE = 0.9, 0.8  # years until leaving: Pareto II, as in Pareto/NBD (Schmittlein et al. 1987)
_SETTLED = 120 * DAY  # dirt needs a past: bounces, moves and second accounts come after joining


@dataclass(frozen=True)
class People:
    """One row per real person, in the order they joined."""

    english: Flags
    first_name: Numbers  # position among the first names of the language
    last_name: Numbers
    flaw: Numbers
    habit: Numbers
    joined: Numbers
    moved: Numbers  # when they moved away; 0 for those who did not
    leaves: Numbers  # when they stop being a customer; the end of the history for those who stay
    rate: Reals  # purchases a year while a customer
    clicks: Reals  # chance of clicking in a mail while a customer
    budget: Reals  # standard normal: taste for expensive things
    favourite: Numbers  # position of the category most bought

    def __len__(self) -> int:
        return len(self.joined)

    def has(self, *flaws: Flaw) -> Flags:
        """Tell who has one of the flaws."""
        return np.isin(self.flaw, flaws)


def draw(scope: Scope, categories: int) -> People:
    """Draw the people; those who stand twice in the file count once."""
    random = scope.random("people")
    size = scope.contacts - sum(scope.count(SHARES[flaw]) for flaw in TWICE)
    english = random.random(size) < 0.2
    joined = _joined(scope, random, size)
    flaw = _flaws(scope, random, joined)
    habit = np.where(flaw == Flaw.NO_EMAIL, int(Habit.STORE), drawn(random, _HABITS, size))
    moved = _moved(scope, random, joined, flaw)
    rate = random.gamma(_RATE_SHAPE, _RATE_MEAN / _RATE_SHAPE, size)
    clicks = random.beta(0.5, 9, size)
    return People(
        english=english,
        first_name=_names(random, english, words.FIRST_NAMES),
        last_name=_names(random, english, words.SURNAMES),
        flaw=flaw,
        habit=habit,
        joined=joined,
        moved=moved,
        leaves=_leaves(scope, random, joined, habit, moved),
        rate=np.where(habit == Habit.STORE, np.maximum(rate, 2.0), rate),
        clicks=np.where((habit == Habit.STORE) | (flaw == Flaw.DISPOSABLE), 0.0, clicks),
        budget=random.standard_normal(size),
        favourite=random.integers(0, categories, size),
    )


def _joined(scope: Scope, random: np.random.Generator, size: int) -> Numbers:
    before = round(_KNOWN_BEFORE * size)
    old = scope.start - random.random(before) * 3 * YEAR
    recent = scope.start + random.random(size - before) * (scope.end - scope.start)
    days = np.sort(np.concatenate([old, recent]).astype(np.int64)) // DAY * DAY
    return days + random.integers(7 * 3600, 20 * 3600, size)


def _flaws(scope: Scope, random: np.random.Generator, joined: Numbers) -> Numbers:
    flaw = np.zeros(len(joined), dtype=np.int64)
    settled = np.flatnonzero(joined < scope.end - _SETTLED)
    counts = [0, *(scope.count(share) for share in SHARES.values())]
    chosen = random.permutation(settled)[: sum(counts)]
    flaw[chosen] = bands(counts)
    return flaw


def _moved(scope: Scope, random: np.random.Generator, joined: Numbers, flaw: Numbers) -> Numbers:
    earliest = np.maximum(joined, scope.start) + 30 * DAY
    at = earliest + (random.random(len(joined)) * (scope.end - 20 * DAY - earliest)).astype(np.int64)
    return np.where(np.isin(flaw, MOVED), at, 0)


def _leaves(scope: Scope, random: np.random.Generator, joined: Numbers, habit: Numbers, moved: Numbers) -> Numbers:
    """Everybody is a customer when the history begins; most of the store's regulars still are when it ends."""
    years = _DROPOUT_SCALE * (random.random(len(joined)) ** (-1 / _DROPOUT_SHAPE) - 1)
    at = np.maximum(joined, scope.start) + np.minimum(years * YEAR, 10 * YEAR).astype(np.int64)
    regular = (habit == Habit.STORE) & (random.random(len(joined)) < 0.75)
    at = np.minimum(np.where(regular, scope.end, at), scope.end)
    return np.where(moved > 0, np.minimum(at, moved), at)


def _names(random: np.random.Generator, english: Flags, lists: dict[str, list[str]]) -> Numbers:
    sizes = np.where(english, len(lists["en"]), len(lists["fr"]))
    skewed = random.random(len(english)) ** 1.3  # the first of a list are the most frequent
    return (skewed * sizes).astype(np.int64)
