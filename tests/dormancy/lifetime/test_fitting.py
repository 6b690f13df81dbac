import re

import numpy as np
import pytest

from relance.core.errors import InputError
from relance.dormancy.lifetime import bg_nbd, fitting, mbg_nbd, pareto_nbd, refusals
from relance.dormancy.lifetime.histogram import GROUPS, ORIGIN, Histogram, counted
from tests.dormancy.lifetime import simulating

TRUE = np.array([0.6, 9.0, 0.8, 2.5])


def test_known_parameters_are_recovered() -> None:
    found = fitting.fit(bg_nbd, simulating.bg_nbd(20_000, seed=1))
    assert found.standard_errors is not None
    assert np.all(np.abs(found.theta - TRUE) < 3 * np.array(list(found.standard_errors.values())))


@pytest.mark.long
@pytest.mark.parametrize("customers", [1_000, 4_000])
def test_intervals_of_the_logarithms_cover(customers: int) -> None:
    hits = np.zeros(4)
    for seed in range(300):
        found = fitting.fit(bg_nbd, simulating.bg_nbd(customers, seed))
        assert found.optimum.covariance is not None
        error = np.sqrt(np.diag(found.optimum.covariance))
        hits += np.abs(np.log(found.theta) - np.log(TRUE)) < 1.96 * error
    assert (hits / 300 > 0.92).all()  # 0.95 less two and a half standard errors of 300 draws


@pytest.mark.parametrize("model", [bg_nbd, mbg_nbd, pareto_nbd])
def test_the_gradient_is_that_of_the_likelihood(model: fitting.Model) -> None:
    h, theta = simulating.bg_nbd(300, seed=2), np.array([0.7, 8.0, 1.1, 3.0])
    for n in range(4):
        step = np.eye(4)[n] * theta[n] * 1e-6
        slope = (model.log_likelihood(theta + step, h)[0] - model.log_likelihood(theta - step, h)[0]) / (2 * step[n])
        assert model.log_likelihood(theta, h)[1][n] == pytest.approx(slope, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("model", [bg_nbd, mbg_nbd, pytest.param(pareto_nbd, marks=pytest.mark.long)])
def test_the_unit_of_time_changes_no_verdict(model: fitting.Model) -> None:
    h = simulating.bg_nbd(2_000, seed=3)
    weeks, days = fitting.fit(model, h), fitting.fit(model, h.scaled(7))
    assert days.parameters["alpha"] == pytest.approx(7 * weeks.parameters["alpha"], rel=1e-4)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - float(h.customers @ h.x) * np.log(7), abs=1e-3)


def test_a_histogram_says_what_its_rows_say() -> None:
    x, t_x, age = [0, 2, 2, 1, 0], [0, 8, 8, 3, 0], [9, 9, 9, 9, 9]
    h = counted(x * 40, t_x * 40, age * 40)
    rows = Histogram(*(np.array(column * 40, dtype=float) for column in (x, t_x, age)), np.ones(200))
    assert len(h.x) == 3
    assert fitting.fit(bg_nbd, h).log_likelihood == pytest.approx(fitting.fit(bg_nbd, rows).log_likelihood, abs=1e-6)


def test_grouped_ages_move_the_parameters_by_less_than_a_thousandth() -> None:
    h = simulating.bg_nbd(30_000, seed=4, theta=(0.6, 90.0, 0.8, 2.5), most=1000)
    fine, few = fitting.fit(bg_nbd, h), fitting.fit(bg_nbd, h.grouped(GROUPS, ORIGIN))
    assert few.theta == pytest.approx(fine.theta, rel=1e-3)


def test_nothing_overflows_for_hundreds_of_purchases_over_thousands_of_days() -> None:
    x, t_x, age = np.array([300.0, 300.0, 800.0]), np.array([5.0, 3900.0, 4000.0]), np.array([4000.0, 4000.0, 4000.0])
    for model in (bg_nbd, mbg_nbd, pareto_nbd):
        theta = np.array([0.6, 60.0, 0.8, 40.0])
        alive = model.probability_alive(theta, x, t_x, age)
        assert alive[0] < 1e-100
        assert alive[1] > 0.01
        assert np.isfinite(model.log_likelihood(theta, counted(x, t_x, age))[0]).all()


def test_expected_purchases_are_continuous_at_a_of_one() -> None:
    at = (np.array([0.0, 3.0]), np.array([0.0, 20.0]), np.array([30.0, 30.0]))
    exact = bg_nbd.expected_given(np.array([0.5, 5.0, 1.0, 2.0]), 10.0, *at)
    close = bg_nbd.expected_given(np.array([0.5, 5.0, 1.0 + 1e-9, 2.0]), 10.0, *at)
    assert exact == pytest.approx(close, rel=1e-7)


@pytest.mark.parametrize("model", [bg_nbd, mbg_nbd, pytest.param(pareto_nbd, marks=pytest.mark.long)])
def test_a_base_that_nobody_leaves_is_refused(model: fitting.Model) -> None:
    h = simulating.bg_nbd(1_000, seed=5, theta=(0.8, 9.0, 0.0, 1.0))
    assert refusals.of_fit(fitting.fit(model, h)) in {"dropout_not_seen", "parameter_at_bound", "not_identified"}


def test_a_base_without_repeat_buyers_is_refused() -> None:
    assert refusals.of_base(counted([0] * 500, [0] * 500, [30] * 500)) == "no_repeat_buyers"
    assert refusals.of_base(counted([0] * 98 + [1], [0] * 98 + [5], [30] * 99)) == "too_few_customers"


def test_repeat_purchases_within_one_day_are_a_history() -> None:
    h = simulating.bg_nbd(2_000, seed=14)
    hurried = counted(
        np.append(h.x, [1, 2]), np.append(h.t_x, [0, 0]), np.append(h.T, [0, 40]), np.append(h.customers, [1, 1])
    )
    for model in (bg_nbd, mbg_nbd):
        assert fitting.fit(model, hurried).theta == pytest.approx(fitting.fit(model, h).theta, rel=0.05)


def test_a_base_of_today_is_refused() -> None:
    assert refusals.of_base(counted([0] * 200 + [1] * 50, [0] * 250, [0] * 250)) == "no_elapsed_time"


def test_every_reason_is_said_in_both_languages() -> None:
    for said in (*refusals.REASONS.values(), *refusals.RANKINGS.values()):
        assert set(said) == {"en", "fr"}
        assert all(said.values())
        assert not re.search("'| [:;?!]", said["fr"])


@pytest.mark.parametrize(
    ("row", "word"),
    [((1, 9, 5), "above the age"), ((1.5, 2, 5), "whole"), ((-1, 0, 5), "negative"), ((1, float("nan"), 5), "missing"),
     ((0, 3, 5), "without repeat")],
)  # fmt: skip
def test_a_row_that_is_no_customers_is_refused(row: tuple[float, float, float], word: str) -> None:
    with pytest.raises(InputError, match=word):
        counted(*([value] for value in row))
