"""Intervals against published values and against their own promise of 95 %."""

import numpy as np
import pytest
from scipy.stats import binom

from relance.core.errors import InputError
from relance.measurement import intervals

# R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 6 (Miettinen and Nurminen).
NEWCOMBE_DIFFERENCES = [
    ((56, 70, 48, 80), (0.0528, 0.3382)),
    ((9, 10, 3, 10), (0.1700, 0.8406)),
    ((6, 7, 2, 7), (0.0342, 0.8534)),
    ((5, 56, 0, 29), (-0.0326, 0.1933)),
    ((0, 10, 0, 20), (-0.1658, 0.2844)),
    ((0, 10, 0, 10), (-0.2879, 0.2879)),
    ((10, 10, 0, 20), (0.7156, 1.0)),
    ((10, 10, 0, 10), (0.6636, 1.0)),
]
# R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 5 (Clopper and Pearson).
NEWCOMBE_RATES = [
    ((81, 263), (0.2527, 0.3676)),
    ((15, 148), (0.0578, 0.1617)),
    ((0, 20), (0.0, 0.1684)),
    ((1, 29), (0.0009, 0.1776)),
]
SIZES = [(100, 100), (500, 500), (900, 100), (1800, 200), (9000, 1000), (18000, 2000), (95000, 5000)]
RATES = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 0.5, 0.9)
LIFTS = (0.25, 0.5, 0.8, 1.0, 1.1, 1.2, 1.5, 2.0, 3.0)


@pytest.mark.parametrize(("counts", "limits"), NEWCOMBE_DIFFERENCES)
def test_differences_are_those_published(counts: tuple[int, int, int, int], limits: tuple[float, float]) -> None:
    x, people, y, other_people = counts
    low, high = intervals.score_limits([x], people, [y], other_people)
    assert (round(float(low[0]), 4), round(float(high[0]), 4)) == limits


@pytest.mark.parametrize(("counts", "limits"), NEWCOMBE_RATES)
def test_rates_are_those_published(counts: tuple[int, int], limits: tuple[float, float]) -> None:
    interval = intervals.exact(*counts)
    assert (round(interval.low, 4), round(interval.high, 4)) == limits


@pytest.mark.parametrize("people", [20, 100, 1000, 100_000])
def test_a_rate_is_covered_whatever_it_is(people: int) -> None:
    """Summed over every outcome, for expected events from a twentieth to half of the people, or 300."""
    counts = np.arange(min(people, 600) + 1)
    limits = [intervals.exact(int(x), people) for x in counts]
    low, high = np.array([one.low for one in limits]), np.array([one.high for one in limits])
    for rate in np.geomspace(0.05, min(people / 2, 300), 150) / people:
        assert binom.pmf(counts, people, rate)[(low <= rate) & (rate <= high)].sum() >= 0.95


def test_swapping_the_arms_mirrors_the_interval() -> None:
    one, other = intervals.difference(7, 1800, 1, 200), intervals.difference(1, 200, 7, 1800)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_every_pair_of_small_counts_has_an_interval_around_its_difference() -> None:
    x, y = (a.ravel().astype(float) for a in np.meshgrid(np.arange(13), np.arange(6)))
    low, high = intervals.score_limits(x, 12, y, 5)
    assert (low <= x / 12 - y / 5).all()
    assert (high >= x / 12 - y / 5).all()
    assert ((low >= -1) & (high <= 1) & (high - low > 0.1)).all()


def test_the_constrained_rates_differ_by_what_is_asked_and_are_likeliest() -> None:
    p, q = intervals.constrained(np.array([9.0]), 40, np.array([2.0]), 30, np.array([0.1]))
    rates = np.linspace(0.0001, 0.8999, 200_000)
    likelihood = binom.logpmf(9, 40, rates + 0.1) + binom.logpmf(2, 30, rates)
    assert p[0] - q[0] == pytest.approx(0.1)
    assert q[0] == pytest.approx(rates[likelihood.argmax()], abs=1e-5)


def coverage(people: int, rate: float, other_people: int, other_rate: float) -> float:
    """Return exactly how often the interval holds the true difference: the sum over every outcome that matters."""
    counts = [
        np.arange(*(binom.ppf([1e-7, 1 - 1e-7], n, p).astype(int) + np.array([0, 1])))
        for n, p in [(people, rate), (other_people, other_rate)]
    ]
    x, y = (grid.ravel() for grid in np.meshgrid(*counts))
    weight = binom.pmf(x, people, rate) * binom.pmf(y, other_people, other_rate)
    truth = np.full(len(x), rate - other_rate)
    held = np.abs(intervals.score(x.astype(float), people, y.astype(float), other_people, truth)) <= intervals.Z
    scarce = np.minimum(np.minimum(x, people - x), np.minimum(y, other_people - y)) < intervals.SCARCE
    for cell in np.flatnonzero(scarce):
        interval = intervals.difference(int(x[cell]), people, int(y[cell]), other_people)
        held[cell] = interval.low <= rate - other_rate <= interval.high
    return float((weight * held).sum() / weight.sum())


def test_the_coverage_above_is_that_of_the_interval() -> None:
    """By drawing: what is summed asks the score, what is shown is found by halving."""
    random = np.random.default_rng(3)
    drawn = random.binomial(900, 0.012, 1500), random.binomial(100, 0.01, 1500)
    found = [intervals.difference(int(x), 900, int(y), 100) for x, y in zip(*drawn, strict=True)]
    held = np.mean([one.low <= 0.002 <= one.high for one in found])
    assert held == pytest.approx(coverage(900, 0.012, 100, 0.01), abs=0.015)


@pytest.mark.parametrize(("people", "control"), [(900, 100), (9000, 1000)])
def test_differences_cover_at_least_94_percent(people: int, control: int) -> None:
    assert min(coverage(people, rate * 1.2, control, rate) for rate in (0.01, 0.02, 0.05, 0.1)) >= 0.94


@pytest.mark.parametrize(("rate", "lift"), [(0.002, 0.25), (0.002, 1.2), (0.0005, 3.0), (0.998, 1.0)])
def test_differences_cover_at_least_94_percent_where_less_than_an_event_is_expected(rate: float, lift: float) -> None:
    """Where the score interval alone covers 87.8 % (the first of these)."""
    assert coverage(900, rate * lift, 100, rate) >= 0.94


@pytest.mark.long
def test_differences_cover_at_least_94_percent_on_the_whole_grid() -> None:
    cells = [(n, r * lift, m, r) for n, m in SIZES for r in RATES for lift in LIFTS if r * lift < 1]
    assert len(cells) > 500
    assert min(coverage(*cell) for cell in cells) >= 0.94


def test_more_events_than_people_are_refused() -> None:
    with pytest.raises(InputError, match="11 of 10"):
        intervals.difference(11, 10, 0, 10)
