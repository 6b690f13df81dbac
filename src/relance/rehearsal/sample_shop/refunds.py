"""Refunds of orders of the site."""

from dataclasses import dataclass

import numpy as np

from relance.rehearsal.sample_shop.arrays import Numbers
from relance.rehearsal.sample_shop.purchases import Lines, Purchases
from relance.rehearsal.sample_shop.scope import DAY, Scope
from relance.rehearsal.sample_shop.spoilt import Spoilt

_REFUNDED, _WHOLE = 0.03, 0.5  # share of orders refunded, and of these wholly


@dataclass(frozen=True)
class Refunds:
    """One row per refund, in the order of time."""

    purchase: Numbers
    at: Numbers
    cents: Numbers

    def __len__(self) -> int:
        return len(self.at)


def draw(scope: Scope, purchases: Purchases, lines: Lines, spoilt: Spoilt) -> Refunds:
    """Refund some orders, or their first line, within a month."""
    random = scope.random("refunds")
    spoiled = np.bincount(lines.purchase, ~spoilt.readable, len(purchases)) > 0
    fit = (purchases.person >= 0) & ~purchases.store & ~spoiled & (random.random(len(purchases)) < _REFUNDED)
    purchase = np.flatnonzero(fit)
    at = purchases.at[purchase] + random.integers(3 * DAY, 25 * DAY, len(purchase))
    total = np.bincount(lines.purchase, lines.amount, len(purchases)).astype(np.int64)[purchase]
    first = lines.amount[np.searchsorted(lines.purchase, purchase)]
    cents = np.where(random.random(len(purchase)) < _WHOLE, total, first)
    order = np.argsort(at, kind="stable")
    order = order[at[order] < scope.end]
    return Refunds(purchase[order], at[order], cents[order])
