"""The smallest effect against published sample sizes and against the test it speaks of."""

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from relance.contacts.models import Contact
from relance.core.durations import Duration
from relance.core.errors import InputError
from relance.events import hot
from relance.intake import sources
from relance.measurement import conclusions, intervals, power


def test_fifty_against_seventy_five_percent_takes_58_people_an_arm() -> None:
    """The usual textbook case: 57.7 people an arm without continuity correction."""
    assert power.smallest_effect(57, 57, 0.5) > 0.25 > power.smallest_effect(58, 58, 0.5)  # type: ignore[operator]


def test_the_score_interval_finds_the_smallest_effect_four_times_in_five() -> None:
    effect = power.smallest_effect(9000, 1000, 0.03)
    assert effect is not None
    random = np.random.default_rng(3)
    low, _ = intervals.score_limits(
        random.binomial(9000, 0.03 + effect, 4000), 9000, random.binomial(1000, 0.03, 4000), 1000
    )
    assert (low > 0).mean() == pytest.approx(0.8, abs=0.03)


def test_a_larger_control_group_shows_smaller_effects() -> None:
    effects = [power.smallest_effect(2000 - control, control, 0.02) or 1.0 for control in (100, 200, 1000)]
    assert effects == sorted(effects, reverse=True)


def test_a_handful_of_people_shows_nothing() -> None:
    assert power.smallest_effect(2, 1, 0.5) is None
    assert power.smallest_effect(100, 0, 0.1) is None


def test_a_percentage_given_as_a_rate_is_refused() -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        power.smallest_effect(100, 10, 2)


def test_before_launch_the_smallest_effect_is_said() -> None:
    enough = power.Sensitivity(4_500, 500, 0.02, power.smallest_effect(4_500, 500, 0.02))
    too_few = power.Sensitivity(2, 1, 0.5, power.smallest_effect(2, 1, 0.5))
    assert "a rise of +2.44\u202fpts or more shows four times in five" in conclusions.before_launch(enough, "en")
    assert "si 2,0\u202f% reviennent d’elles-mêmes" in conclusions.before_launch(enough, "fr")
    assert "too few" in conclusions.before_launch(too_few, "en")


def test_only_buyers_who_had_been_silent_count_as_returning(db: None, now: datetime) -> None:
    anna, boris, chloe = (
        Contact.objects.create(first_name=n, first_seen_at=now - timedelta(900)).pk for n in ("Anna", "Boris", "Chloe")
    )
    shop = sources.source_id("shop", now)
    orders = [
        (anna, 500),
        (anna, 10),
        (boris, 500),
        (chloe, 60),
        (chloe, 5),
    ]  # days ago; Chloe was not silent for a year
    hot.insert(
        hot.NewEvent(person, shop, "order_placed", now - timedelta(days), Decimal(10), reference=f"{person}-{days}")
        for person, days in orders
    )
    assert power.returning(now, silent=Duration(12, "month"), within=Duration(30, "day")) == (1, 2)


def test_at_a_base_rate_of_nothing_an_effect_is_more_than_nothing() -> None:
    found = power.smallest_effect(900, 100, 0.0)
    assert found is not None
    assert found > 0.01
