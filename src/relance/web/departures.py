"""The next good start of a journey, and what keeps it from being sooner: said where a journey is chosen, before its launch."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from relance.journeys.definition import JourneyDefinition
from relance.measurement import launch_hours
from relance.web.language import current


def next_good(written: JourneyDefinition, now: datetime, ramp: int | None = None) -> dict[str, Any]:
    """Return the start that the launch would propose, and the commercial periods that lie before it, if any do.

    `ramp` is how many days after the first people still enter; before they are counted nobody knows, and the launch may
    propose a later day: `counted` says so. Empty where the calendar holds nothing up: all but reactivations. `start` is
    None where no window holds the journey.
    """
    if not written.reactivates:
        return {}
    if launch_hours.window(written, now).never:
        return {"start": None}
    start = launch_hours.good_hour(written, now, ramp or 0)
    return {"start": start, "counted": ramp is not None} | kept_back(written, start, now, ramp or 0)


def kept_back(written: JourneyDefinition, start: datetime, now: datetime, ramp: int = 0) -> dict[str, Any]:
    """Return which commercial periods keep the start proposed from being earlier."""
    kept = launch_hours.kept_back(written, start, now, ramp)
    if kept is None:
        return {}
    names = dict.fromkeys(period.label(current()) for period in kept.periods)
    return {"kept_periods": ", ".join(names), "kept_until": kept.until}
