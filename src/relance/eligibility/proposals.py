"""When a journey may begin: the windows that hold all its sends, and how it stands now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from relance.eligibility import commercial_calendar, queues
from relance.eligibility.commercial_calendar import Window
from relance.eligibility.ramp import foreseeing
from relance.journeys import definition, launches, publishing
from relance.journeys.models import Journey, Version

AHEAD = timedelta(days=430)


@dataclass(frozen=True)
class Proposal:
    """A reactivation, the days its sends take, those its ramp lets people in for besides, and the windows that hold both.

    `ramp` is 0 where the journey has begun already, and where no window holds the ramp: the windows hold one passage then.
    """

    version: Version
    days: float
    ramp: int
    windows: Sequence[Window]

    def fits(self, now: datetime) -> bool:
        """Tell whether it may begin now."""
        return bool(self.windows) and self.windows[0].starts_at <= now


def of(version: Version, now: datetime, *, country: str = "", until: datetime | None = None) -> Proposal:
    """Return a version's windows, in the country of the settings unless another is named."""
    where, span = country or str(settings.RELANCE.country), queues.days(definition.of(version))
    begun = version.journey.running or launches.in_force(version.journey_id) is not None
    ramp = 0 if begun else foreseeing.days(version, now)
    found = commercial_calendar.open_windows(where, now, span + ramp, until)
    if ramp and not found:
        return Proposal(version, span, 0, commercial_calendar.open_windows(where, now, span, until))
    return Proposal(version, span, ramp, found)


def reactivations(now: datetime) -> list[Proposal]:
    """Return every published reactivation with its windows of the next fourteen months, by name."""
    versions = publishing.all_latest(Journey.objects.values_list("pk", flat=True)).values()
    wanted = [one for one in versions if one.definition.get("purpose") == "reactivation"]
    return [of(one, now, until=now + AHEAD) for one in sorted(wanted, key=lambda version: version.journey.name)]
