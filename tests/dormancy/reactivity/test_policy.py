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
@pytest.mark.parametrize("world", sorted(set(WORLDS) - {"none"}))
def test_it_is_never_far_below_the_best_of_the_simple_ones(world: str) -> None:
    found = net(world, 20, 12_000)
    best = max(found[name] for name in ("everybody", "nobody", "recency"))
    assert found["relance"] >= best - 0.1 * (found["oracle"] - best) - 2.0, found


@pytest.mark.long
def test_where_no_message_moves_anybody_it_claims_nothing_and_a_guess_costs_less_than_half_of_mailing_everybody() -> (
    None
):
    """The choice is left open then; who goes by the difference shown, mere noise, mails everybody in fewer than half of the cases."""
    found = [policies.compared(WORLDS["none"], people=12_000, seed=seed) for seed in range(20)]
    assert {one.verdict for one in found} == {"no_evidence"}
    guessed, everybody = (np.mean([one.net[name] for one in found]) for name in ("relance", "everybody"))
    assert 0 >= guessed > everybody / 2


@pytest.mark.long
def test_it_wins_where_people_differ() -> None:
    found = net("mixed", 20, 12_000)
    best = max(found[name] for name in ("everybody", "nobody", "recency"))
    assert found["relance"] > best + 0.3 * (found["oracle"] - best), found
