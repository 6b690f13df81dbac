"""The application: `/c/<token>` follows a link, `/o/<token>` is an image, `/u/<token>` is the way out.

Nothing of a request but its token, its agent, its method and its address is looked at; bodies are not read. Only stored
addresses are redirected to. A token we did not sign is a 404; what cannot be committed in time is a 503.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from django.conf import settings

from relance.core.errors import DatabaseError
from relance.delivery import tokens
from relance.delivery.tokens import Token
from relance.feedback import destinations
from relance.feedback.hits import Hit, Kind, Known
from relance.feedback.machines import READ, Asking
from relance.tracking import answers, writing
from relance.tracking.answers import Answer
from relance.tracking.group_commit import GroupCommit

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_READ = {name.encode(): name for name in READ}
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
ADDRESSES = 10_000  # written addresses in memory


class Tracking:
    """The ASGI application of one process."""

    def __init__(self) -> None:
        self._hand, self._eye = writing.Hand(), writing.Hand()
        self._thread = ThreadPoolExecutor(1, "tracking")  # Django's own connection lives in it
        self._clicks = GroupCommit(partial(writing.clicks, self._hand))
        self._opens = GroupCommit(partial(writing.openings, self._eye))
        self._ways_out = GroupCommit(partial(writing.ways_out, self._thread))
        self._written = lru_cache(maxsize=ADDRESSES)(destinations.address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the server's start and stop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            try:
                answer = await self._answer(scope)
            except DatabaseError:
                answer = answers.LATER
            await answer.send(send, head=scope["method"] == "HEAD")

    async def close(self) -> None:
        """Answer what waits and close the connections."""
        for committing in (self._clicks, self._opens, self._ways_out):
            await committing.drained()
        await self._hand.close()
        await self._eye.close()
        await asyncio.get_running_loop().run_in_executor(self._thread, writing.release)
        self._thread.shutdown()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope) -> Answer:
        path, method = scope["path"], scope["method"]
        kind, text = path[:3], path[3:]
        if kind == "/u/":
            return await self._way_out(text, method)
        if method not in ("GET", "HEAD"):
            return answers.NOT_ALLOWED
        if kind == "/c/":
            return await self._click(text, scope)
        if kind == "/o/":
            return await self._open(text, scope)
        return answers.WELL if path == "/health" else answers.UNKNOWN

    async def _click(self, text: str, scope: Scope) -> Answer:
        token = tokens.read_click(text)
        known = await self._clicks.write(_hit("click", token, scope)) if token else None
        address = await self._address(known) if known else None
        return answers.redirect(address) if address else answers.UNKNOWN

    async def _open(self, text: str, scope: Scope) -> Answer:
        """Answer the image in any case: what a mail shows does not tell whether anything was written."""
        if token := tokens.read_pixel(text):
            await self._opens.write(_hit("open", token, scope))
        return answers.IMAGE

    async def _way_out(self, text: str, method: str) -> Answer:
        """Show the page by leading to it; only a POST takes the way out (RFC 8058)."""
        token = tokens.read_unsubscribe(text)
        if token is None:
            return answers.UNKNOWN
        if method == "POST":
            return answers.UNSUBSCRIBED if await self._ways_out.write(token) else answers.UNKNOWN
        if method not in ("GET", "HEAD"):
            return answers.NOT_ALLOWED
        return answers.redirect(f"{settings.RELANCE.base_url.rstrip('/')}/u/{text}")

    async def _address(self, known: Known) -> str | None:
        """Return where the link leads; what must be written out is asked of the thread that may, and kept."""
        if not destinations.is_written(known):
            return destinations.address(known)
        if not destinations.speaks_of_offer(known):
            known = replace(known, version_id=None, step="", created_at=_LONG_AGO)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._written, known)


def _hit(kind: Kind, token: Token, scope: Scope) -> Hit:
    return Hit.asked(kind, token, _asking(scope), datetime.now(UTC))


def _asking(scope: Scope) -> Asking:
    pairs: Iterable[tuple[bytes, bytes]] = scope["headers"]
    headers = {_READ[name]: value.decode("latin-1") for name, value in pairs if name in _READ}
    return Asking.of(scope["method"], headers, (scope.get("client") or ("",))[0])
