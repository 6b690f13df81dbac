"""The plan of a ramp: youngest silence first, within each provider's allowance, everybody once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance.eligibility.breaker import confidence
from relance.eligibility.ramp import bands, plan

START = date(2026, 9, 8)
COUNTS = st.dictionaries(st.sampled_from(["gmail", "orange", "other"]), st.integers(0, 5000), max_size=3)


def made(
    people: plan.People, *, canary: int = 300, limit: float = 0.016, allowance: dict[str, int] | None = None
) -> plan.Plan:
    return plan.work_out(
        people, START, canary=canary, limit=limit, answered_in=timedelta(hours=30), allowance=allowance or {}
    )


@given(
    people=st.dictionaries(st.sampled_from([band.key for band in bands.BANDS]), COUNTS, max_size=4),
    canary=st.integers(1, 900),
)
def test_everybody_is_in_one_step_and_each_band_begins_with_its_canary(people: plan.People, canary: int) -> None:
    found = made(people, canary=canary)
    assert found.people == sum(sum(counts.values()) for counts in people.values())
    order = [step.band.from_days for step in found.steps]
    assert order == sorted(order)
    for key, counts in people.items():
        own = [step for step in found.steps if step.band.key == key]
        assert [step.canary for step in own] == [True] + [False] * (len(own) - 1) if sum(counts.values()) else not own
        assert all(step.people <= max(canary, 1) for step in own[:1])


@given(counts=COUNTS.filter(lambda counts: sum(counts.values()) > 0), room=st.integers(1, 400))
def test_no_provider_gets_more_than_its_allowance_of_the_day(counts: dict[str, int], room: int) -> None:
    found = made({"under_6_months": counts}, canary=5000, allowance=dict.fromkeys(counts, room))
    for step in found.steps:
        grown = room * plan.USUAL_GROWTH ** (step.day - START).days
        assert all(count <= max(grown, 1) for count in step.providers.values())


def test_a_step_waits_until_the_one_before_is_answered() -> None:
    found = made({"under_6_months": {"gmail": 4000}}, allowance={"gmail": 10_000})
    days = [(step.day - START).days for step in found.steps]
    assert days == [2 * n for n in range(len(days))]  # 30 hours: two days


def test_a_step_is_proved_only_where_clean_sends_before_it_suffice() -> None:
    found = made({"under_6_months": {"gmail": 4000}}, canary=100, allowance={"gmail": 10_000})
    assert [step.proved for step in found.steps] == [step.before >= found.sends_to_prove for step in found.steps]
    assert found.on_trust == sum(step.people for step in found.steps if 0 < step.before < found.sends_to_prove)
    assert found.sends_to_prove == pytest.approx(confidence.sends_to_prove(0.016, plan.PROVED_AT))


def test_providers_share_a_step_by_their_size() -> None:
    step = made(
        {"under_6_months": {"gmail": 8000, "orange": 2000}}, allowance={"gmail": 10_000, "orange": 10_000}
    ).steps[0]
    assert step.providers == {"gmail": 240, "orange": 60}


def test_a_band_begins_by_what_the_one_before_it_proved_and_only_the_first_by_the_approval() -> None:
    found = made({"under_6_months": {"gmail": 4000}, "over_24_months": {"gmail": 500}}, allowance={"gmail": 10_000})
    later = next(step for step in found.steps if step.band.key == "over_24_months")
    assert (later.canary, later.approved, later.proved) == (True, False, True)
    assert [step.number for step in found.steps if step.approved] == [1]


@pytest.mark.parametrize(
    ("youngest", "oldest", "english", "french"),
    [
        ("under_6_months", "12_to_24_months", "silent for less than 24 months", "silence de moins de 24 mois"),
        ("6_to_12_months", "6_to_12_months", "silent for 6 to 12 months", "silence de 6 à 12 mois"),
        ("12_to_24_months", "over_24_months", "silent for over 12 months, or unknown", "silence de plus de 12 mois, ou inconnu"),
        ("under_6_months", "over_24_months", "silent for any time, or unknown", "silence de toute durée, ou inconnu"),
    ],
)  # fmt: skip
def test_bands_taken_together_are_told_by_their_whole_silence(
    youngest: str, oldest: str, english: str, french: str
) -> None:
    assert (bands.between(youngest, oldest, "en"), bands.between(youngest, oldest, "fr")) == (english, french)
