"""Group commit: what comes while a batch is being written is the next batch; each is answered once its own is committed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from relance.core.errors import DatabaseError

log = structlog.get_logger(__name__)
Item = TypeVar("Item")
Answer = TypeVar("Answer")

GATHER = 0.003  # seconds the first one of a batch waits for others: a small batch costs as much as a large one
BATCH = 500  # items written in one transaction
WAITING = 10_000  # items that may wait; more are refused at once
SECONDS = 5.0  # an item not committed by then is refused
PAUSE = 0.2  # between two tries


class GroupCommit(Generic[Item, Answer]):
    """One writer for many requests. `commit` writes a batch in one transaction and returns an answer for each item.

    It may be tried again after a failure of unknown outcome, so writing the same items twice must be writing them once.
    """

    def __init__(
        self, commit: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], *, seconds: float = SECONDS
    ) -> None:
        self._commit = commit
        self._seconds = seconds
        self._waiting: deque[tuple[Item, asyncio.Future[Answer], float]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def write(self, item: Item) -> Answer:
        """Return the answer once the item is committed; DatabaseError where it cannot be within the seconds given."""
        if len(self._waiting) >= WAITING:
            raise DatabaseError("More comes than the database can take. Try again in a moment.")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, answer, loop.time() + self._seconds))
        if self._writer is None:
            self._writer = loop.create_task(self._write_all())
        return await answer

    async def drained(self) -> None:
        """Return once everything that waited is answered."""
        while self._writer is not None:
            await asyncio.wait({self._writer})

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(GATHER)
                await self._write([self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))])
        finally:
            self._writer = None

    async def _write(self, batch: Sequence[tuple[Item, asyncio.Future[Answer], float]]) -> None:
        try:
            answers = await self._committed([item for item, _, _ in batch], until=batch[0][2])
        except DatabaseError as error:
            log.warning("tracking.refused", requests=len(batch), why=str(error))
            for _, waiting, _ in batch:
                if not waiting.done():
                    waiting.set_exception(error)
            return
        for (_, waiting, _), answer in zip(batch, answers, strict=True):
            if not waiting.done():
                waiting.set_result(answer)

    async def _committed(self, items: Sequence[Item], until: float) -> Sequence[Answer]:
        """Try until it is committed or the oldest has waited too long."""
        loop = asyncio.get_running_loop()
        while True:
            work = asyncio.ensure_future(self._commit(items))
            done, _ = await asyncio.wait({work}, timeout=max(until - loop.time(), 0.05))
            if not done:
                work.cancel()  # not waited for: a server that hangs may not even take the cancelling
                raise DatabaseError("The database does not answer in time. Try again in a moment.")
            problem = work.exception()
            if problem is None:
                return work.result()
            if loop.time() + PAUSE > until:
                raise DatabaseError(f"The database cannot write: {str(problem).strip()}") from problem
            await asyncio.sleep(PAUSE)
