"""Whether anything may be sent, asked before each batch, and signs of life; a rehearsal asks nobody and leaves none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relance.core import database, faults, place
from relance.delivery import attendance, beats, overdue, restoration
from relance.delivery.ledger import GOING, PUT_OFF


@dataclass
class Opening:
    """One run's leave to send. Signs of life are the process's: its name less what tells runs apart.

    `offered` tells that the channel took or refused a mail: only then does a run know that it is open.
    """

    worker: str
    granted: bool = False
    sold: bool = True
    offered: bool = False
    tries: int = 0

    @property
    def process(self) -> str:
        """The name without the run's token."""
        return self.worker.rpartition("-")[0] or self.worker

    def may_send(self, now: datetime, failure: str = "") -> bool:
        """Tell whether the next batch may go; what is overdue is held first. `failure` is what keeps some senders' mails here.

        Not before a person settled a restoration, nor while the channel rests that asks for one.
        """
        if place.current().simulated:
            return True
        if self.granted:  # a batch came to its end, and the channel did not shut
            self.note(now, failure)
        else:
            beats.live(self.process, now)
        self.granted = not restoration.awaits(now) and (self.offered or not beats.rests(self.process, now))
        if self.granted:
            overdue.hold(now)
        return self.granted

    def sells(self, now: datetime) -> bool:
        """Tell whether messages that sell may go: not while what watches over them fails, or nobody has run it for long."""
        if place.current().simulated:
            return True
        self.sold = not faults.unguarded() and attendance.alone_since(now) is None
        return self.sold

    def most(self, size: int) -> int:
        """Return how many messages to claim, `size` as a rule.

        Of a channel last found shut one, then twice as many each time until it takes or refuses one: each of them goes
        through the gate, which writes down what it says.
        """
        if self.offered or place.current().simulated or not beats.shut():
            return size
        self.tries += 1
        return int(min(size, 2 ** (self.tries - 1)))

    def note(self, now: datetime, failure: str = "", *, asks: bool = False) -> None:
        """Leave the last sign of life of a run that could send, with what shuts the channel, if anything does.

        A run with nothing to offer leaves what is known of a shut channel, as long as messages wait for it; one that might
        not sell does not count as having worked.
        """
        if not self.granted or place.current().simulated:
            return
        if failure or self.offered or not (beats.shut() and _await_channel(now)):
            beats.note(self.process, now, failure=failure, asks=asks, worked=self.sold)
        else:
            beats.live(self.process, now)


def _await_channel(now: datetime) -> bool:
    """Tell whether messages wait because the channel was shut; each try puts them off by a minute."""
    return bool(
        database.rows(
            f"""
            SELECT 1 FROM message AS m
            WHERE m.state IN ('ready', 'deferred') AND m.not_before <= %s AND m.reason LIKE 'channel_shut%%' AND {GOING}
            LIMIT 1
            """,
            [now + PUT_OFF],
        )
    )
