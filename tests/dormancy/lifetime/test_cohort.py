import numpy as np
import pytest

from relance.dormancy.lifetime import cohort


def coverage(rate: float, size: int, *, runs: int, ever: float = 1.0) -> np.ndarray:
    """By month, the share of intervals that hold the truth, over every cohort in which the month is shown.

    Of all customers, `ever` make a second purchase, at `rate` a month; they are known for 0 to 24 months. A month shown in
    fewer than a quarter of the cohorts is left out: so few do not tell 94 from 95.
    """
    random, held, shown = np.random.default_rng(3), np.zeros(25), np.zeros(25)
    for _ in range(runs):
        known, second = random.uniform(0, 24 * cohort.MONTH, size), random.exponential(cohort.MONTH / rate, size)
        second[random.random(size) >= ever] = np.inf
        for one in cohort.curve(np.minimum(known, second), second <= known, known=known, months=24):
            shown[one.month] += 1
            held[one.month] += one.low <= ever * (1 - np.exp(-rate * one.month)) <= one.high
    often = shown >= 0.25 * runs
    assert np.flatnonzero(often).max() >= min(
        23, 24 * (1 - 15 / size)
    )  # rarer months too, up to the last that ten reach
    return held[often] / shown[often]


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
    assert coverage(0.05, 400, runs=200).min() > 0.91  # 200 draws know 0.965 to within 0.04 over 20 months


def test_a_month_is_shown_for_who_was_known_not_for_who_is_left() -> None:
    known = np.full(100, 720.0)
    second = np.r_[np.full(97, 20.0), np.full(3, np.inf)]
    shown = cohort.curve(np.minimum(known, second), second < known, known=known, months=12)
    assert [one.month for one in shown] == list(range(1, 13))
    assert shown[-1].at_risk == 3
    assert shown[-1].low < 0.95 < 0.97 < shown[-1].high < 1


def test_nobody_back_yet_is_no_certainty_about_months_that_few_have_reached() -> None:
    all_known = cohort.curve(np.full(50, 720.0), np.zeros(50, dtype=bool), months=15)[-1].high
    few_known = cohort.curve(np.linspace(0, 720, 50), np.zeros(50, dtype=bool), months=15)[-1].high
    assert 0.05 < all_known < few_known < 0.2


@pytest.mark.long
@pytest.mark.parametrize(("rate", "ever"), [(0.005, 1.0), (0.01, 1.0), (0.05, 1.0), (0.2, 1.0), (0.5, 1.0), (0.7, 0.3)])
@pytest.mark.parametrize("size", [50, 200, 1_000, 5_000])
def test_the_interval_covers_on_a_grid(rate: float, ever: float, size: int) -> None:
    found = coverage(rate, size, ever=ever, runs=2_000)
    assert found.min() >= 0.94 - 0.015, (
        "the least of some twenty months; one month's standard error is 0.005, of 100 cohorts 0.02"
    )
    assert found.mean() >= 0.95
