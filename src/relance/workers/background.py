"""Long works that pages ask for: progress others can see, a stop that is heeded, and no doubt after a crash."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
import structlog
from django.db import connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from relance.core import database
from relance.core.errors import RefusedError, RelanceError
from relance.intake.models import Work
from relance.intake.options import Progress

log = structlog.get_logger()

QUEUE = "works"  # of their own, so that a long one keeps no stage of the minute waiting
EVERY = 0.4  # seconds between two notes of progress
DECIDED = {"events"}  # stages reported once there is nothing left to take back
HELD = "hashtextextended('work ' || %s, 0)"

Do = Callable[[Work, datetime, Progress], dict[str, Any]]


class Keeper:
    """The progress callback of one work.

    It writes on a connection of its own, since the importer's transaction is seen by nobody until it ends. The same
    connection holds a lock as long as the worker lives: pages tell by it a work that runs from one whose worker died.
    """

    def __init__(self, work_id: str) -> None:
        self._id = work_id
        self._own = psycopg.connect(database.dsn(), autocommit=True)
        self._own.execute(f"SELECT pg_advisory_lock({HELD})", [work_id])
        self._stage, self._written, self._ended = "", 0.0, 0
        self.stopped = False

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note how far the work is; raise if somebody asked to stop it and it still can be."""
        if stage != self._stage:
            self._log()
            self._stage, self._written = stage, 0.0
        self._ended = done
        if time.monotonic() - self._written < EVERY and done < total:
            return
        self._written = time.monotonic()
        found = self._own.execute(
            "UPDATE work SET stage = %s, done = %s, total = %s WHERE id = %s RETURNING stop_asked",
            [stage, done, total, self._id],
        ).fetchone()
        if found and found[0] and stage not in DECIDED:
            self.stopped = True
            raise RefusedError("The work was stopped, as somebody asked. Start it again when it suits.")

    def end(self, state: str, *, sentence: str = "", result: dict[str, Any] | None = None) -> None:
        """Write how the work ended, and let it go."""
        self._log()
        self._own.execute(
            "UPDATE work SET state = %s, sentence = %s, result = %s, finished_at = %s WHERE id = %s",
            [state, sentence, Jsonb(result or {}), timezone.now(), self._id],
        )
        self.close()

    def close(self) -> None:
        """Let the work go."""
        self._own.close()

    def _log(self) -> None:
        """Add the stage that ended to the log."""
        if self._stage:
            entry = [timezone.now().isoformat(), self._stage, self._ended]
            self._own.execute("UPDATE work SET log = log || %s WHERE id = %s", [Jsonb([entry]), self._id])


def do(work_id: str, act: Do) -> None:
    """Do a work as a task of the workers: the connection of this thread is given back."""
    try:
        run(work_id, act)
    finally:
        connection.close()


def run(work_id: str, do: Do) -> None:
    """Do the work, unless it was stopped before it began; whatever happens is written, and faults of ours raised."""
    keeper = Keeper(work_id)
    now = timezone.now()
    begun = Work.objects.filter(id=work_id, state__in=("waiting", "running"))
    if not begun.update(state="running", started_at=now, stage="", done=0, total=0):
        keeper.close()
        return
    work = Work.objects.select_related("upload").get(id=work_id)
    try:
        result = do(work, now, keeper)
    except RelanceError as error:
        keeper.end("stopped" if keeper.stopped else "failed", sentence="" if keeper.stopped else str(error))
    except Exception as error:
        keeper.end("failed", sentence=f"fault: {type(error).__name__}")
        log.exception("work failed", work=work_id, kind=work.kind)
        raise
    else:
        keeper.end("done", result=result)


def abandoned(work: Work) -> bool:
    """Tell whether the work is said to run but its worker is gone; `work` is read anew where it may just have ended."""
    if work.state != "running":
        return False
    ((free,),) = database.rows(f"SELECT pg_try_advisory_xact_lock({HELD})", [str(work.id)])
    if free:  # its end is written before the lock is let go
        work.refresh_from_db()
    return bool(free) and work.state == "running"


def stop(work: Work, now: datetime) -> None:
    """Ask for the work to stop; one that nobody began, or whose worker is gone, is stopped at once."""
    Work.objects.filter(id=work.id).update(stop_asked=True)
    Work.objects.filter(id=work.id, state="waiting").update(state="stopped", finished_at=now)
    work.refresh_from_db()
    if abandoned(work):
        Work.objects.filter(id=work.id, state="running").update(state="stopped", finished_at=now)
