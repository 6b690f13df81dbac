"""Who leaves before the next step: asked at every due moment, before anything else is done.

The reasons, as `end_reason` has them: `erased` or `merged` (the person is gone), `goal` or the event's name without
`message_` (something of `exit_when` happened; the goal, an unsubscription and a complaint always count),
`unreachable` (no address left on the journey's channels), `blocked:<code>` (the gate refused a message for good).
"""

from datetime import datetime

from relance.core import database
from relance.journeys import tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.models import Version
from relance.journeys.steps import Due

ALWAYS = ("message_unsubscribed", "message_complained")
# Codes of the gate's verdicts that a wait will not change; after any other the person goes on with the journey.
LASTING = (
    "suppressed", "permission_unknown", "permission_withdrawn", "permission_refused", "permission_expired", "permission_insufficient",
    "no_sale", "channel_unfit",
    "erased", "objected", "paused", "retention_due", "no_address", "address_invalid", "unreachable", "out_of_target", "goal_reached",
)  # fmt: skip

DUE = Due.ROWS

GONE = f"""
UPDATE enrolment e SET due_at = NULL, ended_at = %(now)s,
    end_reason = CASE WHEN EXISTS (SELECT FROM contact_alias a WHERE a.loser_id = e.contact_id) THEN 'merged' ELSE 'erased' END
WHERE {DUE} AND NOT EXISTS (
    SELECT FROM contact c LEFT JOIN contact_alias a ON a.loser_id = c.id
    WHERE c.id = e.contact_id AND c.erased_at IS NULL AND a.loser_id IS NULL
)
"""

HAPPENED = f"""
UPDATE enrolment e SET due_at = NULL, ended_at = %(now)s,
    end_reason = CASE WHEN met.type = %(goal)s THEN 'goal' ELSE regexp_replace(met.type, '^message_', '') END
FROM (
    SELECT DISTINCT ON (e.id) e.id, v.type
    FROM enrolment e
    JOIN event v ON v.contact_id = e.contact_id AND v.occurred_at >= e.entered_at AND v.type = ANY(%(types)s)
    WHERE {DUE}
    ORDER BY e.id, v.occurred_at
) met
WHERE e.id = met.id AND e.ended_at IS NULL
"""

UNREACHABLE = f"""
UPDATE enrolment e SET due_at = NULL, ended_at = %(now)s, end_reason = 'unreachable'
WHERE {DUE} AND NOT EXISTS (
    SELECT FROM contact_point p
    WHERE p.contact_id = e.contact_id AND p.channel = ANY(%(channels)s) AND p.valid IS NOT FALSE
)
"""

BLOCKED = f"""
UPDATE enrolment e SET due_at = NULL, ended_at = %(now)s, end_reason = 'blocked:' || m.reason
FROM message m
WHERE {DUE} AND m.contact_id = e.contact_id AND m.enrolment_id = e.id
  AND m.state = 'blocked' AND m.reason = ANY(%(lasting)s)
"""


def leave(version: Version, definition: JourneyDefinition, now: datetime) -> int:
    """End the due rows of everyone who has a reason to leave, and return how many that is."""
    channels = sorted({channel for _, send in tree.sends(definition.nodes) for channel in send.ways(version)})
    values = {
        "version": version.pk,
        "positions": list(definition.nodes),
        "now": now,
        "goal": definition.goal.event,
        "types": sorted({definition.goal.event, *definition.exit_when, *ALWAYS}),
        "channels": channels,
        "lasting": list(LASTING),
    }
    statements = (GONE, HAPPENED, UNREACHABLE, BLOCKED) if channels else (GONE, HAPPENED)
    return sum(database.execute(statement, values) for statement in statements)
