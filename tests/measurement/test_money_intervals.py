"""The interval of a difference of revenue against its promise: simulated shops whose truth is known."""

import numpy as np
import pytest

from relance.core.errors import InputError
from relance.measurement import money_intervals
from relance.measurement.intervals import Floats, Interval
from relance.measurement.money_intervals import Sums

CONTROLS = (30, 50, 100, 300, 1_000)
RATES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3)
SPREADS = (0.4, 0.8, 1.2)
LIFTS = (0.5, 1.0, 1.5, 3.0)
SOLD = 1_500  # people who buy, above which a cell of the grid is easy and long


def bought(random: np.random.Generator, people: int, rate: float, spread: float, basket: float, draws: int) -> Sums:
    """Return what the buyers among `people` spent in each draw: log-normal baskets around 45, `basket` times."""
    counts = random.binomial(people, rate, draws)
    amounts = random.lognormal(3.8, spread, counts.sum()) * basket
    draw = np.repeat(np.arange(draws), counts)
    return Sums(people, counts.astype(float), np.bincount(draw, amounts, draws), np.bincount(draw, amounts**2, draws))


def coverage(
    people: int, control: int, rate: float, *, lift: float, spread: float, basket: float = 1.0, draws: int
) -> tuple[float, float]:
    """Return the share of draws that are told of, and the share of those whose interval holds the true difference."""
    random = np.random.default_rng(11)
    one = bought(random, people, rate * lift, spread, basket, draws)
    other = bought(random, control, rate, spread, 1.0, draws)
    truth = rate * (lift * basket - 1) * np.exp(3.8 + spread**2 / 2)
    value = one.total / people - other.total / control
    below, above = money_intervals.distances(one, other)
    held = (value - below <= truth) & (truth <= value + above)
    pairs = zip(one.count, other.count, strict=True)
    told = np.array([money_intervals.enough(int(x), people, int(y), control) for x, y in pairs])
    return float(told.mean()), float(held[told].mean()) if told.any() else 1.0


def least(draws: float) -> float:
    """Return the share that a true coverage of 94 % falls under in one case of 400."""
    return float(0.94 - 2.8 * np.sqrt(0.94 * 0.06 / draws))


@pytest.mark.parametrize(
    ("control", "rate", "lift", "spread"),
    [
        (30, 0.1, 1.0, 0.4),  # a bootstrap told of those with five buyers in the control group only: held 85.2 %
        (50, 0.05, 1.5, 0.8),
        (50, 0.1, 0.5, 1.2),  # a bootstrap from both arms held 89.2 %
        (100, 0.05, 0.5, 1.2),  # and here 87.9 %
        (100, 0.05, 3.0, 0.4),
        (300, 0.01, 3.0, 1.2),
        (1_000, 0.05, 1.0, 0.8),
    ],
)
def test_revenue_is_covered(control: int, rate: float, lift: float, spread: float) -> None:
    told, held = coverage(10 * control, control, rate, lift=lift, spread=spread, draws=2_000)
    assert told > 0.25
    assert held >= 0.945


@pytest.mark.long
@pytest.mark.parametrize("basket", [0.7, 1.0, 1.3])
@pytest.mark.parametrize("ratio", [1, 4, 10, 20])
@pytest.mark.parametrize("control", CONTROLS)
def test_revenue_is_covered_on_the_grid(control: int, ratio: int, basket: float) -> None:
    """Wherever a quarter of samples are told of; with baskets unlike in both arms, up to half again as many buyers."""
    for rate in RATES:
        for lift in LIFTS if basket == 1 else LIFTS[:3]:
            if rate * lift >= 1 or rate * lift * control * ratio > SOLD:
                continue
            for spread in SPREADS:
                case = (control * ratio, control, rate)
                told, held = coverage(*case, lift=lift, spread=spread, basket=basket, draws=2_000)
                assert told < 0.25 or held >= least(2_000 * told), (case, lift, spread)


@pytest.mark.parametrize("control", [30, 50])
def test_samples_that_are_told_of_by_chance_do_not_mislead_either(control: int) -> None:
    """Of all samples, those with a wrong interval are few even where hardly any has one."""
    for rate in (0.01, 0.02, 0.03):
        told, held = coverage(10 * control, control, rate, lift=1.0, spread=1.2, draws=2_000)
        assert told * (1 - held) < 0.06


def test_few_who_bought_are_not_told_of() -> None:
    assert not money_intervals.enough(18, 500, 1, 50)
    assert not money_intervals.enough(19, 1_000, 1, 50), "one expected in the control group"
    assert money_intervals.enough(25, 500, 0, 50), "none there, but two expected: that is told of"


def test_a_control_group_without_a_purchase_knows_that_amounts_exist() -> None:
    found = money_intervals.mean_difference(np.full(30, 60.0), 500, np.array([]), 50)
    assert found.low < 0 < found.high


def test_swapping_the_arms_or_all_signs_mirrors_the_interval() -> None:
    random = np.random.default_rng(5)
    one, other = random.lognormal(3.8, 0.9, 90), np.append(random.lognormal(3.8, 0.9, 10), -25.0)
    found = money_intervals.mean_difference(one, 1800, other, 200)
    for mirrored in (
        money_intervals.mean_difference(other, 200, one, 1800),
        money_intervals.mean_difference(-one, 1800, -other, 200),
    ):
        assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


def with_refunds(random: np.random.Generator, people: int, rate: float) -> Floats:
    amounts = random.lognormal(3.8, 0.8, random.binomial(people, rate))
    return np.where(random.random(len(amounts)) < 0.1, -amounts, amounts)


def test_revenue_with_refunds_is_covered() -> None:
    random, held = np.random.default_rng(7), 0
    for _ in range(400):
        found = money_intervals.mean_difference(
            with_refunds(random, 1800, 0.075), 1800, with_refunds(random, 200, 0.05), 200
        )
        held += found.low <= 0.025 * 0.8 * np.exp(3.8 + 0.32) <= found.high
    assert held / 400 >= least(400)


def test_nothing_spent_differs_by_nothing_and_the_same_of_everybody_is_nearly_certain() -> None:
    assert money_intervals.mean_difference(np.array([]), 90, np.array([]), 10) == Interval(0.0, 0.0)
    same = money_intervals.mean_difference(np.full(1_000, 5.0), 1_000, np.full(100, 3.0), 100)
    assert same.low < 2.0 < same.high
    assert same.high - same.low < 1


def test_more_buyers_than_people_are_refused() -> None:
    with pytest.raises(InputError, match="11 of 10"):
        money_intervals.mean_difference(np.ones(11), 10, np.ones(1), 10)
