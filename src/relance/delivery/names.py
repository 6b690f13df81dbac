"""The name a message bears outside, in its Message-ID and its return path: what comes back finds its message by it.

A name is the message's uuid and id. The id finds the row without an index of uuids; the uuid, of which 122 bits are random
and which only the recipient's side ever saw, is the proof that who answers had the mail. Hexadecimal, since servers on the way
may change the case of a local part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from relance.delivery.headers import checked_address
from relance.senders.sender import Sender

_NAME = re.compile(r"(?<![0-9a-f])([0-9a-f]{32})\.([0-9a-f]{1,15})(?=@)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """What a name says; only the row it leads to tells whether it is true."""

    id: int
    uuid: UUID


def write(message_id: int, uuid: UUID) -> str:
    """Return the name of a message, as the part of an address before the @."""
    return f"{uuid.hex}.{message_id:x}"


def return_path(address: str, message_id: int, uuid: UUID) -> str:
    """Return the envelope sender that leads a bounce of this message to `address` (VERP, by a sub-address)."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{write(message_id, uuid)}@{domain}"


def leaving_from(sender: Sender, message_id: int, uuid: UUID) -> str:
    """Return the envelope sender of a message: with its name in it where the sender has an address for what returns."""
    address = _checked(sender.bounce_address or sender.address)
    return return_path(address, message_id, uuid) if sender.bounce_address else address


@lru_cache(maxsize=64)
def _checked(address: str) -> str:
    return checked_address(address)


def found(text: str) -> list[Name]:
    """Return the names a text holds, each once, in their order."""
    return list(dict.fromkeys(Name(int(number, 16), UUID(hex=uuid)) for uuid, number in _NAME.findall(text)))
