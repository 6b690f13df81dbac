"""AUC, calibration, Brier: against definitions written out, and intervals against known truth."""

import numpy as np
import pytest
from scipy import special, stats
from sklearn.metrics import roc_auc_score

from relance.core.errors import InputError
from relance.dormancy import discrimination


def drawn(random: np.random.Generator, people: int) -> tuple[np.ndarray, ...]:
    """Return outcomes and two scores that both know something, one more than the other."""
    return scored(random, people, -0.5)[:3]


def test_the_area_counts_pairs_with_ties_as_halves() -> None:
    outcomes, scores, _ = drawn(np.random.default_rng(1), 300)
    rounded = scores.round(0)
    assert discrimination.auc(outcomes, rounded).value == pytest.approx(roc_auc_score(outcomes, rounded), abs=1e-12)


def test_the_variance_is_delongs_written_out_pair_by_pair() -> None:
    outcomes, first, second = (values.round(1) for values in drawn(np.random.default_rng(2), 120))
    above, below = outcomes > 0, outcomes == 0

    def placed(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        wins = np.sign(scores[above][:, None] - scores[below][None, :]) / 2 + 0.5
        return wins.mean(axis=1), wins.mean(axis=0)

    (a1, b1), (a2, b2) = placed(first), placed(second)
    variance = (a1 - a2).var(ddof=1) / above.sum() + (b1 - b2).var(ddof=1) / below.sum()
    found = discrimination.auc_difference(outcomes, first, second)
    assert found.value == pytest.approx(a1.mean() - a2.mean(), abs=1e-12)
    assert (found.high - found.low) / 2 == pytest.approx(stats.norm.ppf(0.975) * np.sqrt(variance), rel=1e-9)


def test_a_score_against_itself_differs_by_nothing() -> None:
    outcomes, scores, _ = drawn(np.random.default_rng(3), 100)
    found = discrimination.auc_difference(outcomes, scores, scores)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_true_probabilities_have_slope_one_and_doubled_logits_a_half() -> None:
    random = np.random.default_rng(4)
    logit = random.normal(size=40_000)
    outcomes = (random.uniform(size=logit.size) < special.expit(logit)).astype(float)
    true = discrimination.calibration(outcomes, special.expit(logit))
    assert true.slope.low < 1 < true.slope.high
    assert true.intercept.low < 0 < true.intercept.high
    assert true.ratio.low < 1 < true.ratio.high
    assert discrimination.calibration(outcomes, special.expit(2 * logit)).slope.value == pytest.approx(0.5, abs=0.02)
    assert discrimination.calibration(outcomes, special.expit(logit + 1)).intercept.value == pytest.approx(-1, abs=0.05)


def test_brier_and_bins_are_what_they_say() -> None:
    outcomes, said = np.array([0.0, 1, 1, 0, 1]), np.array([0.1, 0.9, 0.9, 0.1, 0.9])
    assert discrimination.brier(outcomes, said).value == pytest.approx(0.01)
    low, high = discrimination.reliability(outcomes, said)
    assert (low.people, low.said, low.seen.value) == (2, pytest.approx(0.1), 0)
    assert (high.people, high.said, high.seen.value) == (3, pytest.approx(0.9), 1)


def test_the_exact_interval_as_published() -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 857: 81 of 263 gives 0.2527 to 0.3676; 0 of 20 up to 0.1684."""
    found = discrimination.exact(81, 263)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2527, 0.3676)
    assert round(discrimination.exact(0, 20).high, 4) == 0.1684


@pytest.mark.parametrize("outcomes", [np.zeros(50), np.ones(50)])
def test_outcomes_all_alike_are_refused(outcomes: np.ndarray) -> None:
    with pytest.raises(InputError, match="Fewer than two people"):
        discrimination.auc(outcomes, np.arange(50.0))


def test_separated_outcomes_have_no_regression() -> None:
    x = np.arange(60.0)
    with pytest.raises(InputError, match="No logistic regression fits"):
        discrimination.logistic(np.column_stack([np.ones(60), x]), (x > 30).astype(float))


def held_shares(people: int, shift: float, runs: int) -> np.ndarray:
    """Return how often each interval held the truth: area, difference of areas, slope, ratio."""
    outcomes, first, second, _ = scored(np.random.default_rng(10), 400_000, shift)
    area, rival = roc_auc_score(outcomes, first), roc_auc_score(outcomes, second)
    random, held = np.random.default_rng(people), np.zeros(4)
    for _ in range(runs):
        outcomes, first, second, truth = scored(random, people, shift)
        calibrated = discrimination.calibration(outcomes, truth)
        found = (discrimination.auc(outcomes, first), discrimination.auc_difference(outcomes, first, second))
        figures = (*found, calibrated.slope, calibrated.ratio)
        held += [f.low <= t <= f.high for f, t in zip(figures, (area, area - rival, 1.0, 1.0), strict=True)]
    return held / runs


def scored(random: np.random.Generator, size: int, shift: float) -> tuple[np.ndarray, ...]:
    """Return outcomes, a better and a worse score, and the true probability."""
    known, more = random.normal(size=(2, size))
    truth = special.expit(known + more + shift)
    return (random.uniform(size=size) < truth).astype(float), known + 0.7 * more, known, truth


@pytest.mark.slow
@pytest.mark.parametrize(("people", "shift"), [(200, 0.0), (400, -1.5)])
def test_intervals_hold_the_truth_as_often_as_they_say(people: int, shift: float) -> None:
    """Never below 94 %, but for the noise of 500 runs (two deviations: 2 points)."""
    held = held_shares(people, shift, runs=500)
    assert (held >= 0.92).all(), held


@pytest.mark.long
@pytest.mark.parametrize("people", [150, 300, 1000, 3000])
@pytest.mark.parametrize("shift", [-2.0, 0.0, 2.0])
def test_coverage_on_the_grid_of_sizes_and_rates(people: int, shift: float) -> None:
    """Bases of 150 to 3,000 people, shares of 17 to 83 %: never below 94 %, but for the noise of 4,000 runs (0.7 points)."""
    held = held_shares(people, shift, runs=4000)
    assert (held >= 0.933).all(), held
