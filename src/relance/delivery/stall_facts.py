"""What is known of the queue and of those who work on it, each count by an index of its own."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from relance.core import database, faults, place
from relance.core.faults import Fault
from relance.delivery import attendance, beats, workers
from relance.delivery.beats import Sign
from relance.delivery.ledger import GOING
from relance.delivery.workers import Job

QUIET = timedelta(minutes=3)  # after this without a sign a process is taken for dead


@dataclass(frozen=True)
class Leased:
    """The process that holds messages for longest: how many, since when its lease began, whether it lost it."""

    worker: str
    messages: int
    since: datetime
    lost: bool


@dataclass(frozen=True)
class Blocked:
    """A statement on messages that does not come to its end: its process, since when, and who is in its way."""

    process: int
    since: datetime
    holder: str


@dataclass(frozen=True)
class Facts:
    """All that tells why messages do not leave; `due` leaves out those of journeys that rest (`resting`)."""

    due: int = 0
    waiting: int = 0
    leaving: int = 0
    held: int = 0
    in_doubt: int = 0
    resting: int = 0
    oldest_due: datetime | None = None
    held_since: datetime | None = None
    last_sent: datetime | None = None
    restored_at: datetime | None = None
    sign: Sign | None = None
    worker_lives: bool = False
    leased: Leased | None = None
    blocked: Blocked | None = None
    job: Job | None = None
    reason: str = ""  # most frequent among those that leave next
    next_at: datetime | None = None
    free: int = 1 << 62  # bytes of disk
    fault: Fault | None = None  # of what watches over sending
    alone_since: datetime | None = None  # workers send, and nobody runs everything


COUNTS = f"""
    SELECT greatest(due.n - resting.n, 0), waiting.n, leaving.n, held.n, doubt.n, resting.n,
           (SELECT not_before FROM message m WHERE state IN ('ready', 'deferred') AND not_before <= %(now)s AND {GOING}
            ORDER BY not_before LIMIT 1),
           held.since,
           (SELECT max(sent_at) FROM message WHERE state = 'sent'),
           (SELECT noticed_at FROM restoration WHERE settled_at IS NULL)
    FROM (SELECT count(*) AS n FROM message WHERE state IN ('ready', 'deferred') AND not_before <= %(now)s) AS due,
         (SELECT count(*) AS n FROM message WHERE journey_id = ANY (ARRAY(SELECT id FROM journey WHERE NOT running))
          AND state IN ('ready', 'deferred') AND not_before <= %(now)s) AS resting,
         (SELECT count(*) AS n FROM message WHERE state IN ('ready', 'deferred') AND not_before > %(now)s) AS waiting,
         (SELECT count(*) AS n FROM message WHERE state IN ('claimed', 'sending')) AS leaving,
         (SELECT count(*) AS n, min(due_since) AS since FROM message WHERE state = 'held') AS held,
         (SELECT count(*) AS n FROM message WHERE state = 'unknown') AS doubt
"""
# Of the next thousand, so that a million that wait cost no more.
REASON = """
    SELECT split_part(split_part(reason, ':', 1), ' ', 1), min(min(not_before)) OVER ()
    FROM (SELECT reason, not_before FROM message WHERE state IN ('ready', 'deferred') AND not_before > %s AND reason <> ''
          ORDER BY not_before LIMIT 1000) AS soon
    GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
"""
LEASED = """
    SELECT worker, count(*), min(lease_until) FROM message WHERE state IN ('claimed', 'sending')
    GROUP BY worker ORDER BY 3 LIMIT 1
"""
# Statements on messages that have run for half a minute: behind a lock, or by themselves.
BLOCKED = """
    SELECT pid, query_start, coalesce((SELECT string_agg(b::text, ', ') FROM unnest(pg_blocking_pids(pid)) AS b), '')
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query ILIKE '%%message%%'
      AND query_start < clock_timestamp() - interval '30 seconds' AND wait_event IS DISTINCT FROM 'advisory'
    ORDER BY query_start LIMIT 1
"""


def gather(now: datetime) -> Facts:
    """Return what is known at `now`; a database server's own clock tells how long its statements run."""
    ((due, waiting, leaving, held, doubt, resting, oldest, since, sent, restored),) = database.rows(
        COUNTS, {"now": now}
    )
    reason = database.rows(REASON, [now])
    signs = beats.signs()
    return Facts(
        due=due, waiting=waiting, leaving=leaving, held=held, in_doubt=doubt, resting=resting, oldest_due=oldest,
        held_since=since, last_sent=sent, restored_at=restored, sign=_sign(signs, now), worker_lives=workers.alive(),
        leased=_leased(now, {sign.worker: sign.at for sign in signs}), blocked=_blocked(),
        job=workers.at_stages(), reason=reason[0][0] if reason else "",
        next_at=reason[0][1] if reason else None, free=shutil.disk_usage(place.folder(".")).free,
        fault=next((fault for fault in faults.known() if fault.guards), None), alone_since=attendance.alone_since(now),
    )  # fmt: skip


def _sign(signs: list[Sign], now: datetime) -> Sign | None:
    """Return the sign that tells most: of those who live, the first to have found the channel shut; else the last sign."""
    shut = [sign for sign in signs if sign.shut_since and now - sign.at <= QUIET]
    return min(shut, key=lambda sign: sign.shut_since or now) if shut else next(iter(signs), None)


def _leased(now: datetime, signs: dict[str, datetime]) -> Leased | None:
    """Return who holds messages for longest; it lost them where the lease ended or no sign came for as long as one."""
    lease = timedelta(seconds=settings.RELANCE.lease_seconds)
    for run, messages, until in database.rows(LEASED):
        process = run.rpartition("-")[0] or run
        last = signs.get(process)
        lost = until < now or (last is not None and now - last > lease)
        return Leased(process, messages, until - lease, lost)
    return None


def _blocked() -> Blocked | None:
    found = database.rows(BLOCKED)
    return Blocked(*found[0]) if found else None
