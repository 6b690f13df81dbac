"""After the last step of a ramp: the journey is open, and what a mailbox provider may get in a day still bounds who enters.

Newcomers and people the gate would have refused when the plan was made are in no step. However many wait, a provider gets
at most half as much again as on its largest day of late; so the volume grows day by day until everybody who comes fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relance.core import database
from relance.eligibility.breaker import providers
from relance.eligibility.ramp import volumes
from relance.journeys import entry, senders
from relance.journeys.entry import Room
from relance.journeys.models import Launch, RampStep, Version

_PROVIDER = providers.sql("{domain}").replace("%", "%%")


@dataclass(frozen=True)
class Opening:
    """Who waits to enter a journey whose ramp is over, and the room of each provider for the rest of the 24 hours."""

    waiting: int
    room: dict[str, int]


def room(version: Version, launch: Launch | None, now: datetime) -> Room | None:
    """Return how many people of each provider may enter now; None where the journey had no ramp, or it is under way."""
    if launch is None or not over(launch):
        return None
    return Room(_PROVIDER, volumes.room(providers.PROVIDERS, now, senders.of_version(version)))


def over(launch: Launch) -> bool:
    """Tell whether a launch let everybody in after the last step of its ramp."""
    return launch.canary is None and RampStep.objects.filter(plan_id=launch.plan_id).exists()


def seen(launch: Launch, now: datetime) -> Opening | None:
    """Return who still waits to enter although the ramp is over; None where nobody does."""
    if not over(launch):
        return None
    query, values = entry.entrants_sql(launch.version, now)
    sender = senders.of_version(launch.version)
    ((waiting,),) = database.rows(f"SELECT count(*) FROM ({query}) AS entrant WHERE NOT control", values)
    return Opening(int(waiting), volumes.room(providers.PROVIDERS, now, sender)) if waiting else None
