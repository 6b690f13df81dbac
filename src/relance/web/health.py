"""Is everything there: the database, the lake, the queue."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import Error as DatabaseTrouble

from relance.core import database
from relance.core.errors import RelanceError
from relance.events import lake


@dataclass(frozen=True)
class Health:
    """What works; an empty problem means it does."""

    database_problem: str = ""
    lake_problem: str = ""
    queue: dict[str, int] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        """Tell whether everything works."""
        return not (self.database_problem or self.lake_problem)

    def as_json(self) -> dict[str, object]:
        """Return it for programs."""
        return {"well": self.well, **asdict(self)}


def look(now: datetime) -> Health:
    """Return the state of database, lake and queue; the causes stay in the log, since anyone may read this page."""
    try:
        queue = _queue(now)
    except DatabaseTrouble:
        return Health(database_problem="no_answer")
    try:
        lake.snapshot()
    except (RelanceError, OSError):
        return Health(lake_problem="unreadable", queue=queue)
    return Health(queue=queue)


def _queue(now: datetime) -> dict[str, int]:
    """Count the messages not yet done with; each count reads a partial index of its own."""
    ((due, waiting, leaving, in_doubt),) = database.rows(
        """
        SELECT (SELECT count(*) FROM message WHERE state IN ('ready', 'deferred') AND not_before <= %(now)s),
               (SELECT count(*) FROM message WHERE state IN ('ready', 'deferred') AND not_before > %(now)s),
               (SELECT count(*) FROM message WHERE state IN ('claimed', 'sending')),
               (SELECT count(*) FROM message WHERE state = 'unknown')
        """,
        {"now": now},
    )
    return {"due": due, "waiting": waiting, "leaving": leaving, "in_doubt": in_doubt}
