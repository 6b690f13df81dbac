"""What to fix: rules on the figures, each saying only what its interval proves; the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from relance.eligibility.breaker import counting, limits
from relance.eligibility.breaker.limits import Signal
from relance.measurement.deliverability.figures import FEW, Fares, Table
from relance.measurement.deliverability.seeds import Placement
from relance.measurement.sender.findings import LEVELS, Finding

# Each part of the figures with the signal of the breaker that has its limit.
LIMITED: dict[str, Signal] = {
    "hard": "hard_bounce", "block": "block", "complained": "complaint", "unsubscribed": "unsubscribe"
}  # fmt: skip
SPAM_SHARE = 0.2  # of seeds outside the inbox, from which a provider is said to have a problem
FEW_SEEDS = 3
LATE = 3600.0  # seconds after which a mail that waits has lost its moment
CLICK_GAP = 0.5  # a provider that clicks less than half as much as the others
FALL = 0.7  # a last week with less than this part of the clicks of the weeks before it


def findings(table: Table, placements: Sequence[Placement]) -> list[Finding]:
    """Return what speaks of a fault, then what to look at, then what cannot be told."""
    found = [
        *_over_limits(table),
        *_seeded(placements),
        *_unclicked(table),
        *_fallen(table),
        *_late(table),
        *_unseen(table),
    ]
    if not placements and table.all.accepted:
        found.append(Finding("seeds_none", "unknown"))
    return sorted(found, key=lambda one: -LEVELS.index(one.level))


def _over_limits(table: Table) -> Iterator[Finding]:
    """Yield each share whose interval lies over what the breaker allows (fault) or warns of (advice)."""
    allowed = limits.in_force()
    for fares in table.providers:
        for name, signal in LIMITED.items():
            share, interval = fares.share(name), fares.share(name).interval
            limit, warned = allowed.allowed(signal, fares.provider), allowed.warned(signal, fares.provider)
            if interval is None or interval.low <= warned:
                continue
            values = {
                "provider": fares.provider, "part": share.part, "whole": share.whole, "low": interval.low,
                "high": interval.high, "limit": limit if interval.low > limit else warned,
            }  # fmt: skip
            yield Finding(f"over_{name}", "fault" if interval.low > limit else "advice", values)


def _seeded(placements: Sequence[Placement]) -> Iterator[Finding]:
    for one in placements:
        outside = one.spam + one.missing
        if one.seeds >= FEW_SEEDS and outside / one.seeds >= SPAM_SHARE:
            code = "seeds_missing" if one.missing > one.spam else "seeds_spam"
            yield Finding(code, "fault", {"provider": one.provider, "part": outside, "whole": one.seeds})


def _unclicked(table: Table) -> Iterator[Finding]:
    """Yield each provider whose people click far less than everybody else's: their mails may lie in spam."""
    for fares in table.providers:
        own = fares.share("clicked").interval
        others = table.all.accepted - fares.accepted
        if own is None or fares.accepted < FEW or others < FEW:
            continue
        elsewhere = (table.all.clicked - fares.clicked) / others
        if own.high < CLICK_GAP * elsewhere:
            values = {
                "provider": fares.provider,
                "part": fares.clicked,
                "whole": fares.accepted,
                "elsewhere": elsewhere,
            }
            yield Finding("clicks_low", "advice", values)


def _fallen(table: Table) -> Iterator[Finding]:
    """Yield each provider whose last week has fewer clicks than the weeks before allow."""
    for provider in table.by_week:
        weeks = table.whole_weeks(provider)
        if len(weeks) < 2:
            continue
        *before, last = weeks
        sent, clicked = sum(one.accepted for one in before), sum(one.clicked for one in before)
        interval = last.share("clicked").interval
        if interval is not None and sent >= FEW and last.accepted >= FEW and interval.high < FALL * clicked / sent:
            yield Finding("clicks_fallen", "advice", {
                "provider": provider, "part": last.clicked, "whole": last.accepted, "before": clicked / sent,
            })  # fmt: skip


def _late(table: Table) -> Iterator[Finding]:
    for fares in table.providers:
        if fares.accepted >= FEW and fares.wait_late is not None and fares.wait_late > LATE:
            yield Finding("leaves_late", "advice", {"provider": fares.provider, "seconds": fares.wait_late})


def _unseen(table: Table) -> Iterator[Finding]:
    """Yield the providers that tell of no complaint, and what is too small to speak."""
    blind: list[Fares] = [
        one for one in table.providers if one.blind and not counting.tells_of_complaints(one.provider)
    ]
    for fares in blind:
        yield Finding("blind", "unknown", {"provider": fares.provider, "whole": fares.accepted})
    if 0 < table.all.sent < FEW:
        yield Finding("few", "unknown", {"whole": table.all.sent})
