"""Figures of deliverability kept each night, so that the page of a sender of millions need not count them again."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import TypeAdapter

from relance.core import place
from relance.eligibility.breaker import counting
from relance.measurement.deliverability import figures
from relance.measurement.deliverability.figures import Table
from relance.measurement.models import DeliverabilitySnapshot

WINDOWS = (7, 30, 90)  # days that the page offers
LARGE = (
    100_000  # mails in the window from which the page shows what the night counted; fewer are counted as it is asked
)
FRESH = timedelta(hours=26)  # a night that was missed is not made up for by old figures
_TABLE = TypeAdapter(Table)


def run(now: datetime) -> int:
    """Keep the figures of each window; return how many. A rehearsal shows no such page."""
    if place.current().simulated:
        return 0
    for days in WINDOWS:
        plain = _TABLE.dump_python(figures.read(days, now), mode="json")
        DeliverabilitySnapshot.objects.update_or_create(days=days, defaults={"at": now, "figures": plain})
    return len(WINDOWS)


def read(days: int, now: datetime) -> Table:
    """Return the figures of the last `days` days: those of the night where there are many mails, else as of now.

    `until` says as of when; another sender than the night's is counted anew.
    """
    row = DeliverabilitySnapshot.objects.filter(days=days, at__gt=now - FRESH, at__lte=now).first()
    if row is not None:
        table = _TABLE.validate_python(row.figures)
        if table.all.sent >= LARGE and table.sender == counting.sender():
            return table
    return figures.read(days, now)
