"""One SMTP connection's lines: commands go out, replies come in, in order (RFC 5321, 4.2)."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple

_LONGEST = 65_536  # bytes of a reply; RFC 5321 asks for lines of 512


class GoneError(Exception):
    """The connection ended, or the server is leaving, before a mail was taken; offering it elsewhere doubles nothing."""


class LeavingError(GoneError):
    """The server answered 421: it is leaving, for a reason that may be the mail's recipient."""


class Reply(NamedTuple):
    """What a server answered: its code and its lines."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the words on one line."""
        return " ".join(" ".join(self.lines).split())

    @property
    def refuses(self) -> bool:
        """Whether the answer is a refusal, for now or for good."""
        return self.code >= 400

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class Wire(asyncio.Protocol):
    """Keeps what came in until it is asked for; `ended` says why nothing more will come."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.ended = ""
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._waiting: asyncio.Future[None] | None = None

    @property
    def quiet(self) -> bool:
        """Whether nothing came in that nobody asked for."""
        return not (self._buffer or self._lines or self._replies)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; a second time when TLS has begun."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Split what comes in into lines, and lines into replies."""
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._take(line.decode("utf-8", "replace").rstrip("\r"))
        if len(self._buffer) > _LONGEST:
            self.end("the server's answer has no end")

    def connection_lost(self, error: Exception | None) -> None:
        """Note why the connection ended."""
        self.end(str(error) if error else "the server closed the connection")

    def write(self, data: bytes) -> None:
        """Send bytes. Errors: GoneError."""
        if self.ended or self.transport is None:
            raise GoneError(self.ended)
        self.transport.write(data)

    async def reply(self) -> Reply:
        """Return the next reply. Errors: GoneError where none will come."""
        while not self._replies:
            if self.ended:
                raise GoneError(self.ended)
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self._replies.popleft()

    def end(self, why: str) -> None:
        """Leave at once: a goodbye in TLS waits for the server's, which this loop may not live to hear."""
        self.ended = self.ended or why
        if self.transport is not None:
            self.transport.abort()
        self._wake()

    def _take(self, line: str) -> None:
        code, more = line[:3], line[3:4]
        if not (code.isascii() and code.isdecimal()) or more not in {"", " ", "-"}:
            self.end(f"the server speaks no SMTP: {line[:80]}")
            return
        self._lines.append(line[4:])
        if more != "-":
            self._replies.append(Reply(int(code), tuple(self._lines)))
            self._lines.clear()
            self._wake()
        elif sum(map(len, self._lines)) > _LONGEST:
            self.end("the server's answer has no end")

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
