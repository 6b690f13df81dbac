"""What may be claimed: uplift where there is some, nothing where the treatment is shuffled."""

import numpy as np
import pytest
from scipy import stats

from relance.dormancy.reactivity import comparison
from relance.dormancy.reactivity.comparison import CLAIMANT, Comparison
from relance.dormancy.reactivity.effort import Effort
from relance.dormancy.reactivity.sample import Sample
from relance.dormancy.reactivity.study import judge
from tests.dormancy.reactivity import people


def shuffled(made: Sample, seed: int) -> Sample:
    treated = np.random.default_rng(seed).permutation(made.treated)
    return Sample(made.features, treated, made.outcome, made.recency)


def declares(found: Comparison) -> bool:
    return judge(True, False, None, found)[0] == "uplift"


def winners(count: int, size: int) -> int:
    """Return how often a shuffled treatment is declared to have an uplift that can be told."""
    made, _ = people.sample(size, seed=3, slope=0.1)
    return sum(declares(comparison.compare(shuffled(made, n), Effort(5, 1, 200, n))) for n in range(count))


def at_most_one_in_twenty(found: int, count: int) -> bool:
    """Tell whether so many winners are likely enough (1 %) where one in twenty is."""
    return found <= int(stats.binom.ppf(0.99, count, 0.05))


@pytest.mark.slow
def test_a_shuffled_treatment_has_no_winner() -> None:
    assert at_most_one_in_twenty(winners(100, 600), 100)


@pytest.mark.long
def test_a_treatment_shuffled_a_thousand_times_has_at_most_one_winner_in_twenty() -> None:
    assert winners(1000, 1200) <= 50


def test_uplift_is_declared_where_it_is() -> None:
    made, _ = people.sample(6000, seed=11, base=0.4, slope=0.15)
    found = comparison.compare(made, Effort(5, 2, 200, 1))
    assert declares(found)
    assert found.qini["two_model"].value > found.qini["response"].value
    assert abs(found.qini["recency"].value) < found.qini[CLAIMANT].low


def test_an_effect_that_is_the_same_for_all_is_no_uplift_to_tell() -> None:
    made, _ = people.sample(6000, seed=12, effect=0.1)
    reasons = judge(True, False, None, comparison.compare(made, Effort(5, 1, 200, 1)))[1]
    assert "not_above_response" in reasons or "not_above_random" in reasons


def test_a_response_that_follows_the_effect_leaves_nothing_to_claim() -> None:
    random = np.random.default_rng(4)
    features = random.normal(size=(6000, 3))
    treated = random.random(6000) < 0.5
    chance = 0.15 + 0.1 * np.tanh(features[:, 0]) * (1 + treated) / 2 + 0.05 * treated
    made = Sample(features, treated, (random.random(6000) < chance).astype(float))
    found = comparison.compare(made, Effort(5, 2, 200, 1))
    assert found.qini[CLAIMANT].above_zero
    assert judge(True, False, None, found) == ("no_evidence", ["not_above_response"])


def test_the_same_seed_gives_the_same_answer() -> None:
    made, _ = people.sample(800, seed=5)
    once, again = (comparison.compare(made, Effort(3, 2, 100, 9)) for _ in range(2))
    assert once.qini == again.qini
    assert comparison.compare(made, Effort(3, 2, 100, 10)).qini != once.qini


def learned(size: int, seed: int, slope: float) -> tuple[Comparison, float, float]:
    """Return a comparison, and the mean true Qini, on all people to come, of the models its kind of training gives."""
    made, _ = people.sample(size, seed=seed, slope=slope)
    found = comparison.compare(made, Effort(5, 1, 200, seed))
    return found, *truth(size, slope)


_known: dict[tuple[int, float], tuple[float, float]] = {}


def truth(size: int, slope: float) -> tuple[float, float]:
    """Return the true mean Qini of the claimant, and its mean difference from the response model, when trained on four fifths."""
    if (size, slope) not in _known:
        to_come, true = people.sample(50_000, seed=999, slope=slope)
        pairs = []
        for seed in range(5000, 5060):
            models = comparison.learners.fit(people.sample(size * 4 // 5, seed=seed, slope=slope)[0]).learners()
            pairs.append(
                [people.qini_of(models[name].predict(to_come.features), true) for name in (CLAIMANT, "response")]
            )
        mine, rival = np.mean(pairs, axis=0)
        _known[size, slope] = float(mine), float(mine - rival)
    return _known[size, slope]


@pytest.mark.long
@pytest.mark.parametrize("slope", [0.0, 0.05, 0.15])
@pytest.mark.parametrize("size", [1500, 4000])
def test_intervals_of_learners_hold_the_truth(size: int, slope: float) -> None:
    mine = rival = 0
    for seed in range(400):
        found, qini, gap = learned(size, seed, slope)
        mine += found.qini[CLAIMANT].low <= qini <= found.qini[CLAIMANT].high
        rival += found.minus_response[CLAIMANT].low <= gap <= found.minus_response[CLAIMANT].high
    assert min(mine, rival) / 400 >= 0.94 - 0.012, "94 % less one standard error of the simulation"
