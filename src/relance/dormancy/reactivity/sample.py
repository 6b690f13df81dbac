"""People to learn from."""

from __future__ import annotations

from dataclasses import dataclass

from relance.dormancy.reactivity.reading import Bools, Floats


@dataclass(frozen=True)
class Sample:
    """People to learn from: `features` (people, features), arms, outcomes; `recency` (people,), less is more recent."""

    features: Floats
    treated: Bools
    outcome: Floats
    recency: Floats | None = None

    def take(self, rows: Bools) -> Sample:
        """Return these people only."""
        recency = None if self.recency is None else self.recency[rows]
        return Sample(self.features[rows], self.treated[rows], self.outcome[rows], recency)
