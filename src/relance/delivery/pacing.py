"""How fast mails go to each mailbox provider: limits of the settings and pauses a provider asked for, held by all workers.

One row per provider (`provider_pace`) says how many mails it may still get and until when it rests; whoever takes from it
locks it, so that the limits hold over all workers and machines. What is over waits at a minute of its own, before the gate:
it takes no place under the caps, costs no attempt and leaves no verdict.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.conf import settings

from relance.core import place, provider_limits
from relance.core.provider_limits import REST, Limit
from relance.delivery import paces, reasons
from relance.delivery.channels.protocol import Kind, Outcome, Outgoing
from relance.delivery.ledger import Due, Transition
from relance.outbox.models import OWED, State

_MINUTE = timedelta(minutes=1)
_REFUSAL = re.compile(r"later: 4\d\d (.*)", re.DOTALL)


@dataclass
class Pacing:
    """One dispatch's view of the providers: none in a rehearsal, where nothing leaves."""

    limits: Mapping[str, Limit] = field(default_factory=dict)
    _groups: dict[str, str] = field(default_factory=dict)  # provider by domain, of the batch
    _of: dict[int, str] = field(default_factory=dict)  # provider by message, of those admitted under a limit
    _pauses: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def in_force(cls) -> Pacing:
        """Return the pacing of the settings."""
        simulated = place.current().simulated
        return cls({} if simulated else provider_limits.read(settings.RELANCE.provider_limits))

    def admit(self, batch: Sequence[Due], now: datetime) -> tuple[list[Due], list[Transition]]:
        """Return which of a claimed batch may go on now, and where the others wait."""
        self._groups, self._of = {}, {}
        self._pauses = {} if place.current().simulated else paces.paused(now)
        if not (batch and (self.limits or self._pauses)):
            return list(batch), []
        lines = self._lines(batch)
        limited = {provider: limit for provider in lines if (limit := self.limit(provider))}
        asked = {name: len(line) for name, line in lines.items() if name in limited and name not in self._pauses}
        given = paces.take({name: (count, limited[name]) for name, count in asked.items()}, now)
        waits: list[Transition] = []
        for provider, line in lines.items():
            if until := self._pauses.get(provider):
                waits += _spread(provider, [due.id for due in line], until, now)
            elif provider in given:
                count, booked = given[provider]
                self._of |= {due.id: provider for due in line[:count]}
                waits += _after_limit(provider, line[count:], limited[provider], booked, now)
        late = {wait.id for wait in waits}
        return [due for due in batch if due.id not in late], waits

    def used(self, messages: Iterable[int]) -> None:
        """Note that admitted messages were offered: what they took is gone."""
        for message in messages:
            self._of.pop(message, None)

    def give_back(self, messages: Iterable[int]) -> None:
        """Give back what admitted messages took that were not offered after all."""
        if unused := Counter(self._of.pop(message) for message in messages if message in self._of):
            paces.give_back(unused)

    def routed(self, one: Outgoing) -> Outgoing:
        """Return the mail with its provider, and how many connections may be busy with it."""
        if not self.limits:
            return one
        provider = self._provider(one.address)
        limit = self.limit(provider)
        return replace(one, provider=provider, connections=limit.connections if limit else None)

    def limit(self, provider: str) -> Limit | None:
        """Return what a provider may get, None where nothing limits it."""
        return self.limits.get(provider) or self.limits.get(REST)

    def heed(self, refused: Iterable[tuple[str, Outcome]], now: datetime) -> None:
        """Make a pause with every provider that answered an (address, outcome) with a wish for fewer mails."""
        addresses = [address for address, outcome in refused if asks_for_fewer(outcome)]
        if not addresses or place.current().simulated:
            return
        self._groups |= paces.grouped({domain_of(address) for address in addresses} - self._groups.keys())
        self._pauses |= paces.pause({self._provider(address) for address in addresses}, now)

    def caught(self, addressed: Sequence[tuple[int, str]], now: datetime) -> list[Transition]:
        """Return where those of (message, address) wait whose provider asked this dispatch for a pause since the gate."""
        if not self._pauses:
            return []
        lines: dict[str, list[int]] = defaultdict(list)
        for message, address in addressed:
            if self._pauses.get(provider := self._provider(address), now) > now:
                lines[provider].append(message)
        return [wait for name, line in lines.items() for wait in _spread(name, line, self._pauses[name], now)]

    def _provider(self, address: str) -> str:
        domain = domain_of(address)
        return self._groups.get(domain) or paces.by_table(domain)

    def _lines(self, batch: Sequence[Due]) -> dict[str, list[Due]]:
        """Return the messages of each provider in the order they may go: what is owed first, then the oldest."""
        domains = paces.domains(batch)
        self._groups = paces.grouped(set(domains.values()))
        lines: dict[str, list[Due]] = defaultdict(list)
        for due in sorted(batch, key=lambda due: (due.purpose not in OWED, due.created_at, due.id)):
            if domain := domains.get(due.id):
                lines[self._groups[domain]].append(due)
        return lines


def domain_of(address: str) -> str:
    """Return the domain of an address, in small letters."""
    return address.rpartition("@")[2].lower()


def asks_for_fewer(outcome: Outcome) -> bool:
    """Tell whether a refusal for now speaks of too many mails; greylisting speaks of the one message only.

    The words or the status must say so: a bare 421 is of the relay.
    """
    match = _REFUSAL.fullmatch(outcome.reason) if outcome.kind is Kind.LATER else None
    return match is not None and reasons.of(match[1], reasons.status(match[1]), 0) == "rate"


def _after_limit(provider: str, line: Sequence[Due], limit: Limit, booked: datetime, now: datetime) -> list[Transition]:
    """Return where those over a provider's limit wait: each at its turn, on the minute; what is owed asks at the next."""
    reason, waits, latest = f"provider_limit: {provider} gets {limit}", [], now + paces.FARTHEST
    for turn, due in enumerate(line):
        at = now if due.purpose in OWED else min(booked + timedelta(seconds=turn / limit.per_second), latest)
        waits.append(Transition(due.id, State.DEFERRED, reason, not_before=_on_the_minute(at, now)))
    return waits


def _spread(provider: str, messages: Sequence[int], until: datetime, now: datetime) -> list[Transition]:
    """Return where messages wait for a provider's pause to end: they come back over as long as it lasted."""
    reason = f"provider_pause: {provider} asked for fewer mails"
    step = (until - now) / max(len(messages), 1)
    return [
        Transition(one, State.DEFERRED, reason, not_before=until + step * turn) for turn, one in enumerate(messages)
    ]


def _on_the_minute(at: datetime, now: datetime) -> datetime:
    """Return the minute an instant lies in, the next at least: dispatches begin with the minute."""
    return max(at.replace(second=0, microsecond=0), now.replace(second=0, microsecond=0) + _MINUTE)
