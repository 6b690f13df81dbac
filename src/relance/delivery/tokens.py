"""Compact signed tokens for links in mails: which message, which link; keys of their own for each purpose.

Keys are numbered, and a token begins with the number of the one that signed it. Number 1 is made of the installation's
secret key, further ones of the setting `token_keys`; the highest signs. So keys can be changed, and old mails go on working.
"""

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal, NamedTuple
from uuid import UUID

from django.conf import settings

from relance.core import place

Purpose = Literal["click", "unsubscribe", "open"]
PURPOSES: tuple[Purpose, ...] = ("click", "unsubscribe", "open")
_BODY = struct.Struct(">BQ16sQ")  # number of the key, message id, message uuid, link id
_FIRST = 1
_MARK = 16  # bytes of HMAC-SHA256 kept: 128 bits
TRAP = 0  # the link id of the hidden link: no row of `link` has it


class Token(NamedTuple):
    """What a valid token says. The uuid tells apart two messages of one id, as after a restored backup."""

    message_id: int
    message_uuid: UUID
    link_id: int = 0


def site() -> str:
    """Return the address that links in mails lead through: the tracking server's, where it has one of its own."""
    return str(settings.RELANCE.tracking_url or settings.RELANCE.base_url).rstrip("/")


def click(message_id: int, message_uuid: UUID, link_id: int) -> str:
    """Return the token of one link in one message; `TRAP` is the link that no person sees."""
    return clicks(message_id, message_uuid, [link_id])[0]


def clicks(message_id: int, message_uuid: UUID, link_ids: Iterable[int]) -> list[str]:
    """Return the tokens of these links in one message."""
    number, key = _newest("click")
    return [_sign(number, key, Token(message_id, message_uuid, link)) for link in link_ids]


def unsubscribe(message_id: int, message_uuid: UUID) -> str:
    """Return the token that lets the recipient of a message unsubscribe."""
    return _sign(*_newest("unsubscribe"), Token(message_id, message_uuid))


def pixel(message_id: int, message_uuid: UUID) -> str:
    """Return the token of the image that tells of the opening of a message."""
    return _sign(*_newest("open"), Token(message_id, message_uuid))


def read_click(text: str) -> Token | None:
    """Return what a click token says, or None if we did not sign it for a click."""
    return _read(_keys("click"), text)


def read_unsubscribe(text: str) -> Token | None:
    """Return what an unsubscribe token says, or None if we did not sign it for that."""
    return _read(_keys("unsubscribe"), text)


def read_pixel(text: str) -> Token | None:
    """Return what the token of an image says, or None if we did not sign it for one."""
    return _read(_keys("open"), text)


def reader(purpose: Purpose) -> Callable[[str], Token | None]:
    """Return what reads the tokens of a purpose by the keys of now: for a server, which reads thousands a second."""
    return partial(_read, _keys(purpose))


def _keys(purpose: Purpose) -> dict[int, bytes]:
    """Return the keys of a purpose by number; a rehearsal has its own, so that a link in a sample mail does nothing."""
    here, given = place.current(), settings.RELANCE
    scope = "simulated" if here.simulated else "real"
    return _derived(here.data, given.secret_key, given.token_keys, given.oldest_token_key, f"{scope} {purpose}")


@lru_cache(maxsize=64)
def _derived(data: Path, secret_key: str, token_keys: str, oldest: int, purpose: str) -> dict[int, bytes]:
    """Return the keys in force, ascending; derived once, since a secret kept in a file would be read for each link."""
    secrets = {_FIRST: place.secret_key()} | {
        int(number): secret.encode()
        for number, _, secret in (entry.strip().partition(":") for entry in token_keys.split(",") if entry.strip())
    }
    name = f"relance token {purpose}".encode()
    return {number: hmac.digest(secrets[number], name, "sha256") for number in sorted(secrets) if number >= oldest}


def _newest(purpose: Purpose) -> tuple[int, bytes]:
    """Return the key that signs, and its number."""
    return next(reversed(_keys(purpose).items()))


def _sign(number: int, key: bytes, token: Token) -> str:
    body = _BODY.pack(number, token.message_id, token.message_uuid.bytes, token.link_id)
    return urlsafe_b64encode(body + hmac.digest(key, body, "sha256")[:_MARK]).decode().rstrip("=")


def _read(keys: Mapping[int, bytes], text: str) -> Token | None:
    """Check the signature in constant time before reading anything else; refuse every spelling but the one we write."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError):
        return None
    if len(raw) != _BODY.size + _MARK or urlsafe_b64encode(raw).decode().rstrip("=") != text:
        return None
    body, mark = raw[: _BODY.size], raw[_BODY.size :]
    key = keys.get(body[0])
    if key is None or not hmac.compare_digest(mark, hmac.digest(key, body, "sha256")[:_MARK]):
        return None
    _, message_id, message_uuid, link_id = _BODY.unpack(body)
    if max(message_id, link_id) >= 2**63:  # no row has such an id, and asking for it would fail
        return None
    return Token(message_id, UUID(bytes=message_uuid), link_id)
