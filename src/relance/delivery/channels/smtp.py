"""Mails to SMTP relays over several connections at once; TLS and authentication as the URLs say."""

from __future__ import annotations

import asyncio
import math
import ssl
import time
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cached_property

import structlog
from django.conf import settings

from relance.core import place
from relance.core.errors import ChannelError, RefusedError
from relance.delivery import names, relays
from relance.delivery.channels import replies
from relance.delivery.channels.protocol import Kind, Outcome, Outgoing
from relance.delivery.channels.smtp_client import Answer, Connection, DoubtError, LoginError, Moment
from relance.delivery.channels.smtp_wire import GoneError, LeavingError
from relance.delivery.channels.waiting import Waiting
from relance.delivery.headers import checked_address
from relance.delivery.relays import Relay
from relance.senders.sender import Sender

_EACH = 8  # messages of a slice per connection: a crash puts a slice in doubt, a shorter one costs more a mail
_TRIES = 2  # fresh connections per relay that may end before a mail is taken, until it waits
log = structlog.get_logger(__name__)


class SmtpChannel:
    """Keeps its connections from one slice to the next; gives a per-recipient outcome."""

    name = "smtp"

    def __init__(self, urls: str, *, setting: str = "RELANCE_SMTP_URL", host: str = "") -> None:
        if place.current().simulated:
            raise RefusedError("A rehearsal opens no connection. Leave the choice of channel to the registry.")
        known = settings.RELANCE
        self._relays, self._setting = relays.read(urls, setting), setting
        self._host = host or known.mail_domain  # what servers are greeted as
        self._lanes, self._each = known.smtp_connections, known.smtp_mails
        self._timeout = min(60.0, known.lease_seconds / 4)
        self._runner, self._closed = asyncio.Runner(), False
        self._open: dict[int, Connection] = {}
        self.slice = _EACH * self._lanes
        self.where = ", ".join(relay.where for relay in self._relays)

    def wanted(self, outgoing: Sequence[Outgoing]) -> Collection[int]:
        """Return every id."""
        return [one.id for one in outgoing]

    def send(self, outgoing: Sequence[Outgoing], deadline: float = math.inf) -> list[Outcome]:
        """Offer each mail once; what half the lease or the connections do not suffice for comes back untried.

        One is offered again, to another relay too, only where nobody can have taken it.
        """
        return self._runner.run(_Slice(self, outgoing, deadline).run(self._lanes))

    def close(self) -> None:
        """Say goodbye on every connection; once is enough."""
        if self._closed:
            return
        self._closed = True
        self._runner.run(self._quit())
        self._runner.close()

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    async def connection(self, lane: int, busy: Collection[int]) -> Connection:
        """Return the open connection of a lane, made anew where it was lost or has carried its share of mails.

        A relay that serves the lanes `busy` and takes no further connection is at its limit, not gone: it is not left.
        Raises ChannelError where no connection can be had.
        """
        connection = self._open.pop(lane, None)
        if connection is not None and connection.is_open:
            if connection.mails < self._each:
                self._open[lane] = connection
                return connection
            await connection.quit()
        self._open[lane] = connection = await self._connect(
            {self._open[one].relay for one in busy if one in self._open}
        )
        return connection

    async def _connect(self, serving: Collection[Relay]) -> Connection:
        refused: list[Exception] = []
        for relay in relays.in_order(self._relays, time.monotonic()):
            try:
                return await Connection.open(relay, self._host, self._timeout, lambda: self._context)
            except (GoneError, OSError, ValueError) as error:  # a host's name, or a challenge, that is none
                refused.append(error)
                if relay in serving:
                    break
                self.left(relay, relays.failed(relay, time.monotonic()), error)
        wrong = all(isinstance(error, LoginError) for error in refused)
        advice = f"Check user and password in {self._setting}." if wrong else f"Check {self._setting} and the server."
        said = "; ".join(str(error) for error in refused)
        raise ChannelError(f"The SMTP server {self.where} takes no mail: {said}. {advice}", permanent=wrong)

    def left(self, relay: Relay, seconds: float, error: Exception) -> None:
        """Tell the log of a relay that is left for the next."""
        if seconds and len(self._relays) > 1:
            log.warning("relay left for now", where=relay.where, minutes=round(seconds / 60), why=str(error))

    async def offer(self, connection: Connection, one: Outgoing) -> Outcome:
        """Hand over one mail. Errors: GoneError where the connection ended before anybody can have taken it."""
        if one.mail is None:
            return Outcome(one.id, Kind.FAILED, "not_rendered")
        address = checked_address(one.address)
        if not address.isascii() and not connection.takes_unicode:
            return Outcome(one.id, Kind.FAILED, f"smtputf8: {connection.relay.where} takes no address like {address}")
        try:
            answer = await connection.deliver(one.return_path or return_path(one), address, one.mail)
        except DoubtError as error:
            return Outcome(one.id, Kind.DOUBTFUL, f"cut_off: {error}")
        return _judged(one.id, answer)

    def attempts(self) -> int:
        """Return how many fresh connections may end before a mail is taken, until it waits."""
        return _TRIES * len(self._relays)

    async def _quit(self) -> None:
        await asyncio.gather(*(connection.quit() for connection in self._open.values()))
        self._open.clear()
        await asyncio.sleep(0.02)  # the loop hears of the connections' end, also of those whose TLS never came about


