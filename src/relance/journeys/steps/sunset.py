"""`sunset`: the person stayed silent to the end; no reactivation writes to them again until they come back by themselves."""

from typing import ClassVar

from relance.core import database
from relance.intake import sources
from relance.journeys.steps.step import Due, Step


class Sunset(Step):
    """Ends the passage and records the event `journey_sunset`; `entry` keeps such people out of reactivations."""

    kind: ClassVar[str] = "sunset"
    ends: ClassVar[bool] = True

    def advance(self, due: Due) -> int:
        """End every due row and record its event, in one statement."""
        end, values = due.end("sunset")
        statement = f"""
            WITH moved AS (
                UPDATE enrolment e SET {end} WHERE {due.ROWS} RETURNING e.contact_id, e.occasion, e.journey_id
            )
            INSERT INTO event (contact_id, source_id, type, occurred_at, reference, properties, recorded_at)
            SELECT contact_id, %(source)s, 'journey_sunset', %(now)s, journey_id || '/' || occasion,
                   jsonb_build_object('journey', journey_id, 'version', %(version)s::bigint), %(now)s
            FROM moved
            ON CONFLICT DO NOTHING
        """
        return database.execute(statement, due.values | values | {"source": sources.own_id(due.now)})
