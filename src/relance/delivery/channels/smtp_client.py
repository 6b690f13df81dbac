"""A connection to an SMTP server: greeting, TLS, login, then mails, each in two round trips where the server pipelines.

Ours and not a library's: it takes a sixth of the processor, and half the time where the server is far (benchmarks/RESULTS.md).
RFC 5321, 2920 (pipelining), 3207 (STARTTLS), 4954 (login), 6152 (8BITMIME), 6531 (addresses beyond ASCII).
"""

from __future__ import annotations

import asyncio
import hmac
import re
import ssl
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple

from relance.delivery.channels.smtp_wire import GoneError, LeavingError, Reply, Wire
from relance.delivery.relays import Relay

LEAVING = 421
_GOODBYE = 5.0  # seconds a QUIT may take
_LINE_END = re.compile(rb"\r\n|\r|\n")


class LoginError(GoneError):
    """The server refuses user and password, or takes none."""


class DoubtError(Exception):
    """The connection ended after the content went out and before the answer to it: the mail may have arrived."""


class Moment(StrEnum):
    """What a server answered to."""

    SENDER = "MAIL"
    RECIPIENT = "RCPT"
    DATA = "DATA"
    CONTENT = "content"


class Answer(NamedTuple):
    """The answer that decides a mail: the acceptance of its content, or the first refusal."""

    moment: Moment
    reply: Reply


