"""The whole policy (whom to mail, whom to leave) against the simple ones, on simulated people whose every answer is known."""

import numpy as np
import pytest

from tests.dormancy.reactivity import policies
from tests.dormancy.reactivity.policies import WORLDS


def net(world: str, trials: int, people: int) -> dict[str, float]:
    """Return the mean net result per thousand people of each policy, complaints paid."""
    found = [policies.compared(WORLDS[world], people=people, seed=seed) for seed in range(trials)]
    return {name: float(np.mean([one.net[name] for one in found])) for name in found[0].net}


def test_where_some_come_back_and_some_are_put_off_the_policy_beats_all_others() -> None:
    found = net("mixed", 2, 12_000)
    assert found["relance"] > max(found[name] for name in ("everybody", "nobody", "recency"))
    assert found["relance"] <= found["oracle"]


@pytest.mark.long
@pytest.mark.parametrize("world", sorted(WORLDS))
def test_it_is_never_far_below_the_best_of_the_simple_ones(world: str) -> None:
    found = net(world, 20, 12_000)
    best = max(found[name] for name in ("everybody", "nobody", "recency"))
    assert found["relance"] >= best - 0.1 * (found["oracle"] - best) - 2.0, found


@pytest.mark.long
def test_it_wins_where_people_differ() -> None:
    found = net("mixed", 20, 12_000)
    best = max(found[name] for name in ("everybody", "nobody", "recency"))
    assert found["relance"] > best + 0.3 * (found["oracle"] - best), found
