"""Entries that wait for a window: a reactivation lets nobody in near a commercial period, and afterwards not all at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.core import database
from relance.eligibility import commercial_calendar
from relance.eligibility.calendar.comeback import spread_days
from relance.eligibility.calendar.days import local_day
from relance.journeys import definition
from relance.journeys.definition import JourneyDefinition
from relance.journeys.models import Enrolment, Version

LOOKED_BACK = timedelta(days=120)  # a comeback that takes longer than this goes on without a queue


def share(version: Version, now: datetime) -> float:
    """Return the share of those who wait that may have entered by the end of this local day.

    A reactivation that ran before a blackout has a queue after it, which comes in over the days of the comeback, each
    day an equal part; one that begins only now lets in everybody, as whoever approved it decided.
    """
    written = definition.of(version)
    return _come_back(version, written, now) if written.reactivates else 1.0


def fits(written: JourneyDefinition, now: datetime) -> bool:
    """Tell whether a journey that begins now sends everything before the next commercial period."""
    found = commercial_calendar.open_windows(settings.RELANCE.country, now, days(written), now + timedelta(days=366))
    return bool(found) and found[0].starts_at <= now


def days(written: JourneyDefinition) -> float:
    """Return the days from entry to the last send."""
    return definition.sends_span(written) / timedelta(days=1)


def _come_back(version: Version, written: JourneyDefinition, now: datetime) -> float:
    country = str(settings.RELANCE.country)
    past = [one for one in commercial_calendar.blackouts(country, now - LOOKED_BACK, now) if one.ends_at <= now]
    if not past or not Enrolment.objects.filter(journey=version.journey_id, entered_at__lt=past[-1].ends_at).exists():
        return 1.0
    zone: ZoneInfo = commercial_calendar.zone_of(country)
    ours = settings.RELANCE
    _, over = spread_days(_queued(written), least=ours.blackout_spread_days, daily=ours.blackout_spread_daily)
    gone = (local_day(now, zone) - local_day(past[-1].ends_at, zone)).days + 1
    return min(1.0, gone / over)


def _queued(written: JourneyDefinition) -> int:
    """Return at most how many people wait: the members of the entry segment."""
    ((members,),) = database.rows(
        "SELECT count(*) FROM membership m JOIN segment s ON s.id = m.segment_id WHERE s.name = %s",
        [written.entry.segment],
    )
    return int(members)
