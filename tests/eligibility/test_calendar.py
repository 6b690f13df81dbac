"""Commercial periods of France, what people change of them, and when reactivations wait."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from relance.core.errors import DefinitionError, RefusedError
from relance.core.models import AuditEntry
from relance.eligibility import calendar_file, french_periods
from relance.eligibility.commercial_calendar import (
    Pause,
    blackouts,
    blocked_days,
    blocked_until,
    joined,
    missing,
    next_window,
    pause,
    periods,
)
from relance.eligibility.french_periods import Period, in_france, whole_days
from relance.eligibility.models import CommercialPeriod

PARIS = ZoneInfo("Europe/Paris")


def days_of(year: int, name: str) -> list[date]:
    return [period.day for period in in_france(year) if period.name == name]


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("winter_sales", date(2026, 1, 7)),
        ("winter_sales", date(2027, 1, 6)),
        ("winter_sales", date(2028, 1, 12)),
        ("summer_sales", date(2026, 6, 24)),
        ("summer_sales", date(2027, 6, 23)),
        ("summer_sales", date(2028, 6, 28)),
        ("black_friday", date(2026, 11, 27)),
        ("cyber_monday", date(2026, 11, 30)),
        ("black_friday", date(2029, 11, 23)),  # November starts on a Thursday
        ("singles_day", date(2027, 11, 11)),
        ("mothers_day", date(2026, 5, 31)),
        ("mothers_day", date(2023, 6, 4)),  # 28 May 2023 is Pentecost
        ("mothers_day", date(2020, 6, 7)),  # and so is 31 May 2020
        ("fathers_day", date(2026, 6, 21)),
        ("valentines_day", date(2028, 2, 14)),
        ("christmas", date(2028, 12, 25)),
    ],
)
def test_a_period_is_known_by_its_day(name: str, day: date) -> None:
    assert days_of(day.year, name) == [day]


@pytest.mark.parametrize("year", range(2020, 2031))
def test_the_sales_start_as_the_decree_says(year: int) -> None:
    """Told the other way round: the one Wednesday from 6 to 12 January, and from 22 to 28 June."""
    winter = [date(year, 1, day) for day in range(6, 13) if date(year, 1, day).isoweekday() == 3]
    summer = [date(year, 6, day) for day in range(22, 29) if date(year, 6, day).isoweekday() == 3]
    assert (days_of(year, "winter_sales"), days_of(year, "summer_sales")) == (winter, summer)


def test_the_sales_last_four_weeks_from_eight_in_the_morning() -> None:
    winter, *_ = in_france(2027)
    assert winter.starts_at == datetime(2027, 1, 6, 7, tzinfo=UTC)
    assert winter.ends_at == datetime(2027, 2, 2, 23, tzinfo=UTC)  # the last day is Tuesday 2 February


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        (2000, 4, 23),
        (2008, 3, 23),
        (2019, 4, 21),
        (2024, 3, 31),
        (2025, 4, 20),
        (2026, 4, 5),
        (2038, 4, 25),
        (2285, 3, 22),
    ],
)
def test_easter(year: int, month: int, day: int) -> None:
    assert french_periods.easter(year) == date(year, month, day)


@given(st.integers(1970, 9000))
def test_every_year_has_its_periods_in_order(year: int) -> None:
    found = [period for period in in_france(year) if period.name not in french_periods.ANNOUNCED]
    assert {period.name for period in found} == set(french_periods.LABELS) - set(french_periods.ANNOUNCED)
    assert all(period.starts_at.date() <= period.day <= period.ends_at.date() for period in found)
    assert all(period.day.year == period.starts_at.year == year for period in found)
    assert found == sorted(found, key=lambda period: period.starts_at)


WINDOWS = st.lists(st.tuples(st.integers(0, 700), st.integers(0, 40)), max_size=12)


@given(windows=WINDOWS, lead=st.integers(0, 9), tail=st.integers(0, 9))
def test_joined_blackouts_hold_the_very_days_near_a_period(
    windows: list[tuple[int, int]], lead: int, tail: int
) -> None:
    start = date(2026, 1, 1)
    given_periods = [
        whole_days("sale", start + timedelta(days=a), start + timedelta(days=a + b), zone=PARIS, source="")
        for a, b in windows
    ]
    found = joined(given_periods, lead=lead, tail=tail, zone=PARIS)
    expected = {a + more for a, b in windows for more in range(-lead, b + tail + 1)}
    spans = [((b.starts_at.date() - start).days, (b.ends_at.date() - start).days) for b in found]
    assert {day for first, last in spans for day in range(first, last)} == expected
    assert all(last < following for (_, last), (following, _) in pairwise(spans))


def test_a_blackout_is_made_of_whole_local_days_across_a_clock_change() -> None:
    [found] = joined(
        [whole_days("sale", date(2026, 3, 29), date(2026, 3, 29), zone=PARIS, source="")], lead=1, tail=1, zone=PARIS
    )
    assert found.starts_at == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert found.ends_at == datetime(2026, 3, 30, 22, tzinfo=UTC)


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
        assert [
            blocked_until("FR", datetime(2026, m, d, 12, tzinfo=UTC)) is not None for m, d in ((11, 18), (12, 30))
        ] == [False] * 2
        for month, day in ((11, 20), (11, 27), (12, 2), (12, 28)):
            found = blocked_until("FR", datetime(2026, month, day, 12, tzinfo=UTC))
            assert found is not None
            assert found[0] == end

    def test_a_window_holds_all_its_days(self) -> None:
        october = datetime(2026, 10, 1, 9, tzinfo=UTC)
        assert next_window("FR", october, 30) == october
        assert next_window("FR", october, 37) == october  # Singles' Day stops reactivations from 8 November
        assert next_window("FR", october, 38) == datetime(2027, 2, 17, 23, tzinfo=UTC)
        assert next_window("FR", datetime(2026, 11, 12, tzinfo=UTC), 5) == datetime(2026, 11, 14, 23, tzinfo=UTC)

    def test_a_window_too_long_for_any_year_is_refused(self) -> None:
        with pytest.raises(RefusedError, match="No 200 days"):
            next_window("FR", datetime(2026, 10, 1, tzinfo=UTC), 200)

    def test_people_come_back_spread_over_the_days_after(self) -> None:
        found = pause("FR", datetime(2027, 1, 20, tzinfo=UTC))
        assert found is not None
        backs = [found.comeback(contact) for contact in range(1000)]
        assert backs == [found.comeback(contact) for contact in range(1000)]
        per_day = [
            sum(timedelta(days=d) <= back - found.ends_at < timedelta(days=d + 1) for back in backs) for d in range(5)
        ]
        assert sum(per_day) == 1000
        assert all(150 < count < 250 for count in per_day)

    def test_nobody_comes_back_into_the_next_blackout(self) -> None:
        for day in ("2026-03-02", "2026-03-12"):
            first = datetime.fromisoformat(f"{day} 00:00").replace(tzinfo=PARIS)
            CommercialPeriod.objects.create(country="BE", name=day, starts_at=first, ends_at=first + timedelta(days=2))
        found = pause("BE", datetime(2026, 3, 2, 12, tzinfo=UTC))
        assert found == Pause(datetime(2026, 3, 7, tzinfo=PARIS), periods("BE", 2026)[0], timedelta(days=2))

    @pytest.mark.parametrize("margin", [3, 7])
    def test_the_blocked_days_of_2027(self, margin: int, monkeypatch: pytest.MonkeyPatch) -> None:
        changed = settings.RELANCE.model_copy(update={"blackout_lead_days": margin, "blackout_tail_days": margin})
        monkeypatch.setattr(settings, "RELANCE", changed)
        without = {3: 149, 7: 182}[margin]
        assert blocked_days("FR", 2027) == without
        for month, first in ((4, 28), (9, 22)):  # two weeks of French Days, once they are announced
            at = datetime(2027, month, first, tzinfo=PARIS)
            CommercialPeriod.objects.create(
                country="FR", name=f"days {month}", starts_at=at, ends_at=at + timedelta(days=7)
            )
        assert blocked_days("FR", 2027) == without + 2 * (7 + 2 * margin)

    def test_french_days_are_shown_where_announced_and_said_to_be_missing_elsewhere(self) -> None:
        spring = [period for period in periods("FR", 2018) if period.name == "french_days_spring"]
        assert [(period.day, period.source) for period in spring] == [(date(2018, 4, 27), "franceinfo, April 2018")]
        assert missing("FR", 2018) == ["french_days_autumn"]
        assert missing("FR", 2027) == ["french_days_spring", "french_days_autumn"]
        assert missing("BE", 2027) == []


@pytest.mark.usefixtures("db")
class TestOwnCalendar:
    def write(self, folder: Path, *entries: str, head: str = "calendar: shop") -> Path:
        path = folder / "shop.yaml"
        path.write_text("\n".join([head, "periods:", *(f"  - {{{entry}}}" for entry in entries)]))
        return path

    def test_periods_are_moved_cancelled_and_added(self, tmp_path: Path, now: datetime) -> None:
        file = self.write(
            tmp_path,
            "name: summer_sales, starts: 2027-06-30 08:00, ends: 2027-07-27, source: order of 3 May 2027",
            "name: singles_day, year: 2027, cancelled: true",
            "name: private sale, starts: 2027-03-10, ends: 2027-03-11",
        )
        calendar_file.apply(file, now)
        found = {period.name: period for period in periods("FR", 2027)}
        assert found["summer_sales"].starts_at == datetime(2027, 6, 30, 6, tzinfo=UTC)
        assert found["summer_sales"].source == "order of 3 May 2027"
        assert found["private sale"].ends_at == datetime(2027, 3, 12, tzinfo=PARIS)
        assert "singles_day" not in found
        assert "singles_day" in {period.name for period in periods("FR", 2028)}

    def test_the_same_file_again_changes_nothing_and_a_shorter_one_takes_away(
        self, tmp_path: Path, now: datetime
    ) -> None:
        entry = "name: private sale, starts: 2027-03-10, ends: 2027-03-11"
        for _ in range(2):
            calendar_file.apply(self.write(tmp_path, entry), now)
            assert CommercialPeriod.objects.count() == 1
        calendar_file.apply(
            self.write(tmp_path, "name: other, starts: 2027-03-10, ends: 2027-03-11", head="calendar: b"), now
        )
        calendar_file.apply(self.write(tmp_path, "name: new, starts: 2027-05-10, ends: 2027-05-11"), now)
        assert set(CommercialPeriod.objects.values_list("name", flat=True)) == {"other", "new"}
        assert AuditEntry.objects.filter(action="calendar applied").count() == 4

    @pytest.mark.parametrize(
        ("entry", "problem"),
        [
            ("name: sale, starts: 2027-03-10", "line 3, periods.0: .*`starts` and `ends`"),
            ("name: sale, starts: 2027-03-10, ends: 2027-03-09", "`ends` comes before"),
            ("name: sale, cancelled: true", "has a `year`"),
            ("name: sale, year: 2027, starts: 2027-03-10, ends: 2027-03-11", "periods.0"),
            ("name: sale, starts: soon, ends: 2027-03-11", "line 3, periods.0.starts"),
            ("name: sale, start: 2027-03-10, ends: 2027-03-11", "periods.0.start: no such field"),
        ],
    )
    def test_a_wrong_entry_is_named_and_nothing_is_kept(
        self, entry: str, problem: str, tmp_path: Path, now: datetime
    ) -> None:
        good = "name: a, starts: 2027-03-10, ends: 2027-03-11"
        with pytest.raises(DefinitionError, match=problem):
            calendar_file.apply(self.write(tmp_path, entry, good), now)
        assert not CommercialPeriod.objects.exists()

    def test_a_period_that_stands_twice_is_refused(self, tmp_path: Path, now: datetime) -> None:
        entry = "name: sale, starts: 2027-03-10, ends: 2027-03-11"
        with pytest.raises(DefinitionError, match="sale stands twice"):
            calendar_file.apply(self.write(tmp_path, entry, entry), now)


def test_the_period_blamed_is_the_one_on_or_the_nearest() -> None:
    early, late = (
        Period(n, date(2026, 1, d), *(datetime(2026, 1, x, tzinfo=UTC) for x in (d, d + 2)), "")
        for n, d in (("a", 5), ("b", 9))
    )
    [found] = joined([early, late], lead=3, tail=3, zone=PARIS)
    named = [found.blamed(datetime(2026, 1, day, tzinfo=UTC)).name for day in (3, 6, 7, 9, 10, 12)]
    assert named == ["a", "a", "a", "b", "b", "b"]
