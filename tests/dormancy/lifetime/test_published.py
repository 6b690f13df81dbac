"""The values printed in the papers, on the CDNOW sample (Fader, Hardie and Lee 2005; Fader and Hardie 2013)."""

import csv
from pathlib import Path

import numpy as np
import pytest

from relance.dormancy.lifetime import bg_nbd, fitting, gamma_gamma, mbg_nbd, pareto_nbd, refusals, spend
from relance.dormancy.lifetime.gamma_gamma import Spends
from relance.dormancy.lifetime.histogram import Array, counted

NOBODY = np.zeros(1)


@pytest.fixture(scope="module")
def cdnow(public_data: Path) -> dict[str, Array]:
    path = public_data / "cdnow" / "cdnow_customers_summary_with_transactions.csv"
    with path.open() as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar")}


@pytest.fixture(scope="module")
def bg(cdnow: dict[str, Array]) -> fitting.Fit:
    return fitting.fit(bg_nbd, counted(cdnow["x"], cdnow["t_x"], cdnow["T"]))


def printed(values: Array | list[float], digits: int) -> list[float]:
    return [round(float(value), digits) for value in values]


def test_bg_nbd(bg: fitting.Fit) -> None:
    assert printed(bg.theta, 3) == [0.243, 4.414, 0.793, 2.426]
    assert round(bg.log_likelihood, 1) == -9582.4
    assert (bg.customers, bg.repeat_buyers, bg.converged, refusals.of_fit(bg)) == (2357, 946, True, "")


def test_pareto_nbd(cdnow: dict[str, Array]) -> None:
    found = fitting.fit(pareto_nbd, counted(cdnow["x"], cdnow["t_x"], cdnow["T"]))
    assert printed(found.theta, 3) == [
        0.553,
        10.578,
        0.606,
        11.668,
    ]  # the paper prints 11.669; its likelihood is as flat as that
    assert round(found.log_likelihood, 1) == -9595.0


def test_expected_purchases(bg: fitting.Fit) -> None:
    times = [0.1429, 1.0, 3.0, 31.8571, 32.0, 78.0]
    found = [bg_nbd.expected_given(bg.theta, t, NOBODY, NOBODY, NOBODY)[0] for t in times]
    assert printed(found[:5], 4) == [0.0078, 0.0532, 0.1506, 1.0405, 1.0437]
    # Printed 1.8576: 2F1 summed to 150 terms. Summed to the end (30 digits, mpmath) it is 1.857972.
    assert float(found[5]) == pytest.approx(1.857972, abs=1e-6)


def test_expected_purchases_of_a_customer(bg: fitting.Fit) -> None:
    found = bg_nbd.expected_given(bg.theta, 39.0, np.array([2.0]), np.array([30.43]), np.array([38.86]))
    assert round(float(found[0]), 3) == 1.226


def test_no_purchase_within_39_weeks() -> None:
    value, _ = bg_nbd.log_likelihood(np.array([0.243, 4.414, 0.793, 2.426]), counted([0], [0], [39]))
    assert round(float(np.exp(value[0])), 7) == 0.5737864


def test_gamma_gamma(cdnow: dict[str, Array]) -> None:
    repeat = cdnow["x"] > 0
    found = spend.fit(Spends(cdnow["x"][repeat], cdnow["zbar"][repeat], np.ones(int(repeat.sum()))))
    assert found.parameters is not None
    assert found.log_likelihood is not None
    theta = np.array(list(found.parameters.values()))
    assert printed(theta, 2) == [6.25, 3.74, 15.45]  # the paper prints 15.44
    assert (round(found.log_likelihood, 1), found.customers, found.refusal) == (-4055.9, 946, "")
    ten = gamma_gamma.expected_spend(np.array([6.25, 3.74, 15.44]), cdnow["x"][:10], cdnow["zbar"][:10])
    published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert ten == pytest.approx(published, abs=0.06)


def test_mbg_nbd_fits_as_well_as_bg_nbd_and_gives_one_time_buyers_no_certainty(
    cdnow: dict[str, Array], bg: fitting.Fit
) -> None:
    found = fitting.fit(mbg_nbd, counted(cdnow["x"], cdnow["t_x"], cdnow["T"]))
    assert abs(found.log_likelihood - bg.log_likelihood) < 1
    assert mbg_nbd.probability_alive(found.theta, NOBODY, NOBODY, np.array([38.0]))[0] < 0.9
    assert bg_nbd.probability_alive(bg.theta, NOBODY, NOBODY, np.array([38.0]))[0] == 1
