"""What else the team does in the days of a start: messages planned, the same people elsewhere, other launches, the same offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from relance.core import database
from relance.journeys import definition, publishing, tree
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


_ELSEWHERE = """
    SELECT j.id, count(*) FROM {people} JOIN enrolment e USING (contact_id) JOIN journey j ON j.id = e.journey_id
    WHERE e.journey_id <> %s AND e.ended_at IS NULL AND NOT e.control AND j.running GROUP BY 1 ORDER BY 2 DESC, 1
"""
_HOW_MANY = """
    SELECT count(*) FROM {people} WHERE EXISTS (
        SELECT FROM enrolment e WHERE e.contact_id = {people}.contact_id AND e.ended_at IS NULL AND NOT e.control
          AND e.journey_id = ANY(%s))
"""


@dataclass(frozen=True)
class Elsewhere:
    """How many people are on their way in other running journeys, and what these are called, the fullest first."""

    people: int = 0
    titles: tuple[Mapping[str, str], ...] = ()  # by language


def elsewhere(journey_id: int, people: str) -> Elsewhere:
    """Return who of the table `people` is in another running journey now; in its control group nobody is written to."""
    found = [journey for journey, _count in database.rows(_ELSEWHERE.format(people=people), [journey_id])]
    if not found:
        return Elsewhere()
    ((many,),) = database.rows(_HOW_MANY.format(people=people), [found])
    written = {journey: definition.of(version) for journey, version in publishing.all_latest(found).items()}
    return Elsewhere(many, tuple({code: written[one].said(code) for code in ("en", "fr")} for one in found))


def open_offers(version: Version, start: datetime) -> list[str]:
    """Return the offers of this journey that other running journeys give to people who are not dormant."""
    own = _offers(version, start)
    others: set[str] = set()
    running = Journey.objects.filter(running=True).exclude(pk=version.journey_id)
    for latest in publishing.all_latest(running.values_list("pk", flat=True)).values():
        if not definition.of(latest).reactivates:
            others |= _offers(latest, start)
    return sorted(own & others)


def _offers(version: Version, start: datetime) -> set[str]:
    """Return the codes of a version's offers that have not ended by then."""
    sends = tree.sends(definition.of(version).nodes)
    offers = [send.offer for _, send in sends if send.offer is not None]
    return {offer.code for offer in offers if offer.ends_on is None or offer.ends_on >= start.date()}
