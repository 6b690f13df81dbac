"""Hours on the wall clock of ten zones, over every clock change of a year, and no deferral that leads to another."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relance.eligibility.calendar.places import Place, place
from relance.eligibility.moment import holidays, lawful, zones
from relance.eligibility.moment.hours import Hours, quiet, wall

# Clocks that change at two, at midnight, by half an hour, by two hours, back in winter; one on Nepal's quarter; none.
ZONES = [
    "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana", "Asia/Kathmandu",
    "Africa/Casablanca", "Antarctica/Troll", "America/Guadeloupe", "Pacific/Apia",
]  # fmt: skip
SHIPPED = lawful.table()
SMS, PHONE = SHIPPED["FR", "sms"].opening, SHIPPED["FR", "phone"].opening
KINDS = {"sms": SMS, "phone": PHONE, "night": quiet(21, 7), "odd": Hours(((150, 165), (1290, 1440)))}
QUARTER = timedelta(minutes=15)


def french(day: date) -> bool:
    return holidays.closed(day, Place("FR"))


def allowed(local: datetime, kind: str) -> bool:
    """Say what RULES say, told apart from the code: SMS Monday to Saturday 8 to 20, calls 10 to 13 and 14 to 20."""
    minute = local.hour * 60 + local.minute
    if kind == "sms":
        return local.isoweekday() <= 6 and not french(local.date()) and 480 <= minute < 1200
    if kind == "phone":
        return local.isoweekday() <= 5 and not french(local.date()) and (600 <= minute < 780 or 840 <= minute < 1200)
    if kind == "night":
        return 420 <= minute < 1260
    return 150 <= minute < 165 or minute >= 1290


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ZONES)
def test_every_quarter_of_a_year_is_let_through_or_put_off_to_the_first_one_allowed(name: str, kind: str) -> None:
    """Told backwards over 2026: what is open is open; what is not waits for the first open quarter, at most as long."""
    zone, hours = ZoneInfo(name), KINDS[kind]
    at, following = datetime(2027, 1, 8, tzinfo=UTC), None
    while at >= datetime(2026, 1, 1, tzinfo=UTC):
        opened = hours.is_open(at, zone, french)
        assert opened == allowed(at.astimezone(zone), kind)
        found = hours.next_open(at, zone, french)
        assert found is not None
        assert hours.is_open(found, zone, french)
        assert hours.next_open(found, zone, french) == found  # no deferral leads to another
        if opened:
            assert found == at
        elif following is not None and kind != "odd":
            assert at < found <= following
            assert following - found < QUARTER  # nothing earlier was open
        following = at if opened else following
        at -= QUARTER


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31)), st.sampled_from(ZONES), st.sampled_from(sorted(KINDS))
)
@settings(max_examples=400)
def test_any_instant_of_ten_years(naive: datetime, name: str, kind: str) -> None:
    at, zone, hours = naive.replace(tzinfo=UTC), ZoneInfo(name), KINDS[kind]
    found = hours.next_open(at, zone, french)
    assert found is not None
    assert found >= at
    assert allowed(found.astimezone(zone), kind)
    assert hours.next_open(found, zone, french) == found


def test_an_hour_the_clock_skips_is_the_instant_of_the_change() -> None:
    paris, day = ZoneInfo("Europe/Paris"), date(2026, 3, 29)
    assert wall(day, 150, paris, last=True) == wall(day, 150, paris, last=False) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    cairo = ZoneInfo("Africa/Cairo")  # midnight of 24 April 2026 does not exist
    assert wall(date(2026, 4, 24), 0, cairo, last=True) == datetime(2026, 4, 23, 22, tzinfo=UTC)


def test_an_hour_the_clock_shows_twice_is_taken_on_the_safe_side() -> None:
    paris, day = ZoneInfo("Europe/Paris"), date(2026, 10, 25)
    assert wall(day, 150, paris, last=False) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert wall(day, 150, paris, last=True) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(("start", "end", "open_at", "closed_at"), [
    (21, 7, [7, 20], [21, 23, 0, 6]), (2, 6, [0, 1, 6, 23], [2, 5]), (0, 8, [8, 23], [0, 7]), (5, 5, [0, 12, 23], []),
])  # fmt: skip
def test_quiet_hours_over_midnight_or_within_a_day(
    start: int, end: int, open_at: list[int], closed_at: list[int]
) -> None:
    hours = quiet(start, end)
    seen = {
        hour: hours.is_open(datetime(2026, 7, 1, hour, tzinfo=UTC), ZoneInfo("UTC"), french)
        for hour in [*open_at, *closed_at]
    }
    assert seen == dict.fromkeys(open_at, True) | dict.fromkeys(closed_at, False)
    assert hours.always == (start == end)


@pytest.mark.parametrize(("country", "postcode", "day", "free"), [
    ("FR", "75001", "2027-03-26", True), ("FR", "67000", "2027-03-26", False), ("FR", "57000", "2027-12-26", False),
    ("FR", "75001", "2027-07-14", False), ("FR", "97400", "2027-12-20", False), ("RE", "", "2027-12-20", False),
    ("FR", "97110", "2027-05-27", False), ("FR", "69000", "2027-05-27", True), ("FR", "75001", "2028-02-29", True),
    ("DE", "", "2027-10-03", False), ("US", "", "2027-07-05", False), ("ZZ", "", "2027-12-25", True),
])  # fmt: skip
def test_public_holidays_by_place(country: str, postcode: str, day: str, free: bool) -> None:
    assert holidays.closed(date.fromisoformat(day), place(country, postcode)) is not free


@pytest.mark.parametrize(("postcode", "department"), [
    ("75011", "75"), ("06000", "06"), ("20000", "2A"), ("20167", "2A"), ("20200", "2B"), ("97133", "977"), ("97150", "978"),
    ("97110", "971"), ("98800", "988"), ("2000", ""), ("", ""), ("ABCDE", ""),
])  # fmt: skip
def test_the_department_of_a_postcode(postcode: str, department: str) -> None:
    assert place("FR", postcode).department == department


@pytest.mark.parametrize(("time_zone", "country", "postcode", "first"), [
    ("America/New_York", "FR", "", "America/New_York"), ("Mars/Olympus", "FR", "", "Europe/Paris"), ("", "FR", "97400", "Indian/Reunion"),
    ("", "GP", "", "America/Guadeloupe"), ("", "DE", "", "Europe/Berlin"), ("", "", "", "Asia/Tokyo"), ("../etc", "", "", "Asia/Tokyo"),
])  # fmt: skip
def test_the_zone_is_the_persons_else_the_countrys_else_the_settings(
    time_zone: str, country: str, postcode: str, first: str
) -> None:
    assert zones.of(time_zone, country, postcode, "Asia/Tokyo")[0].key == first


def test_a_country_of_several_zones_is_asked_for_all_of_them() -> None:
    american = zones.of("", "US", "", "Europe/Paris")
    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu"} <= {zone.key for zone in american}
    assert len(american) < 15
