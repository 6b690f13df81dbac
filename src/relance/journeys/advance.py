"""The stage that moves people along: every due row, one statement a step, no loop over people.

A row moves in the same transaction as what it causes (its message, its event), so a run killed anywhere is
simply run again: what moved is no longer due, what did not still is.
"""

from datetime import datetime

from relance.core import database
from relance.journeys import exits
from relance.journeys.definition import JourneyDefinition, of
from relance.journeys.models import Version
from relance.journeys.steps import Due
from relance.journeys.steps.step import Chooses, first

# Versions of running journeys that have something due: one look into the index for each position.
DUE_VERSIONS = """
SELECT v.id FROM journey_version v JOIN journey j ON j.id = v.journey_id
WHERE j.running AND EXISTS (SELECT FROM enrolment e WHERE e.version_id = v.id AND e.due_at <= %s)
ORDER BY v.id
"""

DUE_POSITIONS = """
SELECT place FROM unnest(%s::text[]) AS place WHERE EXISTS (
    SELECT FROM enrolment e WHERE e.version_id = %s AND e.position = place AND e.due_at <= %s AND NOT e.control
)
"""

# Control rows do nothing; they end once the journey and the goal's window are both past.
MEASURED = """
UPDATE enrolment SET due_at = NULL, ended_at = %s, end_reason = 'completed'
WHERE version_id = %s AND position = '' AND control AND due_at <= %s
"""


def run(now: datetime, chooses: Chooses = first) -> int:
    """Do every step that is due in running journeys and return how many moves that made.

    `chooses` says which channel each person's message takes where its step names several.
    """
    due = [version_id for (version_id,) in database.rows(DUE_VERSIONS, [now])]
    return sum(advance(version, now, chooses) for version in Version.objects.filter(pk__in=due).order_by("pk"))


def advance(version: Version, now: datetime, chooses: Chooses = first) -> int:
    """Move every due row of one version: exits first, then step by step from the top of the tree."""
    definition = of(version)
    moves = database.execute(MEASURED, [now, version.pk, now]) + exits.leave(version, definition, now)
    return moves + sum(step_moves(version, definition, now, chooses))


def step_moves(version: Version, definition: JourneyDefinition, now: datetime, chooses: Chooses) -> list[int]:
    """Do each step that has due rows, or gets some in this pass: a row that need not wait goes through several."""
    nodes, moves = definition.nodes, []
    due: set[str | None] = {one for (one,) in database.rows(DUE_POSITIONS, [list(nodes), version.pk, now])}
    for node in nodes.values():
        if due.isdisjoint((node.position, *node.taken_from)):
            continue
        moves.append(node.step.advance(Due(version, nodes, node, now, chooses)))
        if moves[-1] or not node.step.holds:
            due |= {node.position, *node.successors}
    return moves
