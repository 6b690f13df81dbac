"""What people did on the site: visits, sign-ins and product pages viewed."""

from dataclasses import dataclass

import numpy as np

from relance.rehearsal.sample_shop.arrays import Numbers
from relance.rehearsal.sample_shop.mailings import CLICKED, Mailings
from relance.rehearsal.sample_shop.people import Habit, People
from relance.rehearsal.sample_shop.purchases import Lines, Purchases
from relance.rehearsal.sample_shop.scope import DAY, YEAR, Scope
from relance.rehearsal.sample_shop.times import hours

TYPES = ["site_visited", "logged_in", "product_viewed"]
_A_YEAR, _A_YEAR_AFTER_LEAVING = 1.2, 0.15  # visits without a purchase
_COMES_BACK = 0.02  # share of those who left that look at one product again in the last two days

Random = np.random.Generator


@dataclass(frozen=True)
class Visits:
    """One row per line of visits.csv, in the order of time."""

    account: Numbers
    at: Numbers
    type: Numbers
    product: Numbers  # -1 for none

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True)
class _Sessions:
    """Visits of the site: whose, from when, which product they look at; chances of signing in and of looking."""

    account: Numbers
    at: Numbers
    product: Numbers
    signs_in: float
    looks: float


@dataclass(frozen=True)
class Past:
    """What else happened, which visits go with."""

    purchases: Purchases
    account: Numbers  # of each purchase
    lines: Lines
    mailings: Mailings


def draw(scope: Scope, people: People, past: Past, products: int) -> Visits:
    """Draw the visits before orders, after clicks, without either, and of some who left and come back to look."""
    random = scope.random("visits")
    sessions = (
        _before_orders(random, past),
        _after_clicks(random, past.mailings, products),
        _without_purchase(scope, random, people, products),
    )
    parts = [*(_events(random, session) for session in sessions), _returns(scope, random, people, products)]
    account, at, kind, product = (np.concatenate(column) for column in zip(*parts, strict=True))
    inside = np.flatnonzero((at >= scope.start) & (at < scope.end))
    order = inside[np.argsort(at[inside], kind="stable")]
    return Visits(account[order], at[order], kind[order], product[order])


def _before_orders(random: Random, past: Past) -> _Sessions:
    first_line = np.searchsorted(past.lines.purchase, np.arange(len(past.purchases)))
    ordered = ~past.purchases.store & (past.purchases.person >= 0) & (random.random(len(past.purchases)) < 0.8)
    at = past.purchases.at[ordered] - random.integers(300, 2400, int(ordered.sum()))
    return _Sessions(past.account[ordered], at, past.lines.product[first_line[ordered]], signs_in=0.6, looks=0.6)


def _after_clicks(random: Random, mailings: Mailings, products: int) -> _Sessions:
    led = (mailings.type == CLICKED) & (random.random(len(mailings)) < 0.7)
    product = random.integers(0, products, int(led.sum()))
    return _Sessions(mailings.account[led], mailings.at[led] + 2, product, signs_in=0.1, looks=0.5)


def _without_purchase(scope: Scope, random: Random, people: People, products: int) -> _Sessions:
    begin = np.maximum(people.joined, scope.start)
    years = np.maximum(people.leaves - begin, 0) / YEAR, (scope.end - people.leaves) / YEAR
    online = people.habit != Habit.STORE
    counts = [
        random.poisson(rate * span * online) for rate, span in zip((_A_YEAR, _A_YEAR_AFTER_LEAVING), years, strict=True)
    ]
    person = np.concatenate([np.repeat(np.arange(len(people)), count) for count in counts])
    after = np.arange(len(person)) >= counts[0].sum()
    earliest = np.where(after, people.leaves[person], begin[person])
    latest = np.where(after, scope.end, people.leaves[person])
    day = (earliest + random.random(len(person)) * (latest - earliest)).astype(np.int64) // DAY * DAY
    at = day + hours(random, np.zeros(len(person), dtype=np.bool_))
    return _Sessions(person, at, random.integers(0, products, len(person)), signs_in=0.2, looks=0.5)


def _events(random: Random, sessions: _Sessions) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return account, instant, type and product of what happens in the sessions."""
    size = len(sessions.account)
    everyone, signed = np.arange(size), np.flatnonzero(random.random(size) < sessions.signs_in)
    looked = np.flatnonzero(random.random(size) < sessions.looks)
    row = np.concatenate([everyone, signed, looked])
    kind = np.repeat([0, 1, 2], [size, len(signed), len(looked)])
    product = np.where(kind == 2, sessions.product[row], -1)
    return sessions.account[row], sessions.at[row] + kind * random.integers(20, 100, len(row)), kind, product


def _returns(scope: Scope, random: Random, people: People, products: int) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return the two or three looks at one product by people who had left: the sign a reactivation waits for."""
    gone = (people.leaves < scope.end - 180 * DAY) & (people.moved == 0) & (people.habit != Habit.STORE)
    who = np.flatnonzero(gone & (random.random(len(people)) < _COMES_BACK))
    looks = random.integers(2, 4, len(who))
    account = np.repeat(who, looks)
    at = scope.end - random.integers(600, 40 * 3600, len(account))
    product = np.repeat(random.integers(0, products, len(who)), looks)
    return account, at, np.full(len(account), 2), product
