"""What every channel does, and the words it answers in."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from relance.senders.sender import DEFAULT


class Kind(StrEnum):
    """What became of one message."""

    SENT = "sent"  # the other side has it
    LATER = "later"  # refused for now; offering it again can help
    FAILED = "failed"  # refused for good, for a reason that is not the person's address
    NO_MAILBOX = "no_mailbox"  # refused for good: the address does not exist
    DOUBTFUL = "doubtful"  # cut off after the message was handed over: it may have arrived
    UNTRIED = "untried"  # not offered at all
    SHUT = "shut"  # not offered: its way out takes nothing now


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message at the door; `mail` is None where the channel did not ask for it to be rendered.

    `sender` is the name it was written for, `return_path` the envelope sender (empty: that of the settings);
    `connections` is how many connections may be busy with its mailbox provider at once; None means any number.
    """

    id: int
    uuid: UUID
    address: str
    template_version_id: int
    variant: str
    language: str
    mail: bytes | None = None
    provider: str = ""
    connections: int | None = None
    sender: str = DEFAULT
    return_path: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the message `id`, in the other side's words where it has any."""

    id: int
    kind: Kind
    reason: str = ""
    provider_id: str = ""


class Channel(Protocol):
    """A way out. `slice` is how many messages are committed as `sending` at once: what a crash can put in doubt."""

    name: str
    where: str
    slice: int

    def wanted(self, outgoing: Sequence[Outgoing]) -> Collection[int]:
        """Return the ids of the messages that must be rendered."""

    def send(self, outgoing: Sequence[Outgoing], deadline: float = math.inf) -> list[Outcome]:
        """Offer each once, return one outcome each; raise ChannelError only where nothing was offered.

        What half the lease, or the time until `deadline` (of the monotonic clock), does not suffice for is untried.
        """

    def close(self) -> None:
        """Give back what is held open."""
