import numpy as np
import pytest

from relance.dormancy.lifetime import cohort


def coverage(rate: float, size: int, *, runs: int) -> np.ndarray:
    """By month, the share of cohorts whose interval holds the truth: second purchases at `rate` a month, customers known 0 to 24 months."""
    random, hits = np.random.default_rng(3), []
    for _ in range(runs):
        known, second = random.uniform(0, 24 * cohort.MONTH, size), random.exponential(cohort.MONTH / rate, size)
        shown = cohort.curve(np.minimum(known, second), second <= known, months=18)
        hits.append([one.low <= 1 - np.exp(-rate * one.month) <= one.high for one in shown])
    shortest = min(map(len, hits))
    return np.array([row[:shortest] for row in hits], dtype=float).mean(axis=0)


def test_without_censoring_the_curve_is_the_plain_share() -> None:
    returned = [True] * 30 + [False] * 70
    found = cohort.curve([10.0] * 30 + [400.0] * 70, returned, months=6)
    assert [round(one.share, 9) for one in found] == [0.3] * 6
    assert found[0].low < 0.3 < found[0].high


def test_customers_known_for_a_short_time_do_not_lower_the_share() -> None:
    old = cohort.curve([50.0] * 50 + [300.0] * 50, [True] * 50 + [False] * 50, months=3)
    young = cohort.curve([50.0] * 50 + [300.0] * 50 + [5.0] * 500, [True] * 50 + [False] * 550, months=3)
    assert young[-1].share == pytest.approx(old[-1].share)


def test_a_month_that_few_have_reached_is_not_shown() -> None:
    assert len(cohort.curve([70.0] * 50 + [200.0] * 5, [False] * 55)) == 2  # 70 days: two months


def test_the_interval_covers() -> None:
    assert coverage(0.05, 400, runs=200).min() > 0.90  # 200 draws know 0.95 to within 0.05 over 17 months


@pytest.mark.long
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("size", [200, 1_000, 5_000])
def test_the_interval_covers_on_a_grid(rate: float, size: int) -> None:
    assert coverage(rate, size, runs=3_000).min() > 0.94
