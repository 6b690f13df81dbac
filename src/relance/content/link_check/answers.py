"""What is known of the links and images of a mail once they were asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from relance.content.link_check.places import Place


class State(StrEnum):
    """What is known of an address once it was asked for."""

    WORKS = "works"
    MOVED = "moved"  # for good: the server says to use another address
    INSECURE = "insecure"  # http
    DEAD = "dead"  # 404, 410
    CLOSED = "closed"  # asks for a password, or turns programs away: 401, 403, 405, 429
    FAULTY = "faulty"  # another error of the server
    SLOW = "slow"
    UNKNOWN = "unknown"  # no such domain
    PRIVATE = "private"
    UNREACHABLE = "unreachable"  # nothing answers there
    CERTIFICATE = "certificate"
    CIRCULAR = "circular"  # redirected without end
    NO_IMAGE = "no_image"
    INCOMPLETE = "incomplete"  # no address of the web
    UNASKED = "unasked"  # no time or no room was left


@dataclass(frozen=True)
class Answer:
    """What came of asking: the state, the last status (0 without one) and the address reached."""

    state: State
    status: int = 0
    reached: str = ""


class Checked(NamedTuple):
    """An address of the mail with its answer."""

    place: Place
    answer: Answer
