"""The ways out of one dispatch: that of the installation, and the relays of senders that have their own.

To the dispatch they are one channel. A way that takes nothing holds up its own senders alone; it is left alone for a while
(`rests`), then tried with one mail after the others were served. Where no way takes anything none rests: the dispatch is shut.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings

from relance.core import place
from relance.core.errors import ChannelError, ConfigurationError, RelanceError, RenderError
from relance.delivery import keys, ledger, names
from relance.delivery.channels import registry, rests
from relance.delivery.channels.protocol import Channel, Kind, Outcome, Outgoing
from relance.senders import register
from relance.senders.sender import DEFAULT, Sender

_NOBODY = UUID(int=0)
log = structlog.get_logger(__name__)


@dataclass
class Ways:
    """A channel made of channels, each opened when a first mail wants it.

    `shut`: what each way that takes nothing said; `unfit`: what is wrong with a sender's address or keys; `waiting`: the
    senders held up that have messages due; `offered`: the channels that were offered mails, by their way.
    """

    first: Channel
    senders: Mapping[str, Sender] = field(default_factory=register.known)
    shut: dict[str, ChannelError] = field(default_factory=dict)
    unfit: dict[str, RelanceError] = field(default_factory=dict)
    waiting: Collection[str] = ()
    offered: dict[str, Channel] = field(default_factory=dict)
    _open: dict[str, Channel] = field(default_factory=dict)
    _separate: bool = field(default_factory=registry.separate)

    @property
    def name(self) -> str:
        """The name of the installation's channel."""
        return self.first.name

    @property
    def where(self) -> str:
        """Where mails went, over all the ways that were offered some; that of the installation where none was."""
        return ", ".join(dict.fromkeys(one.where for one in self.offered.values() or (self.first,)))

    @property
    def slice(self) -> int:
        """How many messages are committed at once: as many as each way takes."""
        return min(self.first.slice, *(one.slice for one in self._open.values())) if self._open else self.first.slice

    @property
    def held_up(self) -> list[str]:
        """The senders whose mails cannot leave now, while those of others can."""
        closed = self.shut.keys() | self._rests().keys()
        return [name for name in self.senders if name in self.unfit or self._way(name) in closed]

    @property
    def partly(self) -> bool:
        """Whether some ways rest, while others take mails."""
        return bool(self._rests())

    @property
    def failure(self) -> str:
        """What keeps mails of some sender from leaving, while those of others may go; empty where nothing does."""
        waiting = {self._way(name) for name in self.waiting}
        rested = {way: rest.error for way, rest in self._rests().items() if way in waiting}
        unfit = {name: error for name, error in self.unfit.items() if name in self.waiting}
        return "; ".join(dict.fromkeys(map(str, [*{**rested, **self.shut}.values(), *unfit.values()])))

    def look(self, now: datetime) -> None:
        """Read the senders and their keys anew: somebody may have changed one. Raises what is wrong where none is fit."""
        self.senders, self.unfit = register.known(), {}
        if place.current().simulated:  # which signs nothing
            return
        for one in self.senders.values():
            try:
                keys.in_force(one)
                names.leaving_from(one, 0, _NOBODY)
            except (ConfigurationError, RenderError) as error:
                self.unfit[one.name] = error
        if len(self.unfit) == len(self.senders):
            raise self.unfit[DEFAULT]
        self.waiting = ledger.waiting(held, now) if (held := self.held_up) else ()

    def rested(self, now: datetime) -> list[list[str]]:
        """Return the senders of each way whose rest is over, to be tried with one message of theirs."""
        over = [way for way, rest in self._rests().items() if rest.until <= now and way not in self.shut]
        named = [[name for name in self.senders if self._way(name) == way and name not in self.unfit] for way in over]
        return [names for names in named if names]

    def rest(self, now: datetime) -> None:
        """Leave alone, from now on, the ways that this dispatch found shut."""
        for way, error in self.shut.items():
            known = rests.of(self._key(way))
            if known is None or known.error is not error:
                rests.shut(self._key(way), error, now)

    def sender(self, name: str) -> Sender:
        """Return the sender of a message; that of the settings where nobody knows the name."""
        return self.senders.get(name) or self.senders[DEFAULT]

    def wanted(self, outgoing: Sequence[Outgoing]) -> Collection[int]:
        """Return what the channels want rendered; nothing of what a shut way would carry."""
        going = {way: part for way, part in self._parts(outgoing).items() if way not in self.shut}
        channels = {way: channel for way in going if (channel := self._channel(way)) is not None}
        return [one for way, channel in channels.items() for one in channel.wanted(going[way])]

    def send(self, outgoing: Sequence[Outgoing], deadline: float = math.inf) -> list[Outcome]:
        """Offer each mail to its way; what the time of one slice does not suffice for comes back untried.

        Raises ChannelError where no way is left, or the only one takes nothing. It asks for a person only where every way
        does: else the others would rest with the one whose password is wrong.
        """
        deadline = min(deadline, time.monotonic() + settings.RELANCE.lease_seconds / 2)
        parts = self._parts(outgoing)
        outcomes = [one for way, part in parts.items() for one in self._offer(way, part, deadline)]
        if all(one.kind is Kind.SHUT for one in outcomes) and {*map(self._way, self.senders)} <= self.shut.keys():
            said = "; ".join(dict.fromkeys(map(str, self.shut.values())))
            raise ChannelError(said, permanent=all(error.permanent for error in self.shut.values()))
        return outcomes

    def close(self) -> None:
        """Close every way that was opened."""
        for channel in (self.first, *self._open.values()):
            channel.close()

    def _offer(self, way: str, part: Sequence[Outgoing], deadline: float) -> list[Outcome]:
        if way not in self.shut and time.monotonic() >= deadline:
            return [Outcome(one.id, Kind.UNTRIED) for one in part]
        channel = None if way in self.shut else self._channel(way)
        if channel is not None:
            try:
                outcomes = channel.send(part, deadline)
            except ChannelError as error:
                self._note(way, error)
            else:
                self._took(way, channel, outcomes)
                return outcomes
        return [Outcome(one.id, Kind.SHUT, str(self.shut[way])) for one in part]

    def _took(self, way: str, channel: Channel, outcomes: Sequence[Outcome]) -> None:
        if any(one.kind is not Kind.UNTRIED for one in outcomes):
            self.offered[way] = channel
            rests.took(self._key(way))

    def _rests(self) -> dict[str, rests.Rest]:
        """Return the rest of each way that has one; of none where all have."""
        ways = {*map(self._way, self.senders)}
        found = {way: rest for way in sorted(ways) if (rest := rests.of(self._key(way)))}
        return found if found.keys() < ways else {}

    def _key(self, way: str) -> str:
        """Return what a way is known by beyond this dispatch: its servers."""
        return settings.RELANCE.relay_groups.get(way, way) if way else self.first.where

    def _channel(self, way: str) -> Channel | None:
        """Return the channel of a way, opened; None where it cannot be, which shuts the way."""
        if not way:
            return self.first
        if way not in self._open:
            try:
                self._open[way] = registry.own(way)
            except ChannelError as error:
                self._note(way, error)
                return None
        return self._open[way]

    def _note(self, way: str, error: ChannelError) -> None:
        self.shut[way] = error
        log.warning("way out shut", way=way or self.first.name, error=str(error))

    def _parts(self, outgoing: Sequence[Outgoing]) -> dict[str, list[Outgoing]]:
        """Return the mails of each way."""
        found: dict[str, list[Outgoing]] = {}
        for one in outgoing:
            found.setdefault(self._way(one.sender), []).append(one)
        return found

    def _way(self, sender: str) -> str:
        """Return the name of a sender's own relays; empty for the installation's way, which carries all where none are set."""
        return self.sender(sender).relays if self._separate else ""
