"""What is to be sent on each day: messages that wait, and what people on their way through journeys are still to get."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from relance.core import database
from relance.journeys import definition
from relance.journeys.models import Version
from relance.journeys.steps import Send
from relance.journeys.tree import Nodes


@dataclass
class Volume:
    """Of one day: messages let through so far, messages that wait for it, sends that journeys plan at most."""

    sent: int = 0
    waiting: int = 0
    planned: int = 0
    reactivations: int = 0  # of those that wait or are planned

    @property
    def total(self) -> int:
        """Return everything of the day."""
        return self.sent + self.waiting + self.planned


WAITING = """
    SELECT (greatest(not_before, %(now)s) AT TIME ZONE %(zone)s)::date, count(*), count(*) FILTER (WHERE purpose = 'reactivation')
    FROM message WHERE state IN ('ready', 'deferred') AND not_before < %(end)s
    GROUP BY 1
"""
SENT = "SELECT day, sum(verdicts) FROM verdict_count WHERE decision = 'allow' AND day BETWEEN %s AND %s GROUP BY 1"
ON_THE_WAY = """
    SELECT e.version_id, e.position, (greatest(e.due_at, %(now)s) AT TIME ZONE %(zone)s)::date, count(*)
    FROM enrolment e JOIN journey j ON j.id = e.journey_id
    WHERE e.due_at IS NOT NULL AND NOT e.control AND e.due_at < %(end)s AND j.running
    GROUP BY 1, 2, 3
"""
BACK = """
    SELECT count(*), min(not_before), max(not_before) FROM message
    WHERE state = 'deferred' AND reason = 'commercial_period'
"""


def by_day(first: date, last: date, now: datetime, zone: ZoneInfo) -> Mapping[date, Volume]:
    """Return the volumes of the days from `first` to `last`."""
    found: dict[date, Volume] = defaultdict(Volume)
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
    given = {"now": now, "zone": zone.key, "end": end}
    for day, verdicts in database.rows(SENT, [first, last]):
        found[day].sent += int(verdicts)
    for day, count, reactivations in database.rows(WAITING, given):
        found[day].waiting += count
        found[day].reactivations += reactivations
    _add_planned(found, database.rows(ON_THE_WAY, given))
    return {day: volume for day, volume in found.items() if first <= day <= last and volume.total}


def held_back() -> tuple[int, datetime | None, datetime | None]:
    """Return how many messages wait for the end of a commercial period, and when the first and the last come back."""
    (row,) = database.rows(BACK)
    return row


def _add_planned(found: dict[date, Volume], groups: list[tuple[int, str, date, int]]) -> None:
    versions = {one.pk: one for one in Version.objects.filter(pk__in={version for version, *_ in groups})}
    written = {pk: definition.of(one) for pk, one in versions.items()}
    for version, position, day, people in groups:
        for away in ahead(written[version].nodes, position):
            volume = found[day + away]
            volume.planned += people
            volume.reactivations += people if written[version].reactivates else 0


def ahead(nodes: Nodes, position: str) -> list[timedelta]:
    """Return how long after its due moment somebody at this position gets each message still to come, at most.

    A wait that is due is over. Of the ways of a branch the one with the most messages is taken.
    """
    node = nodes.get(position)
    if node is None:
        return []
    return _onwards(nodes, node.following) if node.step.holds else _onwards(nodes, position)


def _onwards(nodes: Nodes, position: str | None) -> list[timedelta]:
    if position is None:
        return []
    node = nodes[position]
    ways = [_onwards(nodes, one) for one in node.successors]
    longest = max(ways, key=len, default=[])
    later = [node.step.longest + away for away in longest]
    return [timedelta(), *later] if isinstance(node.step, Send) else later
