"""A real SMTP server on loopback that keeps what it gets, and refuses whom a test wants refused."""

import asyncio
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

REFUSALS = {
    "dead": "550 5.1.1 The mailbox does not exist",
    "full": "452 4.2.2 Mailbox full",
    "busy": "421 4.7.28 Too many messages for this recipient's provider",
    "policy": "554 5.7.1 Message refused by policy",
}


@dataclass
class PostOffice:
    """The handler: mails by recipient, in the order they came."""

    mails: list[tuple[str, Any]] = field(default_factory=list)
    cut: Callable[[str, str], bool] | None = None  # (moment, recipient): hang up now?
    refuses: Callable[[bytes], str] = lambda content: ""  # the refusal of a mail's content, or none
    port: int = 0
    encrypted: int = 0
    logins: list[str] = field(default_factory=list)
    pipelines: bool = False
    takes: int = 1_000_000  # mails over one connection, until it answers 421
    connections: int = 0
    carried: dict[int, int] = field(default_factory=dict)  # mails by connection
    senders: list[str] = field(default_factory=list)  # of the envelopes of what it keeps

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        self.carried[id(server)] = 0
        return [*responses[:-1], *(["250-PIPELINING"] if self.pipelines else []), responses[-1]]

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.carried[id(server)] >= self.takes:
            return "421 4.7.0 Too many messages on this connection"
        self.carried[id(server)] += 1
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = REFUSALS.get(address.partition("@")[0])
        if refusal:
            return refusal
        if self.cut and self.cut("rcpt", address):
            server.transport.close()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.encrypted += session.ssl is not None
        if refusal := self.refuses(bytes(envelope.content or b"")):
            return refusal
        self.mails.append((envelope.rcpt_tos[0], envelope.content or b""))
        self.senders.append(envelope.mail_from or "")
        if self.cut and self.cut("data", envelope.rcpt_tos[0]):
            server.transport.close()
        return f"250 2.0.0 kept as {len(self.mails)}"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        return AuthResult(success=data.password == b"right", handled=False)


class OnAnyPort(Controller):
    """aiosmtpd's server on a port the system chooses."""

    server: Any

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.open: list[SMTP] = []

    def factory(self) -> SMTP:
        self.open.append(super().factory())  # type: ignore[no-untyped-call]
        return self.open[-1]

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]

    def stop(self, no_assert: bool = False) -> None:
        """Hang up on everybody first: a connection left open would be found by the garbage collector of a later test."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(10)
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        for one in self.open:
            if isinstance(one.transport, asyncio.WriteTransport):
                one.transport.abort()
        for transport in list(getattr(self.loop, "_transports", {}).values()):
            transport.abort()  # those whose TLS never came about, which no protocol of ours knows
        await asyncio.sleep(0.01)


@contextmanager
def opened(**options: Any) -> Iterator[PostOffice]:
    """Run the server on a free port until the block ends."""
    office = PostOffice()
    if options.get("auth_required"):
        options["authenticator"] = office.authenticate
    server = OnAnyPort(office, hostname="127.0.0.1", port=0, decode_data=False, enable_SMTPUTF8=True, **options)
    server.start()
    office.port = server.port
    try:
        yield office
    finally:
        server.stop()


def tls_context(folder: str) -> tuple[ssl.SSLContext, str]:
    """A certificate for 127.0.0.1 made now, and the file a client trusts it by."""
    certificate, key = f"{folder}/certificate.pem", f"{folder}/key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate
