"""The Qini against counts made by hand, and its interval against a known truth."""

import numpy as np
import pytest

from relance.dormancy.reactivity import evaluation, qini
from relance.dormancy.reactivity.effort import Effort
from tests.dormancy.reactivity import people


def test_the_area_is_the_one_made_by_hand() -> None:
    # Two cells of two treated and two control people: all gain in the first. Q(1/2) = 2/4, Q(1) = 2/4.
    treated_people, outcomes = np.array([[2.0, 2.0], [2.0, 2.0]]), np.array([[0.0, 0.0], [2.0, 0.0]])
    assert qini.area(treated_people, outcomes) == pytest.approx((0.25 / 2 + 0.5 / 2) - 0.25)


def test_unequal_arms_are_weighed() -> None:
    _, gains = qini.curve(np.array([[1.0, 3.0], [4.0, 4.0]]), np.array([[1.0, 0.0], [4.0, 0.0]]))
    assert gains.tolist() == [0.0, 0.0, (4 - 1 / 4 * 8) / 8]


def test_equal_scores_are_told_apart_at_random() -> None:
    random = np.random.default_rng(1)
    treated, outcome = np.arange(4000) < 2000, np.arange(4000) < 800
    cells = qini.ranked(np.zeros(4000), random.random(4000), 100)
    assert abs(qini.of(cells, treated, outcome.astype(float))) < 0.02
    assert np.bincount(cells).tolist() == [40] * 100


def coverage(count: int, size: int, base: float) -> float:
    """Return how often the interval of a fixed score's Qini holds the truth."""
    _, many = people.sample(200_000, seed=0, base=base, effect=base / 3, slope=base / 3)
    held = 0
    truth = people.qini_of(many, many)
    for seed in range(1, count + 1):
        found, true = people.sample(size, seed=seed, base=base, effect=base / 3, slope=base / 3)
        effort = Effort(resamples=200, seed=seed)
        limits = evaluation.evaluate(true, found.treated, found.outcome, effort).qini
        held += limits.low <= truth <= limits.high
    return held / count


def test_the_interval_of_a_score_holds_the_truth() -> None:
    assert coverage(150, 1500, 0.1) >= 0.91, "95 % less three standard errors of 150 trials, rounded up"


@pytest.mark.long
@pytest.mark.parametrize("size", [1000, 4000])
@pytest.mark.parametrize("base", [0.03, 0.1, 0.3])
def test_the_interval_of_a_score_holds_the_truth_on_the_grid(size: int, base: float) -> None:
    assert coverage(1000, size, base) >= 0.94 - 0.007, "94 % less one standard error of the simulation"
