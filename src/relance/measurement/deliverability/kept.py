"""Figures of deliverability kept each night, so that the page of a sender of millions need not count them again."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import TypeAdapter

from relance.core import place
from relance.eligibility.breaker import counting
from relance.measurement.deliverability import figures
from relance.measurement.deliverability.figures import Table
from relance.measurement.models import DeliverabilitySnapshot
from relance.senders import register

WINDOWS = (7, 30, 90)  # days that the page offers
LARGE = 10_000  # mails in the window from which the page shows what the night counted: more take a tenth of a second or longer
FRESH = timedelta(hours=26)  # a night that was missed is not made up for by old figures
_TABLE = TypeAdapter(Table)


def run(now: datetime) -> int:
    """Keep the figures of each window and sender's domain; return how many. A rehearsal shows no such page."""
    if place.current().simulated:
        return 0
    wanted = [(days, sender) for days in WINDOWS for sender in register.domains()]
    for days, sender in wanted:
        plain = _TABLE.dump_python(figures.read(days, now, sender), mode="json")
        DeliverabilitySnapshot.objects.update_or_create(
            days=days, sender=sender, defaults={"at": now, "figures": plain}
        )
    return len(wanted)


def read(days: int, now: datetime, sender: str = "") -> Table:
    """Return the figures of the last `days` days of a sender's domain (of the settings' where none is named): those of the
    night where there are many mails, else as of now.

    `until` says as of when.
    """
    sender = sender or counting.sender()
    row = DeliverabilitySnapshot.objects.filter(days=days, sender=sender, at__gt=now - FRESH, at__lte=now).first()
    if row is not None:
        table = _TABLE.validate_python(row.figures)
        if table.all.sent >= LARGE:
            return table
    return figures.read(days, now, sender)
