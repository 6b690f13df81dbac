import numpy as np
import pytest
from scipy.stats import spearmanr

from relance.dormancy.lifetime import spend
from relance.dormancy.lifetime.gamma_gamma import Spends


def spends(p: float, q: float, gamma: float, *, customers: int = 4_000, by_frequency: float = 0.0) -> Spends:
    random = np.random.default_rng(1)
    n = random.integers(1, 8, customers).astype(float)
    mean = random.gamma(p * n, 1 / (random.gamma(q, 1 / gamma, customers) * n)) * n**by_frequency
    return Spends(n, mean, np.ones(customers))


def test_known_parameters_are_recovered() -> None:
    found = spend.fit(spends(6.0, 4.0, 15.0))
    assert found.parameters is not None
    assert found.standard_errors is not None
    for name, truth in (("p", 6.0), ("q", 4.0), ("gamma", 15.0)):
        assert abs(found.parameters[name] - truth) < 3 * found.standard_errors[name]


def test_an_infinite_mean_is_refused() -> None:
    assert spend.fit(spends(5.0, 0.8, 5.0)).refusal == "spend_infinite_mean"


def test_a_mode_at_nothing_is_refused() -> None:
    assert spend.fit(spends(0.5, 4.0, 15.0)).refusal == "spend_shape"


def test_spend_that_follows_frequency_is_refused() -> None:
    assert spend.fit(spends(6.0, 4.0, 15.0, by_frequency=0.8)).refusal == "spend_follows_frequency"


def test_without_amounts_it_is_said() -> None:
    nothing = np.zeros(0)
    assert spend.fit(Spends(nothing, nothing, nothing)).refusal == "spend_missing"


def test_the_unit_of_money_changes_nothing() -> None:
    euros, cents = spend.fit(spends(6.0, 4.0, 15.0)), spend.fit(spends(6.0, 4.0, 15.0).scaled(100))
    assert euros.parameters is not None
    assert cents.parameters is not None
    assert cents.parameters["gamma"] == pytest.approx(100 * euros.parameters["gamma"], rel=1e-4)


def test_repeat_buyers_all_alike_are_no_fault() -> None:
    assert spend.fit(Spends(np.array([2.0]), np.array([30.0]), np.array([500.0]))).refusal == "spend_not_identified"
    one = Spends(np.array([2.0]), np.array([30.0]), np.array([30.0]))
    assert spend.fit(one).correlation == 0


def test_correlation_counts_customers() -> None:
    few = Spends(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0]), np.array([30.0, 20.0, 10.0]))
    rows = Spends(*(np.repeat(column, [30, 20, 10]) for column in (few.purchases, few.mean)), np.ones(60))
    expected = spearmanr(rows.purchases, rows.mean).statistic
    assert spend.fit(few).correlation == pytest.approx(expected)
    assert spend.fit(rows).correlation == pytest.approx(expected)
