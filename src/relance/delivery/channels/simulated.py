"""Mails of a rehearsal: a few of each sort are rendered and kept in memory, the rest are counted; nothing leaves."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from relance.delivery.channels.protocol import Kind, Outcome, Outgoing

Sort = tuple[int, str, str]  # template version, subject variant, language


@dataclass
class Collected:
    """What a rehearsal sent: how many mails of each sort, and the first few of each as they would have left."""

    each: int = 3
    counts: Counter[Sort] = field(default_factory=Counter)
    samples: dict[Sort, list[Outgoing]] = field(default_factory=dict)


_collecting: ContextVar[Collected | None] = ContextVar("collecting", default=None)


@contextmanager
def collecting(each: int = 3) -> Iterator[Collected]:
    """Keep what the simulated channel sends until the block ends, with `each` mails of every sort rendered."""
    collected = Collected(each)
    token = _collecting.set(collected)
    try:
        yield collected
    finally:
        _collecting.reset(token)


class SimulatedChannel:
    """Takes everything; opens no socket and no file."""

    name = "simulated"
    where = "nowhere: this is a rehearsal"
    slice = 20_000

    def __init__(self) -> None:
        self._collected = _collecting.get() or Collected()

    def wanted(self, outgoing: Sequence[Outgoing]) -> Collection[int]:
        """Return the first few ids of each sort not yet sampled enough."""
        missing: dict[Sort, int] = {}
        chosen = []
        for one in outgoing:
            left = missing.setdefault(
                sort := _sort(one), self._collected.each - len(self._collected.samples.get(sort, ()))
            )
            if left > 0:
                missing[sort] = left - 1
                chosen.append(one.id)
        return chosen

    def send(self, outgoing: Sequence[Outgoing], deadline: float = math.inf) -> list[Outcome]:
        """Count each, keep those that were rendered."""
        self._collected.counts.update(map(_sort, outgoing))
        for one in outgoing:
            if one.mail is not None:
                self._collected.samples.setdefault(_sort(one), []).append(one)
        return [Outcome(one.id, Kind.SENT) for one in outgoing]

    def close(self) -> None:
        """Hold nothing."""


def _sort(one: Outgoing) -> Sort:
    return one.template_version_id, one.variant, one.language
