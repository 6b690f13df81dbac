import numpy as np
import pytest

from relance.dormancy.lifetime import bg_nbd, fitting, holdout
from relance.dormancy.lifetime.histogram import Histogram, counted
from tests.dormancy.lifetime import simulating


def held(bought: np.ndarray, h: Histogram) -> holdout.Heldout:
    return holdout.Heldout(h, bought, 30.0, np.array([10.0, 30.0]), np.array([1.0, bought @ h.customers]))


def test_a_model_that_ranks_worse_than_recency_is_refused() -> None:
    h = simulating.bg_nbd(2_000, seed=7)
    fit = fitting.fit(bg_nbd, h)
    silence = h.T - h.t_x
    bought = (silence < np.median(silence)).astype(float) * np.where(
        h.x > 2, 0, 1
    )  # the latest buy, the frequent do not
    assert holdout.refused(holdout.measured(fit, held(bought, h))) == "worse_than_recency"


def test_a_model_that_ranks_like_recency_is_accepted_and_it_is_said() -> None:
    h = simulating.bg_nbd(2_000, seed=8)
    bought = np.random.default_rng(8).integers(0, 2, h.x.size).astype(float)  # by chance
    measures = holdout.measured(fitting.fit(bg_nbd, h), held(bought, h))
    assert measures is not None
    assert (holdout.refused(measures), holdout.beside_recency(measures)) == ("", "no_better_than_recency")


def test_only_the_auc_decides() -> None:
    def gap(low: float, high: float) -> dict:
        return {"difference": {"low": low, "high": high}}

    others = {"captured": gap(-0.2, -0.1), "spearman": gap(0.1, 0.2)}
    verdicts = [holdout.beside_recency({**others, "auc": gap(*at)}) for at in ((-0.2, -0.1), (-0.1, 0.1), (0.1, 0.2))]
    assert verdicts == ["worse_than_recency", "no_better_than_recency", "better_than_recency"]


def test_purchases_that_follow_the_model_are_recognised() -> None:
    h = simulating.bg_nbd(4_000, seed=9)
    fit = fitting.fit(bg_nbd, h)
    bought = np.random.default_rng(9).poisson(bg_nbd.expected_given(fit.theta, 30.0, h.x, h.t_x, h.T)).astype(float)
    measures = holdout.measured(fit, held(bought, h))
    assert measures is not None
    assert (holdout.refused(measures), holdout.beside_recency(measures)) == ("", "better_than_recency")
    assert measures["predicted"] == pytest.approx(measures["actual"], rel=0.1)
    assert sum(row["customers"] for row in measures["by_frequency"]) == 4_000


def refusals_of_true_and_shuffled(customers: int, runs: int) -> tuple[float, float]:
    """Return how often the true model is refused, and how often one that deals its expectations out at random."""
    refused = np.zeros(2)
    for seed in range(runs):
        h, bought = simulating.later(customers, seed)
        fit = fitting.fit(bg_nbd, counted(h.x, h.t_x, h.T))
        expected = bg_nbd.expected_given(fit.theta, 40.0, h.x, h.t_x, h.T)
        dealt = np.random.default_rng(seed).permutation(expected)
        for n, score in enumerate((expected, dealt)):
            ranked = holdout.ranked(score, h.t_x - h.T, bought, h.customers)
            refused[n] += holdout.refused(ranked) == "worse_than_recency"
    return tuple(refused / runs)


def test_the_true_model_is_kept_and_a_shuffled_one_refused() -> None:
    assert refusals_of_true_and_shuffled(800, runs=5) == (0.0, 1.0)


@pytest.mark.long
@pytest.mark.parametrize(("customers", "runs"), [(300, 300), (1_000, 300), (4_000, 100)])
def test_the_true_model_is_refused_in_at_most_one_in_twenty(customers: int, runs: int) -> None:
    true, shuffled = refusals_of_true_and_shuffled(customers, runs)
    assert true <= 0.05
    assert shuffled >= 0.95


@pytest.mark.parametrize("bought", [0.0, 1.0])
def test_a_period_in_which_all_did_the_same_verifies_nothing(bought: float) -> None:
    h = simulating.bg_nbd(500, seed=10)
    assert (
        holdout.refused(holdout.measured(fitting.fit(bg_nbd, h), held(np.full(h.x.size, bought), h))) == "not_verified"
    )


def test_auc_counts_pairs_and_ties_by_half() -> None:
    score, bought = np.array([3.0, 2.0, 2.0, 1.0]), np.array([1.0, 1.0, 0.0, 0.0])
    found = holdout.ranked(score, np.zeros(4), bought, np.ones(4))
    assert found["auc"]["model"] == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert found["auc"]["recency"] == pytest.approx(0.5)


def scored(random: np.random.Generator, customers: int, shift: float) -> tuple[np.ndarray, ...]:
    """Return a score, a worse one, and purchases that both speak of."""
    one, other = random.normal(size=(2, customers))
    chance = 1 / (1 + np.exp(-(one + other + shift)))
    return one + 0.7 * other, one, random.poisson(chance).astype(float)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("customers", "shift", "runs"),
    [(100, -3.0, 150), *(pytest.param(*case, 600, marks=pytest.mark.long) for case in [(100, -3.0), (200, -1.0), (1_000, -4.0)])],
)  # fmt: skip
def test_the_difference_from_recency_is_covered(customers: int, shift: float, runs: int) -> None:
    """By percentiles alone, with eight buyers, 92.5, 91.0 and 87.5 % were."""
    random = np.random.default_rng(2)
    truth = _truth(*scored(random, 300_000, shift))
    held = dict.fromkeys(truth, 0)
    for _ in range(runs):
        found = holdout.ranked(*scored(random, customers, shift), np.ones(customers))
        for name, true in truth.items():
            held[name] += found[name]["difference"]["low"] <= true <= found[name]["difference"]["high"]
    assert min(held.values()) / runs >= 0.94 - 2.8 * np.sqrt(0.94 * 0.06 / runs)


def _truth(score: np.ndarray, worse: np.ndarray, bought: np.ndarray) -> dict[str, float]:
    """Return the difference of each measure over very many customers."""
    measures = {"auc": holdout._auc_of, "captured": holdout._captured_of, "spearman": holdout.spearman_of}
    ones = np.ones(len(score))
    return {name: of(score, bought)(ones) - of(worse, bought)(ones) for name, of in measures.items()}
