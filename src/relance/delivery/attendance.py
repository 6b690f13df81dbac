"""Whether somebody runs everything, the breaker included: workers that only send sell nothing where nobody does."""

from __future__ import annotations

from datetime import datetime, timedelta

from relance.delivery import overdue, workers
from relance.delivery.workers import LONGEST_PASS

UNWATCHED = timedelta(hours=1)  # without a whole pass, and nobody at one


def alone_since(now: datetime) -> datetime | None:
    """Return since when nobody has run everything, if that is too long; None while a worker lives that does.

    The night's work comes before a pass's own and can take hours: a living worker that is at it counts.
    """
    last = overdue.last_advance()
    if last is None or now - last <= UNWATCHED:
        return None
    return None if workers.at_stages(LONGEST_PASS) else last
