"""kill -9 of the tracking server under load: every answered hit is in the database."""

import http.client
from collections import deque
from datetime import datetime
from random import Random
from threading import Thread

import pytest

from relance.feedback import hits
from relance.feedback.models import Hit
from tests.delivery.sending import crowd
from tests.killing import at_random, kills
from tests.tracking.asking import BROWSER, links
from tests.tracking.serving import serving

__all__ = ["kills"]
pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.slow]


def follow(port: int, waiting: "deque[tuple[int, str]]", answered: set[int]) -> None:
    """Follow links over one connection until there are none, or the server is gone."""
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        while waiting:
            message, path = waiting.popleft()
            caller.request("GET", path, headers={"User-Agent": BROWSER})
            answer = caller.getresponse()
            answer.read()
            assert answer.status == 302
            answered.add(message)
    except (OSError, http.client.HTTPException):
        pass  # killed: this one was not answered
    finally:
        caller.close()


def test_every_answered_hit_is_in_the_database_after_a_kill(now: datetime, kills: int) -> None:
    draw = Random(20260727)
    messages = crowd(4000, now)
    waiting = deque((one.pk, links(one, "fr")[0]) for one in messages)
    answered: set[int] = set()
    cut = 0
    turns = 0
    while turns < kills // 2 or (not cut and turns < 2 * kills):
        turns += 1
        before = len(answered)
        with serving() as server:
            callers = [Thread(target=follow, args=(server.port, waiting, answered)) for _ in range(16)]
            for caller in callers:
                caller.start()
            at_random(draw, 0.4)
            server.kill()
            for caller in callers:
                caller.join()
        cut += bool(waiting) and len(answered) > before
    hits.unpack()
    kept = set(Hit.objects.values_list("message_id", flat=True))
    assert cut, "every kill came before the first answer or after the last"
    assert answered <= kept
    assert len(kept - answered) <= 16 * turns  # committed, and killed before the answer left
