"""The answers of the tracking server, ready to be sent; none is kept by a cache, none runs anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from relance.feedback import opens

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

_ALWAYS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, its headers and its body."""

    status: int
    headers: tuple[Header, ...]
    body: bytes = b""

    async def send(self, send: Send, *, head: bool) -> None:
        """Send it; to a HEAD without its body."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": b"" if head else self.body})


@lru_cache(maxsize=10_000)
def redirect(address: str) -> Answer:
    """Return the way to a stored address."""
    return Answer(302, (*_ALWAYS, (b"location", address.encode("ascii")), (b"content-length", b"0")))


def _said(status: int, kind: str, body: bytes, *more: Header) -> Answer:
    told = ((b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()))
    return Answer(status, (*_ALWAYS, *told, *more), body)


def _text(status: int, french: str, english: str, *more: Header) -> Answer:
    """Return a sentence in both languages: whose it is, this server does not ask."""
    return _said(status, "text/plain; charset=utf-8", f"{french}\n\n{english}\n".encode(), *more)


WELL = _text(200, "Tout va bien.", "All is well.")
UNSUBSCRIBED = _text(200, "Vous êtes désabonné.", "You are unsubscribed.")
UNKNOWN = _text(
    404,
    "Ce lien ne fonctionne pas : il est incomplet, ou trop ancien. Ouvrez-le depuis l’e-mail lui-même.",
    "This link does not work: it is incomplete, or too old. Open it from the mail itself.",
)
NOT_ALLOWED = _text(
    405, "Cette demande n’est pas prise ici.", "This request is not taken here.", (b"allow", b"GET, HEAD")
)
LATER = _text(
    503,
    "Ce lien ne répond pas en ce moment. Réessayez dans une minute.",
    "This link does not answer right now. Try again in a minute.",
    (b"retry-after", b"30"),
)
IMAGE = _said(200, "image/gif", opens.IMAGE)
