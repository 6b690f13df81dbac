"""The stage that lets people in: members of the entry segment who may enter, one in ten of them as control group."""

from collections.abc import Callable
from datetime import datetime

from relance.core import database
from relance.journeys import draws, tree
from relance.journeys.definition import JourneyDefinition, measured_at, of
from relance.journeys.models import Version

Admits = Callable[[Version, datetime], bool]

# People who were put to sleep stay out of reactivations until they buy or react by themselves.
ASLEEP = """
AND NOT EXISTS (
    SELECT FROM enrolment s LEFT JOIN profile p ON p.contact_id = s.contact_id
    WHERE s.contact_id = c.id AND s.end_reason = 'sunset'
      AND s.ended_at > coalesce(greatest(p.last_purchase_at, p.last_engagement_at), '-infinity')
)
"""


def always(version: Version, now: datetime) -> bool:
    """Let people in at any time."""
    return True


def run(now: datetime, admits: Admits = always) -> int:
    """Enrol whoever may enter a running journey that `admits` lets open now, and return how many rows that made."""
    latest = Version.objects.filter(journey__running=True).order_by("journey_id", "-number").distinct("journey_id")
    return sum(enrol(version, now) for version in latest if admits(version, now))


def enrol(version: Version, now: datetime) -> int:
    """Enrol the segment's members who are not in the journey, nor were too recently; part of them as control."""
    definition = of(version)
    drawn = draws.digest("%(name)s", "entrant.id", "entrant.occasion")
    statement = f"""
        WITH past AS (
            SELECT contact_id, max(occasion) AS occasion, max(entered_at) AS entered_at, bool_or(ended_at IS NULL) AS open
            FROM enrolment WHERE journey_id = %(journey)s GROUP BY contact_id
        ), entrant AS (
            SELECT c.id, coalesce(past.occasion, 0) + 1 AS occasion
            FROM segment s
            JOIN membership m ON m.segment_id = s.id
            JOIN contact c ON c.id = m.contact_id AND c.erased_at IS NULL
            LEFT JOIN past ON past.contact_id = c.id
            WHERE s.name = %(segment)s
              AND (past.contact_id IS NULL OR (NOT past.open AND past.entered_at <= %(entered_before)s))
              {ASLEEP if definition.reactivates else ""}
        ), drawn AS (
            SELECT id, occasion, {draws.below(drawn, definition.holdout)} AS control FROM entrant
        )
        INSERT INTO enrolment (contact_id, journey_id, version_id, occasion, control, entered_at, position, due_at)
        SELECT id, %(journey)s, %(version)s, occasion, control, %(now)s,
               CASE WHEN control THEN '' ELSE %(first)s END, CASE WHEN control THEN %(measured)s ELSE %(due)s END
        FROM drawn
        ON CONFLICT DO NOTHING
    """
    return database.execute(statement, _values(version, definition, now))


def _values(version: Version, definition: JourneyDefinition, now: datetime) -> dict[str, object]:
    """Return the parameters of the statement."""
    first = tree.first(definition.nodes)
    again_after = definition.entry.again_after
    return {
        "name": definition.journey,
        "journey": version.journey_id,
        "version": version.pk,
        "segment": definition.entry.segment,
        "entered_before": again_after.before(now) if again_after else None,
        "now": now,
        "first": first,
        "due": definition.nodes[first].step.due_after(now),
        "measured": measured_at(definition, now),
    }