class _Slice:
    """The mails of one call, handed to the channel's lanes."""

    def __init__(self, channel: SmtpChannel, outgoing: Sequence[Outgoing], deadline: float) -> None:
        self._channel, self._waiting = channel, Waiting(outgoing)
        self._outcomes: list[Outcome] = []
        self._ended: Counter[int] = Counter()  # by mail: fresh connections that ended before it was taken
        self._busy: set[int] = set()
        self._deadline = min(deadline, time.monotonic() + settings.RELANCE.lease_seconds / 2)

    async def run(self, lanes: int) -> list[Outcome]:
        """Return what became of each. Raises ChannelError where the first connection cannot be had."""
        await self._channel.connection(0, self._busy)
        await asyncio.gather(*(self._lane(lane) for lane in range(min(lanes, len(self._waiting)))))
        return self._outcomes + [Outcome(one.id, Kind.UNTRIED) for one in self._waiting.left()]

    async def _lane(self, lane: int) -> None:
        """Offer mails over one connection until none may be, the deadline comes, or no relay takes a connection.

        What is left when others are busy with all a provider may get, they take.
        """
        self._busy.add(lane)
        while time.monotonic() < self._deadline and (one := self._waiting.take()):
            try:
                connection = await self._channel.connection(lane, self._busy - {lane})
            except ChannelError:
                self._waiting.back(one)
                break
            await self._offer(connection, one)
        self._busy.discard(lane)

    async def _offer(self, connection: Connection, one: Outgoing) -> None:
        fresh = connection.mails == 0
        try:
            outcome = await self._channel.offer(connection, one)
        except GoneError as error:
            self._gone(connection, one, error, fresh=fresh)
            return
        if connection.mails == 1:
            relays.took(connection.relay)
        self._waiting.done(one)
        self._outcomes.append(outcome)

    def _gone(self, connection: Connection, one: Outgoing, error: GoneError, *, fresh: bool) -> None:
        """Offer a mail again that nobody took; one that ends every fresh connection waits like one refused for now."""
        if fresh:
            self._ended[one.id] += 1
            seconds = relays.ended_at_once(connection.relay, time.monotonic())
            self._channel.left(connection.relay, seconds, error)
        if self._ended[one.id] < self._channel.attempts():
            self._waiting.back(one)
            return
        self._waiting.done(one)
        why = "later" if isinstance(error, LeavingError) else "connection_lost"
        self._outcomes.append(Outcome(one.id, Kind.LATER, f"{why}: {error}"))


def return_path(one: Outgoing) -> str:
    """Return the address a bounce of a mail of the settings' sender comes back to."""
    return names.leaving_from(Sender.of_settings(), one.id, one.uuid)


def _judged(message: int, answer: Answer) -> Outcome:
    """Return what the answer that decides says of the message; a refusal of the sender never means the recipient."""
    reply = answer.reply
    if not reply.refuses:
        return Outcome(message, Kind.SENT, provider_id=reply.text[:200])
    kind = replies.judge(reply.code, reply.text, after_data=answer.moment in {Moment.DATA, Moment.CONTENT})
    if kind is Kind.NO_MAILBOX and answer.moment is Moment.SENDER:
        kind = Kind.FAILED
    return Outcome(message, kind, f"{kind}: {reply.code} {reply.text}")
