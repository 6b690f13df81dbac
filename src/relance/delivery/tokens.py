"""Compact signed tokens for links in mails: which message, which link; a key of its own for each purpose."""

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from relance.core import place

_BODY = struct.Struct(">BQ16sQ")  # key version, message id, message uuid, link id
_VERSION = 1
_MARK = 16  # bytes of HMAC-SHA256 kept: 128 bits


@dataclass(frozen=True)
class Token:
    """What a valid token says. The uuid tells apart two messages of one id, as after a restored backup."""

    message_id: int
    message_uuid: UUID
    link_id: int = 0


def click(message_id: int, message_uuid: UUID, link_id: int) -> str:
    """Return the token of one link in one message."""
    return clicks(message_id, message_uuid, [link_id])[0]


def clicks(message_id: int, message_uuid: UUID, link_ids: Iterable[int]) -> list[str]:
    """Return the tokens of these links in one message."""
    key = _key("click")
    return [_sign(key, Token(message_id, message_uuid, link)) for link in link_ids]


def unsubscribe(message_id: int, message_uuid: UUID) -> str:
    """Return the token that lets the recipient of a message unsubscribe."""
    return _sign(_key("unsubscribe"), Token(message_id, message_uuid))


def read_click(text: str) -> Token | None:
    """Return what a click token says, or None if we did not sign it for a click."""
    return _read("click", text)


def read_unsubscribe(text: str) -> Token | None:
    """Return what an unsubscribe token says, or None if we did not sign it for that."""
    return _read("unsubscribe", text)


def _key(purpose: str) -> bytes:
    """Return the key of a purpose; a rehearsal has its own, so that a link in a sample mail does nothing for real."""
    scope = "simulated" if place.current().simulated else "real"
    return _derived(place.secret_key(), scope, purpose)


@lru_cache(maxsize=16)
def _derived(secret: bytes, scope: str, purpose: str) -> bytes:
    return hmac.digest(secret, f"relance token {scope} {purpose}".encode(), "sha256")


def _sign(key: bytes, token: Token) -> str:
    body = _BODY.pack(_VERSION, token.message_id, token.message_uuid.bytes, token.link_id)
    return urlsafe_b64encode(body + hmac.digest(key, body, "sha256")[:_MARK]).decode().rstrip("=")


def _read(purpose: str, text: str) -> Token | None:
    """Check the signature in constant time before reading anything; refuse every spelling but the one we write."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError):
        return None
    if len(raw) != _BODY.size + _MARK or urlsafe_b64encode(raw).decode().rstrip("=") != text:
        return None
    body, mark = raw[: _BODY.size], raw[_BODY.size :]
    if not hmac.compare_digest(mark, hmac.digest(_key(purpose), body, "sha256")[:_MARK]):
        return None
    version, message_id, message_uuid, link_id = _BODY.unpack(body)
    return Token(message_id, UUID(bytes=message_uuid), link_id) if version == _VERSION else None
