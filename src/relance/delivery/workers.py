"""Whether somebody lives who does the stages, under the database server's own clock, which jobs and signs of life bear."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from relance.core import database

LONGEST_PASS = timedelta(hours=6)  # a night of a large base; a pass that takes longer is taken for stuck

# A job that came along in a dump, or whose worker died, has nobody's heartbeat.
AT_STAGES = """
    SELECT j.task_name, begun.at
    FROM procrastinate_jobs AS j JOIN procrastinate_workers AS w ON w.id = j.worker_id
    CROSS JOIN LATERAL (SELECT max(at) AS at FROM procrastinate_events AS e WHERE e.job_id = j.id AND e.type = 'started') AS begun
    WHERE j.status = 'doing' AND j.lock = 'stages' AND w.last_heartbeat > now() - interval '1 minute'
      AND begun.at > CASE WHEN %(longest)s::interval IS NULL THEN '-infinity' ELSE now() - %(longest)s::interval END
    ORDER BY j.id LIMIT 1
"""


@dataclass(frozen=True)
class Job:
    """What a worker of everything does, and since when."""

    task: str
    since: datetime


def alive() -> bool:
    """Tell whether a worker of everything lives, whatever it does."""
    return bool(
        database.rows("SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute' LIMIT 1")
    )


def at_stages(longest: timedelta | None = None) -> Job | None:
    """Return what a living worker does that is at the stages, if it began less than `longest` ago; None where nobody is."""
    found = database.rows(AT_STAGES, {"longest": longest})
    return Job(*found[0]) if found else None
