"""Mails to an SMTP server over several connections at once (aiosmtplib); TLS and authentication as the URL says."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiosmtplib
from django.conf import settings

from relance.core import place
from relance.core.errors import ChannelError, ConfigurationError, RefusedError
from relance.delivery import names
from relance.delivery.channels import replies
from relance.delivery.channels.protocol import Kind, Outcome, Outgoing
from relance.delivery.headers import checked_address

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_EACH = 5  # messages of a slice per connection: few, since a crash puts a slice in doubt


@dataclass(frozen=True)
class Server:
    """Where mails are handed over. `start_tls`: True asks for it, None takes it where it is offered."""

    host: str
    port: int
    username: str | None
    password: str | None
    use_tls: bool
    start_tls: bool | None

    @classmethod
    def read(cls, url: str) -> Server:
        """Return the server of an smtp:// or smtps:// URL; a password crosses no network in the clear."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = 0
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or port == 0:
            raise ConfigurationError(
                "RELANCE_SMTP_URL must look like smtp://user:password@host:587 or smtps://user:password@host:465."
            )
        tls = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        clear = user is None or parts.hostname in _LOOPBACK
        start_tls = False if tls else (None if clear else True)
        default = 465 if tls else (587 if user else 25)
        return cls(
            parts.hostname, port or default, user, unquote(parts.password or "") if user else None, tls, start_tls
        )


