"""Customers counted by (x, t_x, T): all that a lifetime model needs to know of a base, a few thousand rows for millions.

x: distinct purchase days minus one; t_x: age at the last purchase; T: age now (Fader, Hardie and Lee 2005). Ages count
from the first purchase, in the unit of the histogram.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relance.core.errors import InputError

Array = NDArray[np.float64]
UNITS = {"days": 1.0, "weeks": 7.0}
GROUPS = 16.0  # cells to each factor e of an age of who bought once; sqrt(1 + x) times as many for x repeat purchases
ORIGIN = 30.0  # days: ages well below it get cells of equal length
_TABLE = 20_000  # purchases of one customer above which a function of x is computed per row


@dataclass(frozen=True)
class Histogram:
    """Customers by (x, t_x, T); all arrays have one shape (n,), of float64."""

    x: Array
    t_x: Array
    T: Array
    customers: Array

    @property
    def total(self) -> int:
        """Return the number of customers."""
        return int(self.customers.sum())

    @property
    def repeat_buyers(self) -> int:
        """Return how many bought on more than one day."""
        return int(self.customers[self.x > 0].sum())

    def scaled(self, by: float) -> Histogram:
        """Return the same customers with ages multiplied by `by`."""
        return Histogram(self.x, self.t_x * by, self.T * by, self.customers)

    def grouped(self, resolution: float, origin: float) -> Histogram:
        """Return the customers in fewer cells, `resolution` sqrt(1 + x) to each factor e of (age + origin).

        A cell's ages are its customers' mean. Silence tells the more the more often one bought, hence the square root.
        """
        finer = resolution * np.sqrt(1 + self.x)
        then, now = (np.floor(finer * np.log1p(ages / origin)).astype(np.int64) for ages in (self.t_x, self.T))
        key = (self.x.astype(np.int64) * (then.max(initial=0) + 1) + then) * (now.max(initial=0) + 1) + now
        _, first, place = np.unique(key, return_index=True, return_inverse=True)
        size = len(first)
        customers = np.bincount(place, self.customers, size).astype(float)
        t_x, age = (np.bincount(place, self.customers * ages, size) / customers for ages in (self.t_x, self.T))
        return Histogram(self.x[first], t_x, age, customers)

    def per_count(self, function: Callable[[Array], Array]) -> Array:
        """Return `function(x)`, computed once per distinct x where x is small enough to be an index."""
        most = int(self.x.max(initial=0))
        if most > _TABLE:
            return function(self.x)
        return function(np.arange(most + 1, dtype=float))[self.x.astype(np.intp)]


def counted(x: ArrayLike, t_x: ArrayLike, T: ArrayLike, customers: ArrayLike | None = None) -> Histogram:  # noqa: N803
    """Return the histogram of these rows, equal ones added up; raise InputError where a row cannot be a customer's."""
    rows = np.column_stack([np.asarray(column, dtype=float) for column in (x, t_x, T)])
    weights = np.ones(len(rows)) if customers is None else np.asarray(customers, dtype=float)
    _check(rows, weights)
    cells, place = np.unique(rows, axis=0, return_inverse=True)
    return Histogram(
        cells[:, 0], cells[:, 1], cells[:, 2], np.bincount(place.ravel(), weights, len(cells)).astype(float)
    )


def of_cells(found: Mapping[str, ArrayLike]) -> Histogram:
    """Return the histogram of the answer of `cells`."""
    columns = [np.asarray(found[name], dtype=float) for name in ("frequency", "recency", "T", "customers")]
    _check(np.column_stack(columns[:3]), columns[3])
    return Histogram(*columns)


def _check(rows: Array, weights: Array) -> None:
    x, t_x, age = rows.T
    wrong = (
        ("a missing or infinite value", ~np.isfinite(rows).all(axis=1) | ~np.isfinite(weights)),
        ("a negative value", (rows < 0).any(axis=1) | (weights < 0)),
        ("a number of purchases (x) that is no whole number", x != np.floor(x)),
        ("an age at the last purchase (t_x) above the age now (T)", t_x > age * (1 + 1e-9)),
        ("an age at the last purchase (t_x) without repeat purchases (x = 0)", (x == 0) & (t_x > 0)),
    )
    for what, rows_so in wrong:
        if rows_so.any():
            first = int(np.argmax(rows_so))
            raise InputError(
                f"{int(rows_so.sum()):,} customers have {what}; the first is number {first + 1}: "
                f"x = {x[first]:g}, t_x = {t_x[first]:g}, T = {age[first]:g}. Correct or leave out these rows."
            )


def cells(person: ir.Table, *, grouped: bool = False) -> ir.Table:
    """Return (frequency, recency, T, customers) of the buyers among `person`, ages in days.

    `grouped`: ages of nearly equal length share a cell and are its mean, so that what is lost is of the second order: a
    million customers make some tens of thousands of cells, and the parameters move by less than one part in a thousand.
    """
    buyers = person.filter(person.purchase_days > 0)
    if not grouped:
        return buyers.group_by("frequency", "recency", "T").aggregate(customers=buyers.count())
    buyers = buyers.mutate(
        finer=GROUPS * (buyers.frequency.cast("float64") + 1.0).sqrt()
    )  # whole numbers make slow decimals
    keys = {
        f"{name}_cell": (buyers.finer * (buyers[name].cast("float64") / ORIGIN + 1.0).ln()).floor() for name in ("recency", "T")
    }  # fmt: skip
    keyed = buyers.mutate(**keys)
    found = keyed.group_by("frequency", "recency_cell", "T_cell").aggregate(
        recency=keyed.recency.mean(), T=keyed["T"].mean(), customers=keyed.count()
    )
    return found.select("frequency", "recency", "T", "customers")
