"""The statistics, against known truth: chances by simulation, values worked out by hand, and what must always hold."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from relance.eligibility.breaker import confidence, sharing, thresholds
from relance.eligibility.breaker.evidence import Mixture, divergence, log_detector, log_evidence, together, without_each

RUNS = 2_000
counts = st.integers(min_value=0, max_value=300)


def placed(rate: float, events: int, rng: np.random.Generator) -> np.ndarray:
    """Messages sent at each bad answer, shape (runs, events)."""
    return np.cumsum(rng.geometric(rate, (RUNS, events)), axis=1)


def test_one_alternative_gives_the_ratio_of_the_books() -> None:
    mixture = Mixture(0.1, (2.0,), (1.0,))
    assert log_evidence(mixture, 10, 3) == pytest.approx(3 * math.log(2) + 7 * math.log(0.8 / 0.9))


def test_evidence_is_fair_under_the_allowed_rate() -> None:
    """The mean of the e-process stays at 1 (below it where the rate is lower), whatever was sent."""
    rng = np.random.default_rng(5)
    mixture = Mixture(0.05, (2.0,), (1.0,))
    for rate, expected in ((0.05, 1.0), (0.04, 0.78)):
        bad = rng.binomial(50, rate, 200_000)
        assert float(np.exp(log_evidence(mixture, 50, bad)).mean()) <= expected * 1.05


@pytest.mark.parametrize(("allowed", "alpha"), [(0.016, 0.05), (0.001, 0.05), (0.0002, 0.05), (0.016, 0.2)])
def test_false_stops_are_as_rare_as_said(allowed: float, alpha: float) -> None:
    rng = np.random.default_rng(1)
    bar = thresholds.bar(allowed, alpha)
    at = placed(allowed, 400, rng)
    crossed = (bar.evidence(at, np.arange(1, 401)) >= bar.opens).any(axis=1).mean()
    assert alpha * 0.5 < crossed <= alpha


def test_the_chance_is_the_one_simulated_and_below_villes() -> None:
    mixture, rng = Mixture(0.016), np.random.default_rng(2)
    at = placed(0.016, 300, rng)
    for threshold in (2.0, 3.0):
        simulated = (log_evidence(mixture, at, np.arange(1, 301)) >= threshold).any(axis=1).mean()
        computed = thresholds.chance(mixture, threshold)
        assert computed == pytest.approx(simulated, abs=0.02)
        assert computed < math.exp(-threshold)


@pytest.mark.parametrize("factor", [2, 3, 5])
@pytest.mark.parametrize(("allowed", "alpha"), [(0.016, 0.01), (0.001, 0.001)])
def test_a_fresh_send_stops_within_a_quarter_more_than_the_best_test(factor: int, allowed: float, alpha: float) -> None:
    rng = np.random.default_rng(3)
    bar, rate = thresholds.bar(allowed, alpha), factor * allowed
    bound = math.log(1 / alpha) / float(divergence(rate, allowed))
    at = placed(rate, int(12 * bound * rate) + 40, rng)
    stops = bar.evidence(at, np.arange(1, at.shape[1] + 1)) >= bar.opens
    assert stops.any(axis=1).all()
    assert at[np.arange(RUNS), stops.argmax(axis=1)].mean() <= 1.25 * bound


@pytest.mark.parametrize(("allowed", "within"), [(0.016, 50_000), (0.008, 100_000)])
def test_it_stops_at_the_rate_at_which_a_mailing_service_suspends(allowed: float, within: int) -> None:
    rng = np.random.default_rng(4)
    bar, rate = thresholds.bar(allowed, 0.00122), 1.25 * allowed  # a provider's part of 1 %
    at = placed(rate, int(within * rate * 1.2) + 100, rng)[:200]
    stops = (bar.evidence(at, np.arange(1, at.shape[1] + 1)) >= bar.opens) & (at <= within)
    assert stops.any(axis=1).mean() >= 0.95


def test_an_evergreen_journey_just_above_its_limit_stops_too() -> None:
    sends = np.full(400, 500)
    assert log_detector(Mixture.lasting(0.016), sends, np.full(400, 10), head_start=60) > math.log(1e6)
    assert log_detector(Mixture(0.016), sends, np.full(400, 10), head_start=60) < math.log(1e6)


@settings(max_examples=50, deadline=None)
@given(sends=st.lists(counts, min_size=1, max_size=8), data=st.data())
def test_a_later_answer_never_raised_evidence_before_it_came(sends: list[int], data: st.DataObject) -> None:
    """Known so far is never more than what will be known: delays cannot make a false stop."""
    bad = np.array([data.draw(st.integers(0, sent)) for sent in sends])
    known = np.array([data.draw(st.integers(0, one)) for one in bad])
    mixture, sent = Mixture(0.02), np.array(sends)
    assert log_evidence(mixture, sent.sum(), known.sum()) <= log_evidence(mixture, sent.sum(), bad.sum()) + 1e-9
    now, later = (log_detector(mixture, sent, one, head_start=50) for one in (known, bad))
    assert now <= later + 1e-9


@settings(max_examples=30, deadline=None)
@given(sends=arrays(int, 6, elements=st.integers(1, 200)), data=st.data())
def test_the_detector_is_its_recursion(sends: np.ndarray, data: st.DataObject) -> None:
    bad = np.array([data.draw(st.integers(0, min(20, int(one)))) for one in sends])
    mixture = Mixture(0.02)
    sums, entering = np.zeros(len(mixture.rates)), 50.0
    for sent, answered in zip(sends, bad, strict=True):
        sums = (sums + entering) * np.exp(mixture.log_ratios(sent, answered))
        entering = float(sent)
    expected = math.log(float(sums @ np.array(mixture.weights)))
    assert log_detector(mixture, sends, bad, head_start=50) == pytest.approx(expected)


def test_the_detector_wakes_where_the_process_sleeps() -> None:
    mixture = Mixture(0.016)
    sends, bad = np.full(420, 500), np.r_[np.full(400, 2), np.full(20, 40)]  # 200,000 at 0.4 %, then 8 %
    assert log_detector(mixture, sends[:402], bad[:402], head_start=60) > math.log(1e6)
    assert log_evidence(mixture, sends.sum(), bad.sum()) < 0


def test_the_mean_run_length_of_the_detector_is_at_least_as_set() -> None:
    rng, length, cohort = np.random.default_rng(4), 20_000.0, 100
    mixture = Mixture(0.016)
    sums, stops, entering = np.zeros((500, 3)), np.full(500, 4 * length), 1 / 0.016
    for step in range(int(4 * length / cohort)):
        sums = (sums + entering) * np.exp(mixture.log_ratios(np.full(500, cohort), rng.binomial(cohort, 0.016, 500)))
        entering = cohort
        stops = np.where(
            (sums @ np.array(mixture.weights) >= length) & (stops == 4 * length), (step + 1) * cohort, stops
        )
    assert stops.mean() >= length


def sliced(rates: np.ndarray, slices: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Evidence after each slice of 20 messages to three parts of a base: of all together, and of more than one."""
    sent = rng.multinomial(20, [0.5, 0.3, 0.2], (RUNS, slices))
    bad = rng.binomial(sent, rates)
    rows = [without_each(one.cumsum(axis=1)[..., None])[..., 0] for one in (sent, bad)]
    logs = log_evidence(Mixture(0.02), *rows)
    return logs[..., 0], together(logs)


