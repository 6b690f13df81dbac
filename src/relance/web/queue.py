"""The queue as pages and monitors ask for it: worked out once in a while, however many ask."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from relance.core import place
from relance.core.place import Place
from relance.delivery import stalls
from relance.delivery.stalls import Queue

SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=1)  # that an answer is kept
SHARE = 20  # an answer is kept for this many times what it took, so that asking takes a twentieth of the time at most


@dataclass(frozen=True)
class Kept:
    """An answer, of which place and until when it is good."""

    place: Place
    at: datetime
    until: datetime
    queue: Queue


_working = threading.Lock()
_kept: Kept | None = None


def look(now: datetime) -> Queue:
    """Return the queue as it is, and keep it for those who ask next."""
    global _kept
    began = time.monotonic()
    queue = stalls.look(now)
    _kept = Kept(place.current(), now, now + good_for(time.monotonic() - began), queue)
    return queue


def lately(now: datetime) -> Queue:
    """Return the queue as it was a few seconds ago; while one works it out the others get the answer before."""
    kept = _kept if _kept and _kept.place == place.current() and _kept.at <= now else None
    if kept and now < kept.until:
        return kept.queue
    alone = _working.acquire(blocking=False)
    try:
        return kept.queue if kept and not alone and now < kept.until + LONGEST else look(now)
    finally:
        if alone:
            _working.release()


def good_for(seconds: float) -> timedelta:
    """Return how long an answer is kept that took so many seconds."""
    return min(max(timedelta(seconds=seconds * SHARE), SHORTEST), LONGEST)
