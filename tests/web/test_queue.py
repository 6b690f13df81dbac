"""However many pages and monitors ask, the queue is worked out once in a few seconds."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from relance.core import place
from relance.delivery import stalls
from relance.delivery.stalls import Queue
from relance.web import queue
from tests.delivery.sending import message, person, published
from tests.web.conftest import SignIn

pytestmark = pytest.mark.usefixtures("db")
SECOND = timedelta(seconds=1)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When the queue was worked out."""
    times: list[datetime] = []
    look = stalls.look

    def noted(now: datetime) -> Queue:
        times.append(now)
        return look(now)

    monkeypatch.setattr(stalls, "look", noted)
    return times


def test_open_pages_and_monitors_share_one_answer(
    now: datetime, sign_in: SignIn, asked: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now)
    reader = sign_in("reader")
    for _ in range(3):
        assert Client(SERVER_NAME="localhost").get("/health").json()["queue"]["due"] == 0
        assert reader.get("/watch/changes").status_code < 300
    assert asked == [now]
    reader.get("/watch/")
    assert asked == [now, now], "a page opened anew shows what is"


def test_an_answer_grows_old(now: datetime, asked: list[datetime]) -> None:
    queue.look(now)
    published(now)
    message(person("Anna", now), now)
    assert queue.lately(now + SECOND).counts["due"] == 0
    assert queue.lately(now + queue.LONGEST).counts["due"] == 1
    assert len(asked) == 2


def test_an_answer_is_of_its_place(now: datetime, asked: list[datetime]) -> None:
    queue.look(now)
    with place.elsewhere(lake="another"):
        queue.lately(now)
    assert len(asked) == 2


def test_who_asks_while_another_works_it_out_gets_the_answer_before(now: datetime, asked: list[datetime]) -> None:
    queue.look(now)
    with queue._working:
        queue.lately(now + queue.LONGEST)
        assert len(asked) == 1
        queue.lately(now + 3 * queue.LONGEST)
        assert len(asked) == 2, "too old an answer is none"


def test_what_is_costly_is_kept_longer() -> None:
    assert queue.good_for(0.01) == queue.SHORTEST
    assert queue.good_for(0.5) == timedelta(seconds=10)
    assert queue.good_for(9) == queue.LONGEST
