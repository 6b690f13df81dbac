"""The kinds as data: words in both languages, journeys that exist and begin with the kind's own people."""

import pytest

from relance.dormancy.kinds import FUNNEL, KINDS, REASONS, Kind
from relance.journeys import library


def test_each_is_a_segment_with_words_in_both_languages(db: None) -> None:
    for one in (*KINDS, *FUNNEL, *REASONS):
        assert one.path.rpartition("/")[2] == one.segment
        for words in (one.title, one.description):
            assert set(words) == {"en", "fr"}
            assert all(words.values())
        assert one.condition


@pytest.mark.parametrize("one", KINDS, ids=lambda one: one.code)
def test_each_says_what_not_to_do(one: Kind) -> None:
    assert all(text.endswith(".") for text in one.avoid.values())
    assert "'" not in one.avoid["fr"]


def test_recommended_journeys_exist_and_all_kinds_that_may_be_relaunched_have_one(db: None) -> None:
    shipped = {one.name: one.journey.entry.segment for one in library.recipes()}
    assert {name for one in KINDS for name in one.recipes} <= set(shipped)
    assert {one.code for one in KINDS if not one.recipes} == {"unreachable", "out_of_target", "put_to_sleep"}
    own = {one.code for one in KINDS if one.recipes and shipped[one.recipes[0]] == one.segment}
    assert own == {"false_inactives", "formerly_valuable", "users", "ex_buyers", "newsletter_ghosts", "never_bought"}


def test_false_inactives_have_two_journeys(db: None) -> None:
    two = next(one for one in KINDS if one.code == "false_inactives").recipes
    assert set(two) == {"store-buyers", "ask-once-more"}
    entries = {one.name: one.journey.entry.segment for one in library.recipes()}
    assert {entries[name] for name in two} == {"false-inactives"}