def test_rows_without_each_part() -> None:
    counts = np.array([[1, 2], [10, 20], [100, 200]])
    assert without_each(counts).tolist() == [[111, 222], [110, 220], [101, 202], [11, 22]]


def test_what_more_than_one_part_says_is_never_more_than_what_all_say() -> None:
    whole, several = sliced(np.array([0.02, 0.02, 0.02]), 100, np.random.default_rng(7))
    assert (several <= whole).all()
    assert (whole >= thresholds.opening(Mixture(0.02), 0.05)).any(axis=1).mean() <= 0.05
    assert together(np.array([3.0])) == 3.0  # of one row alone: nobody else is asked


def test_one_bad_part_does_not_speak_for_the_others_and_thin_harm_does() -> None:
    needed, rng = math.log(1 / 0.001), np.random.default_rng(8)
    whole, several = sliced(np.array([0.2, 0.005, 0.005]), 100, rng)
    assert (whole >= needed).any(axis=1).mean() > 0.99
    assert (several >= needed).any(axis=1).mean() <= 0.001
    at_limit = sliced(np.array([0.2, 0.02, 0.02]), 100, rng)[1]
    assert (at_limit >= needed).any(axis=1).mean() <= 20 * 0.001
    thin = sliced(np.array([0.1, 0.1, 0.1]), 100, rng)[1]
    assert (thin[:, :25] >= needed).any(axis=1).mean() > 0.95


def test_what_is_no_mixture_is_refused() -> None:
    for allowed, multiples, weights in ((0.0, (2.0,), (1.0,)), (0.1, (1.0,), (1.0,)), (0.1, (2.0, 3.0), (1.0,))):
        with pytest.raises(ValueError):
            Mixture(allowed, multiples, weights)


@pytest.mark.parametrize("rate", [0.002, 0.03])
def test_the_bounds_hold_at_every_look_at_once(rate: float) -> None:
    rng = np.random.default_rng(6)
    looks = np.unique(np.geomspace(1, 2_000, 50).astype(int))
    bad = (rng.random((400, 2_000)) < rate).cumsum(axis=1)[:, looks - 1]
    assert (confidence.upper(bad, looks, 0.1) < rate).any(axis=1).mean() <= 0.1
    assert (confidence.lower(bad, looks, 0.1) > rate).any(axis=1).mean() <= 0.1


def test_no_complaint_in_300_says_little() -> None:
    """One look would say 3/300 (the rule of three, Hanley and Lippman-Hand 1983); every look at once says a bit more."""
    assert 0.01 < float(confidence.upper(0, 300, 0.05)) < 0.014
    assert confidence.upper([0, 0], [0, 300], 0.05)[0] == 1.0
    assert confidence.lower(0, 300, 0.05) == 0.0


def test_how_many_sends_a_proof_takes() -> None:
    needed = confidence.sends_to_prove(0.001, 0.05)
    assert float(confidence.upper(0, needed, 0.05)) <= 0.001 < float(confidence.upper(0, needed - 20, 0.05))
    assert confidence.sends_to_prove(0.001, 0.05, rate=0.0005) > needed
    assert confidence.sends_to_prove(0.001, 0.05, rate=0.001) == math.inf


def test_shares_sum_to_the_whole() -> None:
    assert sum(sharing.of_opening(0.05, k) for k in range(1, 5_000)) == pytest.approx(0.05, rel=1e-3)
    assert sum(sharing.among(0.05, {"a": 1, "b": 3}).values()) == pytest.approx(0.05)
    for wrong in ({}, {"a": 0.0}, {"a": -1.0, "b": 2.0}):
        with pytest.raises(ValueError):
            sharing.among(0.05, wrong)
    with pytest.raises(ValueError):
        sharing.of_opening(0.05, 0)
