"""Returned mails handed over by a mail server beside us (LMTP, RFC 2033): answered once what they say is committed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session
from django.db import close_old_connections, connection

from relance.feedback.mails import taking
from relance.feedback.mails.mailbox import LARGEST
from relance.feedback.mails.taking import Incoming

log = structlog.get_logger(__name__)


class _Handler:
    """Takes each mail in one thread, so that one database connection serves them all."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lmtp")

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Act on a mail; one answer for each recipient, as LMTP wants. What fails is offered again by the server."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        answer = "250 2.0.0 Taken"
        try:
            mail = Incoming(content, tuple(envelope.rcpt_tos), envelope.mail_from)
            await asyncio.get_running_loop().run_in_executor(self._thread, self._take, mail)
        except Exception:
            log.exception("mail not taken")
            answer = "451 4.3.0 Not now"
        return "\r\n".join([answer] * len(envelope.rcpt_tos))

    def close(self) -> None:
        """Let the last mail end and give the database connection back."""
        self._thread.submit(lambda: connection.close())  # the thread's own, not this one's
        self._thread.shutdown()

    def _take(self, mail: Incoming) -> None:
        close_old_connections()
        taking.take([mail], "lmtp", self._clock())


class Server(Controller):
    """Listens for a mail server; `start` and `stop` it."""

    def __init__(self, host: str, port: int, clock: Callable[[], datetime]) -> None:
        super().__init__(_Handler(clock), hostname=host, port=port)

    def stop(self, no_assert: bool = False) -> None:
        """Stop listening; what was begun is ended first."""
        super().stop(no_assert)
        self.handler.close()

    def factory(self) -> LMTP:
        """Return what speaks with one client."""
        return LMTP(self.handler, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="Relance")
