"""Is everything there: the database, the lake, the queue; and does what is due leave."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from django.db import Error as DatabaseTrouble

from relance.core import faults
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
    failing: tuple[str, ...] = ()  # stages that failed the last time

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
        found, failing = queue.lately(now), tuple(fault.stage for fault in faults.known())
    except DatabaseTrouble:
        return Health(database_problem="no_answer")
    told = replace(_told(found), failing=failing)
    try:
        lake.table()
    except (RelanceError, OSError):
        return replace(told, lake_problem="unreadable")
    return told


def _told(found: Queue) -> Health:
    """Return it with the queue; of a stall its code alone, since its sentence names machines and what they said."""
    stall, counts = found.stall, dict(found.counts)
    if stall is None:
        return Health(queue=counts)
    return Health(queue=counts, stall=stall.code, stalled_since=stall.since, halted=stall.halts)