class Connection:
    """An open connection; `mails` counts those it was answered about."""

    def __init__(self, relay: Relay, seconds: float) -> None:
        self.relay, self.mails = relay, 0
        self._wire, self._seconds = Wire(), seconds
        self._offered: dict[str, str] = {}
        self._begun = False  # whether the server may still hold a sender from before

    @property
    def is_open(self) -> bool:
        """Whether mails can be offered; what the server sent unasked is a goodbye, or out of step."""
        return not self._wire.ended and self._wire.quiet

    @property
    def takes_unicode(self) -> bool:
        """Whether addresses beyond ASCII can be written to."""
        return "SMTPUTF8" in self._offered

    @classmethod
    async def open(cls, relay: Relay, hello: str, seconds: float, context: Callable[[], ssl.SSLContext]) -> Connection:
        """Return a connection that is ready for mails. Errors: GoneError, LoginError, OSError (TLS among them)."""
        connection = cls(relay, seconds)
        try:
            async with asyncio.timeout(seconds):
                await connection._greet(hello, context)
        except BaseException as error:
            connection.drop(str(error) or "the server does not answer")
            if isinstance(error, TimeoutError):
                raise GoneError(f"no answer within {seconds:.0f} seconds") from error
            raise
        return connection

    async def deliver(self, sender: str, recipient: str, mail: bytes) -> Answer:
        """Offer one mail, lines ended by CRLF or not; return the answer that decides.

        Errors: GoneError while nothing can have been taken, DoubtError once the content is out.
        """
        try:
            async with asyncio.timeout(self._seconds):
                refused = await self._envelope(sender, recipient, mail)
        except TimeoutError as error:
            self.drop("no answer")
            raise GoneError(f"no answer within {self._seconds:.0f} seconds") from error
        except GoneError as error:
            self.drop(str(error))
            raise
        answer = refused or await self._content(mail)
        self.mails += 1
        return answer

    async def quit(self) -> None:
        """Say goodbye and leave."""
        with suppress(GoneError, TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await self._ask("QUIT")
        self.drop("we left")

    def drop(self, why: str) -> None:
        """Leave at once."""
        self._wire.end(why)

    async def _greet(self, hello: str, context: Callable[[], ssl.SSLContext]) -> None:
        relay, loop = self.relay, asyncio.get_running_loop()
        tls = context() if relay.use_tls else None
        await loop.create_connection(lambda: self._wire, relay.host, relay.port, ssl=tls)
        _expect(await self._wire.reply(), 220)
        await self._introduce(hello)
        if not relay.use_tls and relay.start_tls is not False:
            await self._start_tls(hello, context)
        if relay.username is not None:
            await self._log_in(relay.username, relay.password or "")

    async def _introduce(self, hello: str) -> None:
        """Say who we are and note what the server offers, by the extension's name; one of before 1995 offers nothing."""
        reply = await self._ask(f"EHLO {hello}")
        if reply.code >= 500:
            reply = await self._ask(f"HELO {hello}")
        _expect(reply, 250)
        words = [line.replace("=", " ", 1).upper().split(maxsplit=1) for line in reply.lines[1:] if line.strip()]
        self._offered = {name: " ".join(rest) for name, *rest in words}

    async def _start_tls(self, hello: str, context: Callable[[], ssl.SSLContext]) -> None:
        """Begin TLS where the server offers it; without it, what must not be read on the way is not sent."""
        if "STARTTLS" not in self._offered:
            if self.relay.start_tls:
                raise GoneError("the server offers no TLS (STARTTLS)")
            return
        _expect(await self._ask("STARTTLS"), 220)
        if not self._wire.quiet or self._wire.transport is None:
            raise GoneError("somebody wrote into the connection before TLS began")
        transport = await asyncio.get_running_loop().start_tls(
            self._wire.transport, self._wire, context(), server_hostname=self.relay.host
        )
        if transport is None:
            raise GoneError("the connection ended while TLS began")
        self._wire.transport = transport
        await self._introduce(hello)

    async def _log_in(self, user: str, password: str) -> None:
        offered = self._offered.get("AUTH", "").split()
        if "PLAIN" in offered:
            reply = await self._ask("AUTH PLAIN " + _base64(f"\0{user}\0{password}"))
        elif "LOGIN" in offered:
            reply = await self._dialogue("AUTH LOGIN", _base64(user), _base64(password))
        elif "CRAM-MD5" in offered:
            reply = await self._ask("AUTH CRAM-MD5")
            if reply.code == 334:
                proof = hmac.new(password.encode(), b64decode(reply.text), "md5").hexdigest()
                reply = await self._ask(_base64(f"{user} {proof}"))
        else:
            raise LoginError("the server offers no login that is known here (PLAIN, LOGIN, CRAM-MD5)")
        if reply.code != 235:
            raise LoginError(str(reply)) if reply.code >= 500 else GoneError(str(reply))

    async def _dialogue(self, *lines: str) -> Reply:
        for line in lines:
            reply = await self._ask(line)
            if reply.code != 334:
                break
        return reply

    async def _ask(self, command: str) -> Reply:
        self._wire.write(f"{command}\r\n".encode())
        return await self._wire.reply()

    async def _envelope(self, sender: str, recipient: str, mail: bytes) -> Answer | None:
        """Say who writes to whom, and ask to send; return the refusal, None where the server waits for the content."""
        if not self._wire.quiet:
            raise GoneError(str(await self._wire.reply()))
        commands = {
            Moment.SENDER: f"MAIL FROM:<{sender}>{self._options(recipient, mail)}",
            Moment.RECIPIENT: f"RCPT TO:<{recipient}>",
            Moment.DATA: "DATA",
        }
        reset = ["RSET"] if self._begun else []
        self._begun = True
        replies = await self._answers([*reset, *commands.values()])
        answers = [Answer(*pair) for pair in zip(commands, replies[len(reset) :], strict=False)]
        if not answers:
            raise GoneError(f"the server answers RSET with {replies[-1]}")
        refused = next((answer for answer in answers if answer.reply.refuses), None)
        if refused and answers[-1].reply.code == 354:
            await self._end_empty(answers)
        elif not refused and answers[-1].reply.code != 354:
            raise GoneError(f"the server answers DATA with {answers[-1].reply}")
        return refused

    async def _answers(self, commands: Sequence[str]) -> list[Reply]:
        """Send commands, in one piece where the server takes them so; without, none after a refusal."""
        replies: list[Reply] = []
        if "PIPELINING" in self._offered:
            self._wire.write("".join(f"{command}\r\n" for command in commands).encode())
        for command in commands:
            if "PIPELINING" not in self._offered:
                if replies and replies[-1].refuses:
                    break
                self._wire.write(f"{command}\r\n".encode())
            replies.append(await self._wire.reply())
            if replies[-1].code == LEAVING:
                raise LeavingError(str(replies[-1]))
        return replies

    async def _end_empty(self, answers: Sequence[Answer]) -> None:
        """End a mail that the server asked for although it refused its recipient (RFC 2920, 3.1); never one to a person."""
        if any(answer.moment is Moment.RECIPIENT and not answer.reply.refuses for answer in answers):
            self.drop("the server took a recipient without a sender")
            return
        with suppress(GoneError):
            self._wire.write(b".\r\n")
            await self._wire.reply()

    async def _content(self, mail: bytes) -> Answer:
        try:
            async with asyncio.timeout(self._seconds):
                self._wire.write(dotted(mail))
                reply = await self._wire.reply()
        except (GoneError, TimeoutError) as error:
            self.drop(str(error))
            raise DoubtError(str(error) or f"no answer within {self._seconds:.0f} seconds") from error
        if not (reply.refuses or 200 <= reply.code < 300):
            self.drop(str(reply))
            raise DoubtError(f"the server answers the content with {reply}")
        if reply.code == LEAVING:
            self.drop(str(reply))
        self._begun = reply.refuses
        return Answer(Moment.CONTENT, reply)

    def _options(self, recipient: str, mail: bytes) -> str:
        wide = " SMTPUTF8" if not recipient.isascii() else ""
        return wide + (" BODY=8BITMIME" if "8BITMIME" in self._offered and not mail.isascii() else "")


def _expect(reply: Reply, code: int) -> None:
    if reply.code != code:
        raise GoneError(str(reply))


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def dotted(mail: bytes) -> bytes:
    """Return a mail as it travels: lines ended by CRLF, dots at their beginning doubled, a dot alone at the end."""
    ends = mail.count(b"\r\n")
    if ends != mail.count(b"\n") or ends != mail.count(b"\r"):
        mail = _LINE_END.sub(b"\r\n", mail)
    if b"\r\n." in mail:
        mail = mail.replace(b"\r\n.", b"\r\n..")
    start = b"." if mail.startswith(b".") else b""
    return b"".join((start, mail, b"" if mail.endswith(b"\r\n") else b"\r\n", b".\r\n"))
