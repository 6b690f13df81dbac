"""Ways out that took nothing: this process leaves each alone for a while that grows, then tries it anew with one mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from relance.core.errors import ChannelError
from relance.delivery.beats import REST

_FIRST, _LONGEST = timedelta(minutes=1), timedelta(minutes=8)


@dataclass
class Rest:
    """What a way said that took nothing, how often in a row, and until when it is left alone."""

    error: ChannelError
    times: int
    until: datetime


_KNOWN: dict[str, Rest] = {}  # by the servers of a way; outlives the dispatch, as what is known of relays does


def of(way: str) -> Rest | None:
    """Return the rest of a way, over or not; None where it last took mails."""
    return _KNOWN.get(way)


def shut(way: str, error: ChannelError, now: datetime) -> None:
    """Leave a way alone for 1, 2, 4, 8 minutes; one that asks for a person for longer."""
    times = _KNOWN[way].times + 1 if way in _KNOWN else 1
    wait = REST if error.permanent else min(_FIRST * 2 ** min(times - 1, 9), _LONGEST)
    _KNOWN[way] = Rest(error, times, now + wait)


def took(way: str) -> None:
    """Note that a way takes mails: all is forgotten."""
    _KNOWN.pop(way, None)
