"""The rules in force for a batch, read once so that deciding reads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from relance.contacts.matrix import Cells
from relance.eligibility.breaker.openings import Open
from relance.eligibility.facts import Facts
from relance.eligibility.moment.moments import Moment
from relance.eligibility.verdicts import Defer, Verdict

# Who takes a place under the caps first; transactional messages and notices never count.
PRIORITY = ("reactivation", "relationship", "promotion")


@dataclass(frozen=True)
class Cap:
    """At most `limit` commercial messages in any `days` days of 86,400 seconds; of a channel or purpose, if one is named."""

    limit: int
    days: int
    channel: str = ""
    purpose: str = ""

    @cached_property
    def window(self) -> timedelta:
        return timedelta(days=self.days)

    def lowered(self, share: float) -> Cap:
        """Return the cap at a share of its limit, rounded down; one message stays, unless there was none."""
        return replace(self, limit=min(self.limit, max(1, int(self.limit * share))))

    def counts(self, channel: str, purpose: str) -> bool:
        """Tell whether a message of this channel and purpose falls under the cap."""
        return self.channel in {"", channel} and self.purpose in {"", purpose}


@dataclass(frozen=True)
class Rules:
    """Caps for everyone and for the dormant, how far back the law lets a last contact lie, opt-outs, permissions, the moment."""

    caps: tuple[Cap, ...]
    dormant_caps: tuple[Cap, ...]
    kept_since: datetime
    opt_outs_known: bool
    country: str
    moment: Moment
    cells: Cells = field(default_factory=dict)
    _caps_of: dict[tuple[str, str, bool, bool], tuple[Cap, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    fewer_share: float = 1.0  # of the caps, for who asked for fewer messages
    stops: Mapping[int, Open] = field(default_factory=dict)  # of the breaker, by message

    def knowing(self, known: Sequence[Facts]) -> Rules:
        """Return the rules with what the steps of these messages say of time."""
        return replace(self, moment=self.moment.knowing(known))

    def settled(self, known: Facts, verdict: Verdict) -> Verdict:
        """Return the verdict with the wait of a deferral ending at the first instant that calendar and hours allow."""
        return (
            replace(verdict, until=self.moment.settled(known, verdict.until)) if isinstance(verdict, Defer) else verdict
        )

    @cached_property
    def longest(self) -> timedelta:
        """How far back and ahead the caps look."""
        return max(cap.window for cap in (*self.caps, *self.dormant_caps))

    def caps_of(self, channel: str, purpose: str, *, dormant: bool, fewer: bool = False) -> tuple[Cap, ...]:
        """Return the caps that a message of this channel and purpose falls under; `fewer`: to who asked for fewer."""
        key = (channel, purpose, dormant, fewer)
        if key not in self._caps_of:
            caps = self.dormant_caps if dormant else self.caps
            found = (cap for cap in caps if cap.counts(channel, purpose))
            self._caps_of[key] = tuple(cap.lowered(self.fewer_share) if fewer else cap for cap in found)
        return self._caps_of[key]

    @cached_property
    def closed(self) -> bool:
        """Tell whether some cap lets nothing through at all."""
        return any(cap.limit == 0 for cap in (*self.caps, *self.dormant_caps))
