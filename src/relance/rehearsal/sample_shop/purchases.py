"""Orders of the site and tickets of the till: who bought when, what, and at which price."""

from dataclasses import dataclass

import numpy as np

from relance.rehearsal.sample_shop.arrays import Flags, Numbers, Reals, drawn
from relance.rehearsal.sample_shop.people import Habit, People
from relance.rehearsal.sample_shop.scope import DAY, YEAR, Scope
from relance.rehearsal.sample_shop.times import busy, hours, in_sales

ANONYMOUS, UNKNOWN = -1, -2  # in place of a person
_ANONYMOUS_SHARE, _UNKNOWN_SHARE = 0.06, 0.004  # purchases per contact
_LINES = (45, 30, 15, 10)  # baskets of one to four lines
_QUANTITIES = (85, 10, 3, 2)
_DISCOUNTS = (0.2, 0.3, 0.4)
_TWICE = 0.003  # share of lines that stand twice in their order

Random = np.random.Generator


@dataclass(frozen=True)
class Purchases:
    """One row per order or ticket, in the order of time."""

    person: Numbers  # or ANONYMOUS, UNKNOWN
    at: Numbers
    store: Flags

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True)
class Lines:
    """One row per line of an order or ticket, in the order of purchases."""

    purchase: Numbers
    product: Numbers
    quantity: Numbers
    price: Numbers  # of one piece, in cents, after discount

    @property
    def amount(self) -> Numbers:
        """Return the cents of each line."""
        return self.quantity * self.price

    def identical(self) -> Flags:
        """Tell the lines that an earlier line of the same order equals."""
        keys = np.stack([self.purchase, self.product, self.quantity, self.price], axis=1)
        _, first = np.unique(keys, axis=0, return_index=True)
        again = np.ones(len(keys), dtype=np.bool_)
        again[first] = False
        return again


def draw(scope: Scope, people: People) -> Purchases:
    """Draw everybody's purchases, and those that belong to nobody known."""
    random = scope.random("purchases")
    person, at, store = _of_people(scope, random, people)
    nobody = np.repeat([ANONYMOUS, UNKNOWN], [scope.count(_ANONYMOUS_SHARE), scope.count(_UNKNOWN_SHARE)])
    in_store = nobody == ANONYMOUS
    days = drawn(random, busy(scope), len(nobody))
    other = scope.start + days * DAY + hours(random, in_store)
    person, at = np.concatenate([person, nobody]), np.concatenate([at, other])
    order = np.argsort(at, kind="stable")
    return Purchases(person[order], at[order], np.concatenate([store, in_store])[order])


def _of_people(scope: Scope, random: Random, people: People) -> tuple[Numbers, Numbers, Flags]:
    """Return person, instant and place of every purchase: the one they joined with, then a Poisson process."""
    newcomers = np.flatnonzero((people.joined >= scope.start) & (people.habit != Habit.NEVER))
    regular, at = _poisson(scope, random, people)
    person = np.concatenate([newcomers, regular])
    habit = people.habit[person]
    store = (habit == Habit.STORE) | ((habit == Habit.BOTH) & (random.random(len(person)) < 0.4))
    day = np.concatenate([people.joined[newcomers], at]) // DAY * DAY
    return person, day + hours(random, store), store


def _poisson(scope: Scope, random: Random, people: People) -> tuple[Numbers, Numbers]:
    """Return person and day of the purchases between joining and leaving, more of them on busy days."""
    calendar = np.concatenate([[0.0], np.cumsum(busy(scope))])  # time as the shop lives it
    days = np.arange(len(calendar))
    begin, stop = (
        np.interp((at - scope.start) // DAY + later, days, calendar)
        for at, later in ((people.joined, 1), (people.leaves, 0))
    )
    span = np.where(people.habit == Habit.NEVER, 0, np.maximum(stop - begin, 0))
    counts = random.poisson(people.rate * span * DAY / YEAR)
    person = np.repeat(np.arange(len(people)), counts)
    moment = begin[person] + random.random(len(person)) * span[person]
    day = np.minimum(np.interp(moment, calendar, days).astype(np.int64), len(days) - 2)
    return person, scope.start + day * DAY


def fill(scope: Scope, people: People, purchases: Purchases, catalogue: dict[str, list[str]]) -> Lines:
    """Fill each purchase with lines, a few of them twice."""
    random = scope.random("lines")
    lines = 1 + drawn(random, _LINES, len(purchases))
    purchase = np.repeat(np.arange(len(purchases)), lines)
    product = _products(random, people, purchases.person[purchase], catalogue)
    first = _once(purchase, product)
    purchase, product = purchase[first], product[first]
    cents = np.array([round(float(price) * 100) for price in catalogue["price"]])[product]
    discounted = in_sales(scope, purchases.at[purchase]) & (random.random(len(purchase)) < 0.6)
    discount = np.where(discounted, np.array(_DISCOUNTS)[drawn(random, (5, 3, 2), len(purchase))], 0.0)
    quantity = 1 + drawn(random, _QUANTITIES, len(purchase))
    times = 1 + (random.random(len(purchase)) < _TWICE)
    columns = (purchase, product, quantity, np.rint(cents * (1 - discount)).astype(np.int64))
    return Lines(*(np.repeat(column, times) for column in columns))


def _once(purchase: Numbers, product: Numbers) -> Numbers:
    """Return the lines that are the first of their product in their purchase."""
    keys = purchase * (product.max() + 1) + product
    return np.sort(np.unique(keys, return_index=True)[1])


def _products(random: Random, people: People, person: Numbers, catalogue: dict[str, list[str]]) -> Numbers:
    """Return a product per line: often of the favourite category, as dear as the person's taste."""
    categories, kind = np.unique(np.array(catalogue["category_fr"]), return_inverse=True)
    ranked = np.lexsort((np.array(catalogue["price"], dtype=np.float64), kind))
    first, size = np.searchsorted(kind[ranked], np.arange(len(categories))), np.bincount(kind)
    known = person >= 0
    loyal = known & (random.random(len(person)) < 0.6)
    category = np.where(loyal, people.favourite[person], random.integers(0, len(categories), len(person)))
    taste = 0.8 * np.where(known, people.budget[person], 0.0) + random.standard_normal(len(person))
    place = _quantile(taste / 1.28) ** 1.4  # cheap things sell more
    chosen = first[category] + (place * size[category]).astype(np.int64)
    return ranked[chosen].astype(np.int64)


def _quantile(normal: Reals) -> Reals:
    """Return the share of a standard normal below each value, by the logistic approximation."""
    return np.minimum(1 / (1 + np.exp(-1.702 * normal)), 1 - 1e-9)
