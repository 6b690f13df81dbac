"""What a virtual day does without: only what nobody reads that night."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from relance import rules
from relance.journeys import conditions
from relance.rehearsal import rates, rehearse

START = datetime(2026, 7, 27, 6, tzinfo=UTC)
OPTIONS = rehearse.Options("wake", START, 75, rates.load())


def done(day: int, *, entering: bool, asked: bool = False, **changes: bool) -> set[str]:
    """Return which of the stages that read or write standings a day runs."""
    skipped = rehearse._left_out(replace(OPTIONS, **changes), day, entering=entering, asked=asked)
    return {"flush", "score", "segments", "enter"} - skipped


def test_while_somebody_may_enter_every_night_is_scored_but_the_first_which_just_was() -> None:
    assert done(0, entering=True) == {"segments", "enter"}
    assert all(done(day, entering=True) >= {"score", "segments", "enter"} for day in range(1, 31))
    assert [day for day in range(31) if "flush" in done(day, entering=True)] == [24]


def test_once_nobody_enters_only_the_last_night_is_scored() -> None:
    assert [day for day in range(31, 76) if done(day, entering=False)] == [75]
    assert done(75, entering=False) == {"score"}


def test_with_the_shops_own_mails_the_same_nights_are_scored_with_the_journey_as_without() -> None:
    for day in range(76):
        sides = [done(day, entering=day <= 30, promotions=True, launched=launched) for launched in (True, False)]
        assert len({"score" in side for side in sides}) == 1
        assert "enter" not in sides[1]
    assert [day for day in range(31, 76) if done(day, entering=False, promotions=True)] == [35, 42, 49, 56, 63, 70, 75]


def test_states_that_a_branch_asks_for_are_those_of_the_night() -> None:
    assert all(done(day, entering=False, asked=True) >= {"score"} for day in range(31, 75))


@pytest.mark.parametrize(
    ("written", "asks"),
    [
        ({"state": ["dormant", "very_dormant"]}, True),
        ({"not": {"value_band": "high"}}, True),
        ({"any": [{"clicked": "hello"}, {"orders": {"gte": 2}}]}, True),
        ({"event": "state_changed", "within": "7 days"}, True),
        ({"clicked": "hello"}, False),
        ({"country": "FR"}, False),
        ({"event": "order_placed", "within": "30 days"}, False),
    ],
)
def test_a_condition_tells_whether_it_asks_for_what_scoring_says(
    written: dict[str, object], *, asks: bool, db: None
) -> None:
    condition: rules.Condition = conditions.read(written)
    assert conditions.reads_scores(condition) is asks
