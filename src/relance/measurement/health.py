"""The health of the base: who stands where, who can be reached, what sleeps; each figure with its definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from relance.contacts import reach
from relance.core import database
from relance.dormancy import profiles
from relance.dormancy.states import FALSE_INACTIVE
from relance.events import engine
from relance.intake import coverage

# What sleepers used to spend in a year: their revenue over the years between first and last purchase, at least one. Buyers
# only: of whom nothing but a refund is known, nothing is lost. Summed as DECIMAL: a sum of DOUBLE depends on the order of the rows.
_MONEY = """
    SELECT coalesce(sum((revenue / greatest(recency / 365.25, 1))::DECIMAL(18, 4)) FILTER (
               state IN ('dormant', 'very_dormant') AND orders + store_purchases > 0), 0),
           coalesce(sum(revenue), 0)
    FROM {profiles}
"""

_COUNTS = f"""
    SELECT count(p.contact_id), count(*) FILTER (WHERE p.unreachable), count(*) FILTER (WHERE p.false_inactive),
           count(*) FILTER (WHERE p.out_of_target), count(*) FILTER (WHERE due),
           count(*) FILTER (WHERE due AND p.last_legal_contact_at IS NULL)
    FROM contact c LEFT JOIN profile p ON p.contact_id = c.id, LATERAL (SELECT {reach.COUNTED_FROM} <= %s AS due) clock
    WHERE c.erased_at IS NULL
"""


# What reactions to mails tell apart. A simulated person gets no mail but the rehearsed journey's, so that exposure fades and
# with it what is known of them: of a base before and after a rehearsal, only their sum can be compared.
TOLD_BY_MAILS = ("dormant", "very_dormant", "undetermined")


@dataclass(frozen=True)
class Health:
    """People per state, and what follows from it; the denominator of every share is `people`."""

    at: datetime
    people: int
    states: Mapping[str, int]
    unreachable: int  # no valid address on any channel
    false_inactive: int  # buy in the store, ignore messages
    out_of_target: int
    due_for_erasure: int  # the gate's `retention_due`: no contact that came from them within the legal years
    money_asleep: float  # what dormant people used to spend in a year
    revenue: float  # of everybody, over the covered history
    false_inactive_told: bool = True  # whether all that it takes to know that still is told
    scored_at: datetime | None = None  # as of when the states are
    due_no_sign: int = 0  # of those due, of whom no contact is known at all: counted from the day first seen

    @property
    def silent_or_unknown(self) -> int:
        """Return how many are in a state that only reactions to mails tell from the others of them."""
        return sum(self.states.get(state, 0) for state in TOLD_BY_MAILS)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self)


def read(now: datetime) -> Health:
    """Return the health of the base as last scored."""
    states = dict(database.rows("SELECT state, count(*) FROM profile GROUP BY 1 ORDER BY 1"))
    ((people, unreachable, false_inactive, out_of_target, due, no_sign),) = database.rows(
        _COUNTS, [reach.kept_since(now)]
    )
    asleep, revenue = _money()
    return Health(
        now, people, states, unreachable, false_inactive, out_of_target, due, asleep, revenue,
        not coverage.over(coverage.covered(now), FALSE_INACTIVE), last_scoring(), no_sign,
    )  # fmt: skip


def last_scoring() -> datetime | None:
    """Return as of when the states are: when they were last written."""
    ((last,),) = database.rows("SELECT max(scored_at) FROM profile")
    return last if isinstance(last, datetime) else None


def _money() -> tuple[float, float]:
    if not profiles.exist():
        return 0.0, 0.0
    con = engine.connect()
    try:
        found = con.execute(_MONEY.format(profiles=profiles.relation())).fetchone() or (0, 0)
    finally:
        con.close()
    return float(found[0]), float(found[1])
