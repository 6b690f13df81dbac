"""What a relaunch changes, as control groups measured it."""

from datetime import datetime

import numpy as np
import pytest

from relance.measurement import relaunch, snapshots
from tests.measurement.conftest import Running


@pytest.mark.parametrize("rates", [(0.05, 0.05), (0.06, 0.04), (0.02, 0.03), (0.3, 0.2)])
@pytest.mark.parametrize("people", [(5_000, 500), (2_000, 2_000)])
def test_the_ratio_holds_the_truth(rates: tuple[float, float], people: tuple[int, int]) -> None:
    random = np.random.default_rng(7)
    true, held, drawn = rates[0] / rates[1], 0, 2000
    for x, y in zip(*(random.binomial(n, rate, drawn) for n, rate in zip(people, rates, strict=True)), strict=True):
        found = relaunch.ratio(int(x), people[0], int(y), people[1])
        held += found.low <= true <= found.high
    assert held / drawn >= 0.94


def enrolled(running: Running, *, treated: int, control: int) -> None:
    """Let 100 people into each arm 40 days ago, of whom so many order."""
    for is_control, orders in ((False, treated), (True, control)):
        for person in running.enrol(control=is_control, days_ago=40, times=100)[:orders]:
            running.happened(person, "order_placed", days_ago=35, amount="40")


def test_a_proven_effect_is_used_and_a_doubtful_one_is_not(running: Running, now: datetime) -> None:
    enrolled(running, treated=60, control=20)
    snapshots.keep("wake-up", now)
    found = relaunch.measured()
    assert found is not None
    assert (found.journey, found.source) == ("wake-up", "measured")
    assert found.lift == pytest.approx(2.0)
    assert 0.5 < found.low < 2 < found.high


def test_an_interval_that_holds_nothing_and_the_assumption_changes_nothing(running: Running, now: datetime) -> None:
    enrolled(running, treated=24, control=20)
    snapshots.keep("wake-up", now)
    assert relaunch.measured() is None


def test_too_few_returns_tell_nothing() -> None:
    assert relaunch.lift(6, 100, 3, 100, journey="wake-up") is None
    assert relaunch.lift(40, 100, 0, 100, journey="wake-up") is None


@pytest.mark.parametrize(("people", "rates"), [((900, 100), (0.075, 0.05)), ((1_800, 200), (0.04, 0.02))])
def test_the_lifts_that_are_told_hold_the_truth(people: tuple[int, int], rates: tuple[float, float]) -> None:
    """Where five returns in each arm were asked for, 91.5 % and 86.9 % of those told did."""
    random, held, told = np.random.default_rng(7), 0, 0
    for x, y in zip(*(random.binomial(n, rate, 2_000) for n, rate in zip(people, rates, strict=True)), strict=True):
        found = relaunch.lift(int(x), people[0], int(y), people[1], journey="wake-up")
        told += found is not None
        held += found is not None and found.low <= rates[0] / rates[1] - 1 <= found.high
    assert told > 1_500
    assert held / told >= 0.94
