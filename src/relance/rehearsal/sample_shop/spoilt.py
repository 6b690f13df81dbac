"""Lines of orders and tickets on which nobody can read the date or the amount."""

from dataclasses import dataclass

import numpy as np

from relance.rehearsal.sample_shop.arrays import Flags, Numbers
from relance.rehearsal.sample_shop.purchases import Lines, Purchases
from relance.rehearsal.sample_shop.scope import Scope

DATES = ["31/02/2026 10:12", "00/00/0000 00:00", "hier", "2026-13-05"]
AMOUNTS = ["n/c", "#VALEUR!", "12,5O", "??"]
_ONLINE, _IN_STORE = 0.0012, 0.0004  # lines per contact, of each kind


@dataclass(frozen=True)
class Spoilt:
    """Per line: the position of the unreadable text that stands there, or -1."""

    date: Numbers
    amount: Numbers

    @property
    def readable(self) -> Flags:
        """Tell the lines that can be read."""
        return (self.date < 0) & (self.amount < 0)


def draw(scope: Scope, purchases: Purchases, lines: Lines) -> Spoilt:
    """Spoil a few lines of known customers; none of them has an identical twin."""
    random = scope.random("spoilt")
    twins = np.zeros(len(purchases), dtype=np.bool_)
    twins[lines.purchase[lines.identical()]] = True
    date, amount = (np.full(len(lines.purchase), -1, dtype=np.int64) for _ in range(2))
    for store, share in ((False, _ONLINE), (True, _IN_STORE)):
        fit = (purchases.person >= 0) & (purchases.store == store) & ~twins
        chosen = random.permutation(np.flatnonzero(fit[lines.purchase]))[: 2 * scope.count(share)]
        for column, texts, rows in zip((date, amount), (DATES, AMOUNTS), np.array_split(chosen, 2), strict=True):
            column[rows] = np.arange(len(rows)) % len(texts)
    return Spoilt(date, amount)
