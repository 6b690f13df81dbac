"""How many people stand where in a journey."""

from typing import Any

from relance.core import database
from relance.journeys.models import Version

JOURNEYS = """
SELECT j.name, j.running, max(v.number),
       (SELECT count(*) FROM enrolment e WHERE e.journey_id = j.id AND e.ended_at IS NULL AND NOT e.control),
       (SELECT count(*) FROM enrolment e WHERE e.journey_id = j.id AND e.ended_at IS NULL AND e.control),
       (SELECT count(*) FROM enrolment e WHERE e.journey_id = j.id AND e.ended_at IS NOT NULL)
FROM journey j JOIN journey_version v ON v.journey_id = j.id
GROUP BY j.id ORDER BY j.name
"""

POSITIONS = """
SELECT e.version_id = %s, e.position, e.control AND e.ended_at IS NULL, e.end_reason, count(*)
FROM enrolment e WHERE e.journey_id = %s
GROUP BY 1, 2, 3, 4
"""


def journeys() -> list[dict[str, Any]]:
    """Return each journey with its latest version and the people in it, in its control group, and ended."""
    names = ("journey", "running", "version", "open", "control", "ended")
    return [dict(zip(names, row, strict=True)) for row in database.rows(JOURNEYS)]


def positions(version: Version) -> dict[str, Any]:
    """Return the people at each position of this version, in the control group, on other versions, and ended."""
    counted: dict[str, Any] = {"open": {}, "ended": {}, "control": 0, "elsewhere": 0}
    for here, position, control, reason, count in database.rows(POSITIONS, [version.pk, version.journey_id]):
        if control:
            counted["control"] += count
        elif reason:
            counted["ended"][reason] = counted["ended"].get(reason, 0) + count
        elif here:
            counted["open"][position] = count
        else:
            counted["elsewhere"] += count
    return counted
