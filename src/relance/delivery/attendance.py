"""Whether somebody runs everything, the breaker included: workers that only send sell nothing where nobody does."""

from __future__ import annotations

from datetime import datetime, timedelta

from relance.core import database
from relance.delivery import overdue

UNWATCHED = timedelta(hours=1)  # without a whole pass, and nobody at one
LONGEST_PASS = timedelta(hours=6)  # a night of a large base; a pass that takes longer is taken for stuck

# Under the database server's own clock, which the jobs and signs of life bear.
AT_IT = """
    SELECT EXISTS (
        SELECT FROM procrastinate_jobs AS j JOIN procrastinate_workers AS w ON w.id = j.worker_id
        WHERE j.status = 'doing' AND j.lock = 'stages' AND w.last_heartbeat > now() - interval '1 minute'
          AND (SELECT max(at) FROM procrastinate_events AS e WHERE e.job_id = j.id AND e.type = 'started') > now() - %s
    )
"""


def alone_since(now: datetime) -> datetime | None:
    """Return since when nobody has run everything, if that is too long; None while a worker lives that does.

    The night's work comes before a pass's own and can take hours: a living worker that is at it counts.
    """
    last = overdue.last_advance()
    if last is None or now - last <= UNWATCHED:
        return None
    return None if database.rows(AT_IT, [LONGEST_PASS]) == [(True,)] else last
