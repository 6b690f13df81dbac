"""Learning anew at night: when there is something new to learn from, and not before."""

from datetime import timedelta

import pytest

from relance.dormancy.models import Estimate
from relance.measurement import learning, past_sends
from tests.measurement.conftest import Running
from tests.measurement.conftest import running as running


@pytest.fixture
def studied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what is studied instead of studying it: the studies have tests of their own."""
    names: list[str] = []
    monkeypatch.setattr(past_sends, "learn", lambda name, _now: names.append(name))
    return names


def test_a_journey_with_enough_people_past_its_window_is_studied_once(running: Running, studied: list[str]) -> None:
    running.enrol(control=False, days_ago=60, times=25)
    assert learning.run(running.now) == 1
    assert learning.run(running.now + timedelta(days=1)) == 0
    assert learning.run(running.now + timedelta(days=8)) == 0, "nobody new"
    assert studied == ["wake-up"]


def test_people_within_the_window_do_not_count(running: Running, studied: list[str]) -> None:
    running.enrol(control=False, days_ago=10, times=25)
    assert learning.due(running.now) == []
    assert learning.due(running.now + timedelta(days=25)) == ["wake-up"]


def test_a_tenth_more_people_make_it_due_again_a_week_later(running: Running, studied: list[str]) -> None:
    running.enrol(control=False, days_ago=60, times=25)
    learning.run(running.now)
    running.enrol(control=True, days_ago=50, times=5)
    assert learning.due(running.now + timedelta(days=6)) == []
    assert learning.due(running.now + timedelta(days=7)) == ["wake-up"]


def test_why_nothing_could_be_learned_is_kept(running: Running) -> None:
    running.enrol(control=False, days_ago=60, times=25)
    assert "is 0 for all 25 people" in learning.learn("wake-up", running.now)
    kept = Estimate.objects.get(kind=learning.TRIED)
    assert (kept.accepted, kept.figures["people"]) == (False, 25)
