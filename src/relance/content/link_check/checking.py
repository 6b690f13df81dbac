"""All addresses of a mail asked for within a few seconds, some at once; those nobody had time for are said to be so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from urllib.parse import urlsplit

from relance.content.link_check import asking
from relance.content.link_check.answers import Answer, Checked, State
from relance.content.link_check.hosts import Site
from relance.content.link_check.lines import PORTS, Lines
from relance.content.link_check.places import Place

MOST, AT_ONCE, SECONDS = 60, 8, 9.0


def check(places: Sequence[Place], ours: Collection[str], seconds: float = SECONDS) -> list[Checked]:
    """Return the answer of each address, in order; `ours` are the sites that may stand in a private network.

    The first `MOST` are asked, `AT_ONCE` at a time, and all together take `seconds` at most.
    """
    lines, sites = Lines(seconds), {_site(url) for url in ours if url}
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        asked = [
            pool.submit(asking.follow, place.address, image=place.image, ours=sites, lines=lines)
            for place in places[:MOST]
        ]
        wait(asked, timeout=seconds)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        lines.cut()
    answers = [_answer(future) for future in asked]
    answers += [Answer(State.UNASKED)] * (len(places) - len(answers))
    return [Checked(place, answer) for place, answer in zip(places, answers, strict=True)]


def _answer(future: Future[Answer]) -> Answer:
    if future.cancelled():
        return Answer(State.UNASKED)
    return future.result() if future.done() else Answer(State.SLOW)


def _site(url: str) -> Site:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or PORTS[parts.scheme]
