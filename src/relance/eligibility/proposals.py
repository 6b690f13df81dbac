"""When a journey may begin: the windows that hold all its sends, and how it stands now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from relance.eligibility import commercial_calendar, queues
from relance.eligibility.commercial_calendar import Window
from relance.journeys import definition, publishing
from relance.journeys.models import Journey, Version


@dataclass(frozen=True)
class Proposal:
    """A reactivation, the days its sends take, and the windows ahead that hold them, the first first."""

    version: Version
    days: float
    windows: Sequence[Window]

    def fits(self, now: datetime) -> bool:
        """Tell whether it may begin now."""
        return bool(self.windows) and self.windows[0].starts_at <= now


def span(journey: str) -> float:
    """Return the days from a journey's first send to its last; NotFoundError where none of that name is published."""
    return queues.days(definition.of(publishing.latest(journey)))


def reactivations(now: datetime) -> list[Proposal]:
    """Return every published reactivation with its windows of the next fourteen months, by name."""
    latest = Version.objects.filter(journey__in=Journey.objects.all()).select_related("journey")
    versions = latest.order_by("journey_id", "-number").distinct("journey_id")
    wanted = [one for one in versions if one.definition.get("purpose") == "reactivation"]
    return [_proposal(version, now) for version in sorted(wanted, key=lambda one: one.journey.name)]


def _proposal(version: Version, now: datetime) -> Proposal:
    days = queues.days(definition.of(version))
    until = now + timedelta(days=430)
    return Proposal(version, days, commercial_calendar.open_windows(settings.RELANCE.country, now, days, until))
