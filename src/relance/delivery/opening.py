"""Whether anything may be sent, asked before each batch, and signs of life; a rehearsal asks nobody and leaves none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from relance.core import faults, place
from relance.delivery import beats, overdue, restoration

UNWATCHED = timedelta(hours=1)  # after this without a whole pass, workers that only send send nothing that sells


@dataclass
class Opening:
    """One run's leave to send. Signs of life are the process's: its name less what tells runs apart."""

    worker: str
    granted: bool = False

    @property
    def process(self) -> str:
        """The name without the run's token."""
        return self.worker.rpartition("-")[0] or self.worker

    def may_send(self, now: datetime) -> bool:
        """Tell whether the next batch may go: not before a person settled a restoration; what is overdue is held first."""
        if place.current().simulated:
            return True
        if self.granted:  # a batch came to its end, and the channel did not shut
            beats.note(self.process, now)
        else:
            beats.live(self.process, now)
        self.granted = not restoration.awaits(now)
        if self.granted:
            overdue.hold(now)
        return self.granted

    def sells(self, now: datetime) -> bool:
        """Tell whether messages that sell may go: not while what watches over them fails, or nobody has run it for long."""
        if place.current().simulated:
            return True
        advanced_at = overdue.last_advance()
        return not faults.unguarded() and (advanced_at is None or now - advanced_at <= UNWATCHED)

    def note(self, now: datetime, failure: str = "") -> None:
        """Leave the last sign of life of a run that could send, with what shuts the channel, if anything does."""
        if self.granted:
            beats.note(self.process, now, failure=failure)
