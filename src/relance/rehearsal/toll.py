"""What mails cost and bring in a rehearsal: of those that really passed the gate, what the rates make of each, summed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from relance.core import database

Floats = npt.NDArray[np.float64]
LANDED = ("complain", "unsubscribe", "click", "order")  # what only a mail that did not bounce brings


@dataclass
class Toll:
    """Expected counts by purpose: sums of chances, so that no luck of the draw stands between two rehearsals."""

    expected: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, purposes: npt.NDArray[np.str_], chances: Mapping[str, Floats], baskets: Floats) -> None:
        """Add a batch of mails: the chance of each answer, and the basket of each person."""
        landed = (1 - chances["hard_bounce"]) * (1 - chances["soft_bounce"])
        answers = {name: chance * (landed if name in LANDED else 1) for name, chance in chances.items()}
        answers |= {"mails": np.ones(len(purposes)), "revenue": answers["order"] * baskets}
        answers["revenue_square"] = answers["revenue"] * baskets  # of a compound Poisson sum, this is the variance
        for purpose in np.unique(purposes):
            sums = self.expected.setdefault(str(purpose), {})
            for name, values in answers.items():
                sums[name] = sums.get(name, 0.0) + float(values[purposes == purpose].sum())


@dataclass(frozen=True)
class Around:
    """What the gate and the breaker of the scratch copy did beside the journey: counted, not assumed."""

    promotions: Mapping[str, int]  # how the shop's promotions ended: sent, and by reason those that did not leave
    openings: tuple[Mapping[str, Any], ...]  # of the breaker


_PROMOTIONS = """
    SELECT CASE WHEN sent_at IS NOT NULL THEN 'sent' ELSE coalesce((
        SELECT code FROM verdict WHERE message_id = m.id AND code <> 'expired' ORDER BY at DESC, id DESC LIMIT 1
    ), state) END, count(*)
    FROM message m WHERE purpose = 'promotion' AND journey_id IS NULL GROUP BY 1 ORDER BY 1
"""
_OPENINGS = """
    SELECT s.signal, s.provider, s.journey_id = 0, o.level, o.opened_at
    FROM breaker_opening o JOIN breaker_scope s ON s.id = o.scope_id ORDER BY o.opened_at, o.id
"""


def around() -> Around:
    """Return what became of the promotions, and the breaker's openings, in the database in force."""
    openings = tuple(
        {"signal": signal, "provider": provider, "whole_sender": whole, "level": level, "at": at}
        for signal, provider, whole, level, at in database.rows(_OPENINGS)
    )
    return Around(dict(database.rows(_PROMOTIONS)), openings)
