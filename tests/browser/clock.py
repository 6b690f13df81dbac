"""The tests' clock: it starts on a Monday morning outside every commercial period, and runs."""

import time
from datetime import UTC, datetime, timedelta

from django.utils import timezone

START = datetime(2026, 7, 27, 8, 0, tzinfo=UTC)


def set_back() -> None:
    """Make this process's pages and tasks believe it is START, going on from there."""
    begun = time.monotonic()
    timezone.now = lambda: START + timedelta(seconds=time.monotonic() - begun)
