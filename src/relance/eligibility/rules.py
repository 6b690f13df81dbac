"""The rules in force for a batch, read once so that deciding reads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relance.eligibility.commercial_calendar import Pause

# Who takes a place under the caps first; transactional messages and notices never count.
PRIORITY = ("reactivation", "relationship", "promotion")


@dataclass(frozen=True)
class Cap:
    """At most `limit` commercial messages in any `days` days of 86,400 seconds."""

    limit: int
    days: int

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.days)


@dataclass(frozen=True)
class Rules:
    """Caps for everyone and for the dormant, how far back the law lets a last contact lie, opt-outs, pauses."""

    caps: tuple[Cap, ...]
    dormant_caps: tuple[Cap, ...]
    kept_since: datetime
    opt_outs_known: bool
    country: str
    pauses: Mapping[str, Pause | None] = field(default_factory=dict)

    @property
    def longest(self) -> timedelta:
        """How far back and ahead the caps look."""
        return max(cap.window for cap in (*self.caps, *self.dormant_caps))
