"""The application: `/c/<token>` follows a link, `/o/<token>` is an image, `/u/<token>` is the way out.

Nothing of a request but its token, its agent, its method and its address is looked at; bodies are not read. Only stored
addresses are redirected to. A token we did not sign is a 404; what cannot be committed in time is a 503.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db.utils import Error

from relance.core import database
from relance.core.errors import DatabaseError
from relance.delivery import tokens
from relance.feedback import destinations
from relance.feedback.destinations import Destination
from relance.feedback.hits import Hit
from relance.feedback.machines import READ, Asking
from relance.tracking import answers, writing
from relance.tracking.answers import Answer
from relance.tracking.group_commit import SECONDS, GroupCommit

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_READ = {name.encode(): name for name in READ}
LINKS = 10_000  # kept in memory
KEPT_SECONDS = 60.0


class Tracking:
    """The ASGI application of one process; what is not committed within so many seconds is refused."""

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._hand, self._eye = writing.Hand(), writing.Hand()
        self._thread = ThreadPoolExecutor(1, "tracking")  # Django's own connection lives in it
        self._clicks = GroupCommit(partial(writing.clicks, self._hand), seconds=seconds)
        self._opens = GroupCommit(partial(writing.openings, self._eye), seconds=seconds)
        self._ways_out = GroupCommit(partial(writing.ways_out, self._thread), seconds=seconds)
        self._read = {purpose: tokens.reader(purpose) for purpose in tokens.PURPOSES}
        self._links: dict[int, tuple[Destination | None, float]] = {}

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
        return await self._health() if path == "/health" else answers.UNKNOWN

    async def _click(self, text: str, scope: Scope) -> Answer:
        token = self._read["click"](text)
        found = (self._known(token.link_id) or await self._find(token.link_id)) if token else None
        if token is None or found is None:
            return answers.UNKNOWN
        hit = Hit.asked("click", token, _asking(scope), datetime.now(UTC), found.template_version_id)
        if not await self._clicks.write(hit):
            return answers.UNKNOWN
        if found.address:
            return answers.redirect(found.address)
        address = await self._in_thread(destinations.of_message, token)
        return answers.redirect(address) if address else answers.UNKNOWN

    async def _find(self, link_id: int) -> Destination | None:
        """Return where a link leads, and remember it for a while: a published link stays, the sites of senders may change."""
        found = await self._in_thread(destinations.find, link_id)
        if found:
            if len(self._links) >= LINKS:
                self._links.pop(next(iter(self._links)))
            self._links[link_id] = (found, time.monotonic() + KEPT_SECONDS)
        return found

    def _known(self, link_id: int) -> Destination | None:
        found, until = self._links.get(link_id, (None, 0.0))
        return found if time.monotonic() < until else None

    async def _open(self, text: str, scope: Scope) -> Answer:
        """Answer the image in any case: what a mail shows does not tell whether anything was written."""
        if token := self._read["open"](text):
            await self._opens.write(Hit.asked("open", token, _asking(scope), datetime.now(UTC)))
        return answers.IMAGE

    async def _way_out(self, text: str, method: str) -> Answer:
        """Show the page by leading to it; only a POST takes the way out (RFC 8058)."""
        token = self._read["unsubscribe"](text)
        if token is None:
            return answers.UNKNOWN
        if method == "POST":
            return answers.UNSUBSCRIBED if await self._ways_out.write(token) else answers.UNKNOWN
        if method not in ("GET", "HEAD"):
            return answers.NOT_ALLOWED
        return answers.redirect(f"{settings.RELANCE.base_url.rstrip('/')}/u/{text}")

    async def _health(self) -> Answer:
        """Answer well where the database does."""
        await self._in_thread(database.rows, "SELECT 1")
        return answers.WELL

    async def _in_thread(self, ask: Callable[[writing.Item], writing.Found], item: writing.Item) -> writing.Found:
        """Return what Django's models answer, in the thread that may ask them; DatabaseError where they cannot."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, writing.asked, ask, item)
        except Error as error:
            raise DatabaseError(f"The database does not answer: {error}") from error


def _asking(scope: Scope) -> Asking:
    pairs: Iterable[tuple[bytes, bytes]] = scope["headers"]
    headers = {_READ[name]: value.decode("latin-1") for name, value in pairs if name in _READ}
    return Asking.of(scope["method"], headers, (scope.get("client") or ("",))[0])