class SmtpChannel:
    """Keeps its connections from one slice to the next; gives a per-recipient outcome."""

    name = "smtp"

    def __init__(self, url: str) -> None:
        if place.current().simulated:
            raise RefusedError("A rehearsal opens no connection. Leave the choice of channel to the registry.")
        self._server = Server.read(url)
        self._lanes = settings.RELANCE.smtp_connections
        self._timeout = min(60.0, settings.RELANCE.lease_seconds / 4)
        self._sender = checked_address(settings.RELANCE.mail_from)
        self._bounces = checked_address(settings.RELANCE.bounce_address) if settings.RELANCE.bounce_address else ""
        self._runner, self._closed = asyncio.Runner(), False
        self._clients: dict[int, aiosmtplib.SMTP] = {}
        self.slice = _EACH * self._lanes
        self.where = f"{self._server.host}:{self._server.port}"

    def wanted(self, outgoing: Sequence[Outgoing]) -> Collection[int]:
        """Return every id."""
        return [one.id for one in outgoing]

    def send(self, outgoing: Sequence[Outgoing]) -> list[Outcome]:
        """Offer each mail once; what half the lease or the connections do not suffice for comes back untried."""
        return self._runner.run(self._send(deque(outgoing)))

    def close(self) -> None:
        """Say goodbye on every connection; once is enough."""
        if self._closed:
            return
        self._closed = True
        self._runner.run(self._quit())
        self._runner.close()

    async def _send(self, queue: deque[Outgoing]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        deadline = time.monotonic() + settings.RELANCE.lease_seconds / 2
        await self._client(0)
        await asyncio.gather(
            *(self._lane(lane, queue, outcomes, deadline) for lane in range(min(self._lanes, len(queue))))
        )
        return outcomes + [Outcome(one.id, Kind.UNTRIED) for one in queue]

    async def _lane(self, lane: int, queue: deque[Outgoing], outcomes: list[Outcome], deadline: float) -> None:
        """Offer mails over one connection until none is left, the deadline comes, or the server takes no connection."""
        while queue and time.monotonic() < deadline:
            try:
                client = await self._client(lane)
            except ChannelError:
                return
            if queue:
                one = queue.popleft()
                outcomes.append(await self._offer(client, one))

    async def _client(self, lane: int) -> aiosmtplib.SMTP:
        """Return the open connection of a lane, made anew where it was lost; ChannelError where none can be had."""
        client = self._clients.pop(lane, None)
        if client is not None and client.is_connected:
            self._clients[lane] = client
            return client
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host, port=server.port, username=server.username, password=server.password,
            use_tls=server.use_tls, start_tls=server.start_tls, timeout=self._timeout,
            local_hostname=settings.RELANCE.mail_domain,
        )  # fmt: skip
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            _drop(client)
            wrong = isinstance(error, aiosmtplib.SMTPAuthenticationError)
            advice = (
                "Check user and password in RELANCE_SMTP_URL." if wrong else "Check RELANCE_SMTP_URL and the server."
            )
            raise ChannelError(
                f"The SMTP server {self.where} takes no mail: {error}. {advice}", permanent=wrong
            ) from error
        self._clients[lane] = client
        return client

    async def _offer(self, client: aiosmtplib.SMTP, one: Outgoing) -> Outcome:
        """Hand over one mail. A connection lost before the content is no doubt; one lost after it is."""
        if one.mail is None:
            return Outcome(one.id, Kind.FAILED, "not_rendered")
        try:
            await self._address(client, one, checked_address(one.address))
        except aiosmtplib.SMTPNotSupported as error:
            return Outcome(one.id, Kind.FAILED, f"smtputf8: {error}")
        except aiosmtplib.SMTPResponseException as error:
            return await self._refused(client, one, error)
        except (aiosmtplib.SMTPException, OSError) as error:
            _drop(client)
            return Outcome(one.id, Kind.LATER, f"connection_lost: {error}")
        return await self._hand_over(client, one, one.mail)

    async def _address(self, client: aiosmtplib.SMTP, one: Outgoing, address: str) -> None:
        """Say who writes to whom; an address beyond ASCII needs a server that takes one (RFC 6531)."""
        wide = not address.isascii()
        if wide and not client.supports_extension("smtputf8"):
            raise aiosmtplib.SMTPNotSupported(f"{self.where} takes no address like {address}")
        encoding = "utf-8" if wide else "ascii"
        await client.mail(self._return_path(one), options=["SMTPUTF8"] if wide else None, encoding=encoding)
        await client.rcpt(address, encoding=encoding)

    def _return_path(self, one: Outgoing) -> str:
        """Return the address a bounce of this message comes back to, with the message's name in it where one is set."""
        return names.return_path(self._bounces, one.id, one.uuid) if self._bounces else self._sender

    async def _hand_over(self, client: aiosmtplib.SMTP, one: Outgoing, mail: bytes) -> Outcome:
        """Send the content and return what the server answers to it, or the doubt where it answers nothing."""
        try:
            answer = await client.data(mail)
        except aiosmtplib.SMTPResponseException as error:
            return await self._refused(client, one, error)
        except (aiosmtplib.SMTPException, OSError) as error:
            _drop(client)
            return Outcome(one.id, Kind.DOUBTFUL, f"cut_off: {error}")
        return Outcome(one.id, Kind.SENT, provider_id=answer.message[:200])

    async def _refused(
        self, client: aiosmtplib.SMTP, one: Outgoing, error: aiosmtplib.SMTPResponseException
    ) -> Outcome:
        """Judge a refusal and clear the transaction, or the connection where the server is leaving (421)."""
        if error.code == aiosmtplib.SMTPStatus.domain_unavailable:
            _drop(client)
        else:
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.rset()
        said = " ".join(error.message.split())
        kind = replies.judge(error.code, said, after_data=isinstance(error, aiosmtplib.SMTPDataError))
        if kind is Kind.NO_MAILBOX and isinstance(error, aiosmtplib.SMTPSenderRefused):
            kind = Kind.FAILED
        return Outcome(one.id, kind, f"{kind}: {error.code} {said}")

    async def _quit(self) -> None:
        for client in self._clients.values():
            transport = client.transport  # forgotten by `quit`
            with suppress(aiosmtplib.SMTPException, OSError):
                await asyncio.wait_for(client.quit(), 5)
            _drop(client, transport)
        self._clients.clear()
        await asyncio.sleep(0.02)  # the loop hears of the connections' end, also of those whose TLS never came about


def _drop(client: aiosmtplib.SMTP, transport: asyncio.BaseTransport | None = None) -> None:
    """Leave a connection at once: a goodbye in TLS waits for the server's, which this loop may not live to hear."""
    transport = transport or client.transport
    client.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
