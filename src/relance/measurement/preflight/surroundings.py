"""What else the team does in the days of a start: messages planned, other launches, the same offer elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relance.core import database
from relance.journeys import definition, tree
from relance.journeys.models import Journey, Launch, Version
from relance.outbox.models import OWED_SQL


@dataclass(frozen=True)
class Others:
    """Commercial messages of other journeys that wait for these days, the journeys they are of, and launches begun then."""

    messages: int
    journeys: int
    launches: int


_MESSAGES = f"""
    SELECT count(*), count(DISTINCT journey_id) FROM message
    WHERE state IN ('ready', 'deferred', 'claimed') AND purpose NOT IN {OWED_SQL}
      AND journey_id IS DISTINCT FROM %s AND not_before < %s AND expires_at > %s
"""


def other_sends(journey_id: int, start: datetime, end: datetime) -> Others:
    """Return what of other journeys falls between two instants."""
    ((messages, journeys),) = database.rows(_MESSAGES, [journey_id, end, start])
    launches = Launch.objects.exclude(journey_id=journey_id).filter(start_at__gte=start, start_at__lt=end)
    return Others(messages, journeys, launches.values("journey_id").distinct().count())


def open_offers(version: Version, start: datetime) -> list[str]:
    """Return the offers of this journey that other running journeys give to people who are not dormant."""
    own = _offers(version, start)
    others: set[str] = set()
    for journey in Journey.objects.filter(running=True).exclude(pk=version.journey_id):
        latest = Version.objects.filter(journey=journey).order_by("-number").first()
        if latest is not None and not definition.of(latest).reactivates:
            others |= _offers(latest, start)
    return sorted(own & others)


def _offers(version: Version, start: datetime) -> set[str]:
    """Return the codes of a version's offers that have not ended by then."""
    sends = tree.sends(definition.of(version).nodes)
    offers = [send.offer for _, send in sends if send.offer is not None]
    return {offer.code for offer in offers if offer.ends_on is None or offer.ends_on >= start.date()}
