"""Is everything there: the database, the lake, the queue; and does what is due leave."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import Error as DatabaseTrouble

from relance.core.errors import RelanceError
from relance.delivery.stalls import Queue
from relance.events import lake
from relance.web import queue


@dataclass(frozen=True)
class Health:
    """What works; an empty problem means it does."""

    database_problem: str = ""
    lake_problem: str = ""
    queue: dict[str, int] = field(default_factory=dict)
    stall: str = ""  # code of what stands in the way of sending, a fault or not
    stalled_since: datetime | None = None
    halted: bool = False  # whether it is a fault

    @property
    def well(self) -> bool:
        """Tell whether everything works."""
        return not (self.database_problem or self.lake_problem or self.halted)

    def as_json(self) -> dict[str, object]:
        """Return it for programs."""
        return {"well": self.well, **asdict(self)}


def look(now: datetime) -> Health:
    """Return the state of database, lake and queue; the causes stay in the log, since anyone may read this page."""
    try:
        found = queue.lately(now)
    except DatabaseTrouble:
        return Health(database_problem="no_answer")
    try:
        lake.snapshot()
    except (RelanceError, OSError):
        return _told(found, "unreadable")
    return _told(found)


def _told(found: Queue, lake_problem: str = "") -> Health:
    """Return it with the queue; of a stall its code alone, since its sentence names machines and what they said."""
    stall = found.stall
    if stall is None:
        return Health(lake_problem=lake_problem, queue=dict(found.counts))
    return Health(
        lake_problem=lake_problem,
        queue=dict(found.counts),
        stall=stall.code,
        stalled_since=stall.since,
        halted=stall.halts,
    )
