"""Mails that wait for a connection, in order; of a mailbox provider no more are offered at once than it may get."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

from relance.delivery.channels.protocol import Outgoing


class Waiting:
    """Shared by the connections of one slice."""

    def __init__(self, outgoing: Sequence[Outgoing]) -> None:
        self._queue = deque(outgoing)
        self._busy: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._queue)

    def take(self) -> Outgoing | None:
        """Return the first mail that may be offered now; None where others are busy with all that is left."""
        for position, one in enumerate(self._queue):
            if one.connections is None or self._busy[one.provider] < one.connections:
                del self._queue[position]
                self._busy[one.provider] += 1
                return one
        return None

    def done(self, one: Outgoing) -> None:
        """Note that nobody is busy with a mail any more."""
        self._busy[one.provider] -= 1

    def back(self, one: Outgoing) -> None:
        """Put a mail first again, which nobody took."""
        self.done(one)
        self._queue.appendleft(one)

    def left(self) -> list[Outgoing]:
        """Return those nobody took."""
        return list(self._queue)
