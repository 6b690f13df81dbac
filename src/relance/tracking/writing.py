"""What the tracking server writes: clicks and openings by a connection of its own, the way out as the pages do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from django.db import connection
from django.db.utils import Error

from relance.core import database
from relance.delivery.tokens import Token
from relance.feedback import hits, opens, unsubscribes
from relance.feedback.hits import Hit

CONNECT_SECONDS = 3
Item = TypeVar("Item")
Found = TypeVar("Found")


class Hand:
    """A connection that writes batches, opened anew after any failure."""

    def __init__(self) -> None:
        self._open: psycopg.AsyncConnection[tuple[Any, ...]] | None = None
        self._dsn = database.dsn()

    async def rows(self, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return what the statement answers, once it is committed."""
        own, self._open = self._open, None
        if own is None or own.closed:
            own = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=CONNECT_SECONDS)
        try:
            answer = await own.execute(statement, parameters)
            found = await answer.fetchall()
        except BaseException:
            asyncio.get_running_loop().call_soon(own.pgconn.finish)  # never waited for, whatever the server does
            raise
        self._open = own
        return found

    async def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            await self._open.close()
            self._open = None


async def clicks(hand: Hand, batch: Sequence[Hit]) -> Sequence[bool]:
    """Write the hits; tell of each whether its message is known."""
    return hits.known(await hand.rows(hits.RECORD, hits.columns(batch)), len(batch))


async def openings(hand: Hand, batch: Sequence[Hit]) -> Sequence[None]:
    """Write what may be written of the openings."""
    await hand.rows(opens.RECORD, opens.columns(batch))
    return [None] * len(batch)


async def ways_out(thread: ThreadPoolExecutor, batch: Sequence[Token]) -> Sequence[bool]:
    """Unsubscribe; tell of each whether its message is known."""
    return await asyncio.get_running_loop().run_in_executor(thread, asked, _unsubscribed, batch)


def asked(ask: Callable[[Item], Found], item: Item) -> Found:
    """Return what Django's connection of this thread answers; one that failed is closed, and opened anew next time."""
    try:
        return ask(item)
    except Error:
        connection.close()
        raise


def release() -> None:
    """Close the connection of the thread this is called in."""
    connection.close()


def _unsubscribed(batch: Sequence[Token]) -> list[bool]:
    found = unsubscribes.record_tokens(batch, datetime.now(UTC))
    return [token in found for token in batch]
