"""Blackouts, windows, how full inboxes are, and how messages come back."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from relance.core.errors import RefusedError
from relance.eligibility.calendar.blackouts import free, joined
from relance.eligibility.calendar.comeback import spread_days
from relance.eligibility.calendar.periods import Period, whole_days
from relance.eligibility.calendar.saturation import levels
from relance.eligibility.calendar.windows import windows
from relance.eligibility.commercial_calendar import (
    blackouts,
    blocked_days,
    blocked_until,
    missing,
    next_window,
    open_windows,
    pause,
    periods,
    saturated,
)
from relance.eligibility.models import CommercialPeriod

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)
STARTS = date(2026, 1, 1)
SPANS = st.lists(st.tuples(st.integers(0, 700), st.integers(0, 40)), max_size=12)


def made(spans: list[tuple[int, int]]) -> list[Period]:
    return [whole_days("sale", STARTS + a * DAY, STARTS + (a + b) * DAY, zone=PARIS, source="") for a, b in spans]


@given(spans=SPANS, lead=st.integers(0, 9), tail=st.integers(0, 9))
def test_joined_blackouts_hold_the_very_days_near_a_period(spans: list[tuple[int, int]], lead: int, tail: int) -> None:
    found = joined(made(spans), lead=lead, tail=tail, zone=PARIS)
    expected = {a + more for a, b in spans for more in range(-lead, b + tail + 1)}
    held = [((b.starts_at.date() - STARTS).days, (b.ends_at.date() - STARTS).days) for b in found]
    assert {day for first, last in held for day in range(first, last)} == expected
    assert all(last < following for (_, last), (following, _) in pairwise(held))


@given(spans=SPANS, days=st.integers(0, 60), hour=st.integers(0, 23))
def test_a_window_holds_the_whole_day_of_every_send_whatever_day_of_it_the_start_is(
    spans: list[tuple[int, int]], days: int, hour: int
) -> None:
    """Against all days one by one: each day from the first possible start to the last fits, and no other does."""
    found = joined(made(spans), lead=3, tail=3, zone=PARIS)
    blocked = {
        (b.starts_at.date() + n * DAY) for b in found for n in range((b.ends_at.date() - b.starts_at.date()).days)
    }
    start = datetime(2026, 1, 10, hour, tzinfo=PARIS)
    seen = list(windows(found, start, start + 400 * DAY, days=days, quiet_from=21))
    good = {
        day
        for n in range(400 - days)
        if (day := start.date() + n * DAY) and not blocked & {day + k * DAY for k in range(days + 1)}
    }
    if hour >= 21:
        good -= {start.date()}
    told = {
        day
        for one in seen
        for n in range(one.spare + 1)
        if (day := one.starts_at.date() + n * DAY) and not (one.starts_at.hour >= 21 and n == 0)
    }
    assert told == {day for day in good if day + days * DAY < (start + 400 * DAY).date()}


def test_a_blackout_is_made_of_whole_local_days_across_a_clock_change() -> None:
    [found] = joined(
        [whole_days("sale", date(2026, 3, 29), date(2026, 3, 29), zone=PARIS, source="")], lead=1, tail=1, zone=PARIS
    )
    assert found.starts_at == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert found.ends_at == datetime(2026, 3, 30, 22, tzinfo=UTC)


def test_the_period_blamed_is_the_one_on_or_the_nearest() -> None:
    early, late = (
        Period(n, date(2026, 1, d), *(datetime(2026, 1, x, tzinfo=UTC) for x in (d, d + 2)), "")
        for n, d in (("a", 5), ("b", 9))
    )
    [found] = joined([early, late], lead=3, tail=3, zone=PARIS)
    named = [found.blamed(datetime(2026, 1, day, tzinfo=UTC)).name for day in (3, 6, 7, 9, 10, 12)]
    assert named == ["a", "a", "a", "b", "b", "b"]


def test_inboxes_fill_before_a_period_and_empty_after_it_and_periods_add_up() -> None:
    half = whole_days("a", date(2026, 1, 10), date(2026, 1, 11), zone=PARIS, source="")
    given_periods = [Period(**{**half.__dict__, "weight": 50}), Period(**{**half.__dict__, "weight": 50, "name": "b"})]
    found = levels(given_periods[:1], date(2026, 1, 5), date(2026, 1, 15), zone=PARIS, shoulders=(3, 3))
    assert list(found.values()) == [0, 0, 12, 25, 38, 50, 50, 38, 25, 12, 0]
    both = levels(given_periods, date(2026, 1, 10), date(2026, 1, 10), zone=PARIS, shoulders=(3, 3))
    assert list(both.values()) == [75]


def test_a_comeback_takes_the_days_its_volume_needs() -> None:
    assert spread_days(0, least=5, daily=5000) == (1, 5)
    assert spread_days(20_000, least=5, daily=5000) == (4, 5)
    assert spread_days(100_001, least=5, daily=5000) == (21, 21)


@pytest.mark.usefixtures("db")
class TestInForce:
    def test_a_reactivation_waits_from_three_days_before_to_three_days_after(self) -> None:
        first, last = datetime(2027, 6, 8, 0, tzinfo=PARIS), datetime(2027, 7, 24, 0, tzinfo=PARIS)
        found = blocked_until("FR", datetime(2027, 6, 25, 12, tzinfo=UTC))
        assert found is not None
        assert (found[0], found[1].name) == (last, "summer_sales")
        assert blocked_until("FR", last - timedelta(seconds=1)) is not None
        assert blocked_until("FR", last) is None
        assert blocked_until("FR", first) is None  # Mother's and Father's Day lie apart with three days
        assert [b.starts_at for b in blackouts("FR", first, last)] == [datetime(2027, 6, 11, tzinfo=PARIS)]

    def test_the_end_of_a_year_is_one_stretch(self) -> None:
        end = datetime(2026, 12, 29, tzinfo=PARIS)
        free_days = [datetime(2026, m, d, 12, tzinfo=UTC) for m, d in ((11, 18), (12, 30))]
        assert [blocked_until("FR", one) for one in free_days] == [None, None]
        for month, day in ((11, 20), (11, 27), (12, 2), (12, 28)):
            found = blocked_until("FR", datetime(2026, month, day, 12, tzinfo=UTC))
            assert found is not None
            assert found[0] == end

    def test_a_window_holds_all_the_sends(self) -> None:
        october = datetime(2026, 10, 1, 9, tzinfo=UTC)
        assert next_window("FR", october, 30) == october
        assert next_window("FR", october, 37) == october  # the last send is on the eve of Singles' Day's blackout
        assert next_window("FR", october, 38) == datetime(2027, 2, 17, 23, tzinfo=UTC)
        gap = datetime(2026, 11, 14, 23, tzinfo=UTC)  # 15 to 19 November are free: five days hold sends four days apart
        assert next_window("FR", datetime(2026, 11, 12, tzinfo=UTC), 4) == gap
        assert next_window("FR", datetime(2026, 11, 12, tzinfo=UTC), 5) == datetime(2027, 2, 17, 23, tzinfo=UTC)

    def test_what_begins_in_the_evening_leaves_the_next_morning(self) -> None:
        assert next_window("FR", datetime(2026, 11, 7, 12, tzinfo=PARIS), 0) == datetime(2026, 11, 7, 12, tzinfo=PARIS)
        assert next_window("FR", datetime(2026, 11, 7, 22, tzinfo=PARIS), 0) == datetime(2026, 11, 15, tzinfo=PARIS)

    def test_a_window_is_free_in_all_the_countries_asked_for(self) -> None:
        [french, *_] = open_windows("FR", datetime(2027, 2, 20, tzinfo=PARIS), 20)
        [both, *_] = open_windows(["FR", "ES"], datetime(2027, 2, 20, tzinfo=PARIS), 20)
        assert french.starts_at == datetime(2027, 2, 20, tzinfo=PARIS)
        assert both.starts_at == datetime(2027, 3, 23, tzinfo=PARIS)  # Spain's fathers are kept on 19 March

    def test_a_window_too_long_for_any_year_is_refused(self) -> None:
        with pytest.raises(RefusedError, match="No 200 days"):
            next_window("FR", datetime(2026, 10, 1, tzinfo=UTC), 200)

    def test_people_come_back_spread_over_days_and_always_on_the_same_one(self) -> None:
        found = pause("FR", datetime(2027, 1, 20, tzinfo=UTC))
        assert found is not None
        backs = [found.day(contact) for contact in range(1000)]
        assert backs == [found.day(contact) for contact in range(1000)]
        per_day = Counter(backs)
        assert sorted(per_day) == [date(2027, 2, 18) + n * DAY for n in range(5)]
        assert all(150 < count < 250 for count in per_day.values())

    def test_many_people_take_more_days(self) -> None:
        found = pause("FR", datetime(2027, 1, 20, tzinfo=UTC), people=60_000)
        assert found is not None
        assert len(found.days()) == 12

    def test_nobody_comes_back_into_the_next_blackout_and_too_many_for_a_gap_overflow_behind_it(self) -> None:
        for day in ("2026-03-02", "2026-03-12"):
            first = datetime.fromisoformat(f"{day} 00:00").replace(tzinfo=PARIS)
            CommercialPeriod.objects.create(country="PL", name=day, starts_at=first, ends_at=first + timedelta(days=2))
        at = datetime(2026, 3, 2, 12, tzinfo=UTC)
        few, many = pause("PL", at), pause("PL", at, people=25_000)
        assert few is not None
        assert many is not None
        assert few.days() == [date(2026, 3, 7), date(2026, 3, 8)]
        assert many.days() == [
            date(2026, 3, 7),
            date(2026, 3, 8),
            date(2026, 3, 17),
            date(2026, 3, 18),
            date(2026, 3, 19),
        ]
        assert few.days(span=timedelta(days=1)) == [date(2026, 3, 7)]
        assert few.days(span=timedelta(days=2))[0] == date(2026, 3, 17)  # its later sends would meet the next blackout

    @pytest.mark.parametrize("margin", [3, 7])
    def test_the_blocked_days_of_2027(self, margin: int, monkeypatch: pytest.MonkeyPatch) -> None:
        changed = settings.RELANCE.model_copy(update={"blackout_lead_days": margin, "blackout_tail_days": margin})
        monkeypatch.setattr(settings, "RELANCE", changed)
        without = {3: 149, 7: 182}[margin]
        assert blocked_days("FR", 2027) == without + 2 * (8 + 2 * margin)  # the likely French Days
        for name, month, first in (("french_days_spring", 4, 28), ("french_days_autumn", 9, 22)):
            at = datetime(2027, month, first, tzinfo=PARIS)
            CommercialPeriod.objects.create(country="FR", name=name, starts_at=at, ends_at=at + timedelta(days=7))
        assert blocked_days("FR", 2027) == without + 2 * (7 + 2 * margin)  # two weeks of them, once announced

    def test_a_department_waits_for_its_own_sales_too(self) -> None:
        at = datetime(2027, 9, 10, 12, tzinfo=UTC)
        assert not blackouts("FR", at, at + DAY)
        assert [b.periods[0].name for b in blackouts("FR", at, at + DAY, "974")] == ["winter_sales"]
        assert blocked_days("FR", 2027, "974") > blocked_days("FR", 2027)

    def test_a_period_may_be_shown_without_blocking(self) -> None:
        at = datetime(2027, 3, 10, tzinfo=PARIS)
        CommercialPeriod.objects.create(
            country="FR", name="fair", starts_at=at, ends_at=at + DAY, blackout=False, weight=30
        )
        assert blocked_until("FR", at) is None
        assert saturated("FR", at.date(), at.date()) == {at.date(): 30}

    def test_french_days_are_shown_where_announced_and_said_to_be_missing_elsewhere(self) -> None:
        spring = [period for period in periods("FR", 2018) if period.name == "french_days_spring"]
        assert [(period.day, period.source) for period in spring] == [
            (date(2018, 4, 27), "franceinfo, April 2018; Phonandroid, May 2021")
        ]
        assert missing("FR", 2018) == missing("FR", 2020) == missing("FR", 2022) == []
        assert missing("FR", 2025) == ["french_days_autumn"]
        assert missing("FR", 2027) == ["french_days_spring", "french_days_autumn"]
        assert missing("BE", 2027) == []

    def test_likely_french_days_block_until_the_announced_ones_take_their_place(self) -> None:
        likely, announced = datetime(2027, 4, 25, 12, tzinfo=PARIS), datetime(2027, 5, 7, 12, tzinfo=PARIS)
        assert blocked_until("FR", likely) is not None
        assert blocked_until("FR", announced + 2 * DAY) is None
        start = datetime(2027, 5, 5, tzinfo=PARIS)
        CommercialPeriod.objects.create(
            country="FR", name="french_days_spring", starts_at=start, ends_at=start + 7 * DAY
        )
        assert blocked_until("FR", likely) is None
        assert blocked_until("FR", announced + 2 * DAY) is not None
        assert missing("FR", 2027) == ["french_days_autumn"]

    def test_likely_french_days_may_be_cancelled(self) -> None:
        at = datetime(2027, 1, 1, tzinfo=PARIS)
        CommercialPeriod.objects.create(
            country="FR", name="french_days_spring", starts_at=at, ends_at=at, cancelled=True
        )
        assert missing("FR", 2027) == ["french_days_autumn"]
        assert blocked_until("FR", datetime(2027, 4, 25, 12, tzinfo=PARIS)) is None

    def test_black_friday_is_the_fullest_week_and_a_quiet_month_is_empty(self) -> None:
        year = saturated("FR", date(2027, 1, 1), date(2027, 12, 31))
        assert len(year) == 365
        assert {day for day, level in year.items() if level == max(year.values())} >= {date(2027, 11, 26)}
        assert all(year[date(2027, 8, day)] == 0 for day in range(1, 32))

    def test_a_free_stretch_begins_where_a_blackout_ends(self) -> None:
        start, end = datetime(2027, 6, 1, tzinfo=PARIS), datetime(2027, 9, 1, tzinfo=PARIS)
        found = list(free(blackouts("FR", start, end), start, end))
        assert [one.starts_at.date() for one in found] == [date(2027, 6, 3), date(2027, 7, 24)]
