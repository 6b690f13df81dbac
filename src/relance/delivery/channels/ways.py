"""The ways out of one dispatch: that of the installation, and the relays of senders that have their own.

To the dispatch they are one channel. A way that takes nothing holds up its own senders alone, until the dispatch is over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from relance.core import place
from relance.core.errors import ChannelError, ConfigurationError, RelanceError, RenderError
from relance.delivery import keys, names
from relance.delivery.channels import registry
from relance.delivery.channels.protocol import Channel, Kind, Outcome, Outgoing
from relance.senders import register
from relance.senders.sender import DEFAULT, Sender

_NOBODY = UUID(int=0)
log = structlog.get_logger(__name__)


@dataclass
class Ways:
    """A channel made of channels, each opened when a first mail wants it.

    `shut`: what each way that takes nothing said; `unfit`: what is wrong with a sender's address or keys.
    """

    first: Channel
    senders: Mapping[str, Sender] = field(default_factory=register.known)
    shut: dict[str, ChannelError] = field(default_factory=dict)
    unfit: dict[str, RelanceError] = field(default_factory=dict)
    _open: dict[str, Channel] = field(default_factory=dict)
    _separate: bool = field(default_factory=registry.separate)

    @property
    def name(self) -> str:
        """The name of the installation's channel."""
        return self.first.name

    @property
    def where(self) -> str:
        """Where mails go, over all the ways in use."""
        return ", ".join(dict.fromkeys([self.first.where, *(one.where for one in self._open.values())]))

    @property
    def slice(self) -> int:
        """How many messages are committed at once: as many as each way takes."""
        return min(self.first.slice, *(one.slice for one in self._open.values())) if self._open else self.first.slice

    @property
    def held_up(self) -> list[str]:
        """The senders whose mails cannot leave now, while those of others can."""
        return [name for name in self.senders if name in self.unfit or self._way(name) in self.shut]

    @property
    def failure(self) -> str:
        """What keeps mails of some sender from leaving; empty where nothing does."""
        return "; ".join(map(str, {**self.shut, **self.unfit}.values()))

    def look(self) -> None:
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

    def sender(self, name: str) -> Sender:
        """Return the sender of a message; that of the settings where nobody knows the name."""
        return self.senders.get(name) or self.senders[DEFAULT]

    def wanted(self, outgoing: Sequence[Outgoing]) -> Collection[int]:
        """Return what the channels want rendered; nothing of what a shut way would carry."""
        going = {way: part for way, part in self._parts(outgoing).items() if way not in self.shut}
        channels = {way: channel for way in going if (channel := self._channel(way)) is not None}
        return [one for way, channel in channels.items() for one in channel.wanted(going[way])]

    def send(self, outgoing: Sequence[Outgoing]) -> list[Outcome]:
        """Offer each mail to its way. Raises ChannelError where no way is left, or the only one takes nothing.

        It asks for a person only where every way does: else the others would rest with the one whose password is wrong.
        """
        parts = self._parts(outgoing)
        outcomes = [one for way, part in parts.items() for one in self._offer(way, part)]
        if all(one.kind is Kind.SHUT for one in outcomes) and {*map(self._way, self.senders)} <= self.shut.keys():
            raise min(self.shut.values(), key=lambda error: error.permanent)
        return outcomes

    def close(self) -> None:
        """Close every way that was opened."""
        for channel in (self.first, *self._open.values()):
            channel.close()

    def _offer(self, way: str, part: Sequence[Outgoing]) -> list[Outcome]:
        channel = None if way in self.shut else self._channel(way)
        if channel is not None:
            try:
                return channel.send(part)
            except ChannelError as error:
                self._note(way, error)
        return [Outcome(one.id, Kind.SHUT, str(self.shut[way])) for one in part]

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
