"""When a journey may begin."""

from datetime import UTC, datetime, timedelta

from relance.core.definitions import parse
from relance.journeys import definition
from relance.measurement import launch_hours
from tests.journeys.people import SIMPLE

JOURNEY = definition.read(parse(SIMPLE, "journey.yaml"))
PROMOTION = definition.read(parse(SIMPLE.replace("purpose: reactivation", "purpose: promotion"), "journey.yaml"))


def test_the_next_tuesday_at_ten_local_time(db: None, now: datetime) -> None:
    assert launch_hours.good_hour(JOURNEY, now) == datetime(2026, 7, 28, 8, 0, tzinfo=UTC)
    assert launch_hours.good_hour(JOURNEY, datetime(2026, 7, 28, 8, 0, tzinfo=UTC)) == datetime(
        2026, 8, 4, 8, 0, tzinfo=UTC
    )


def test_a_commercial_period_is_named_and_passed_over(db: None) -> None:
    friday = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    seen = launch_hours.window(JOURNEY, friday)
    assert (seen.fits, seen.days) == (False, 7)
    assert seen.until is not None
    assert seen.next_at is not None
    assert seen.until <= seen.next_at
    found = launch_hours.good_hour(JOURNEY, friday)
    assert launch_hours.window(JOURNEY, found).fits
    assert found >= seen.next_at
    assert (found.weekday(), found - friday > timedelta(days=20)) == (1, True)


def test_what_keeps_a_start_from_being_earlier_is_named(db: None, now: datetime) -> None:
    monday = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    start = launch_hours.good_hour(JOURNEY, monday)
    kept = launch_hours.kept_back(JOURNEY, start, monday)
    assert kept is not None
    assert "black_friday" in {period.name for period in kept.periods}
    assert kept.until <= start
    assert launch_hours.kept_back(JOURNEY, launch_hours.good_hour(JOURNEY, now), now) is None
    assert launch_hours.kept_back(PROMOTION, start, monday) is None


def test_only_reactivations_wait(db: None) -> None:
    assert launch_hours.window(PROMOTION, datetime(2026, 11, 24, 9, 0, tzinfo=UTC)).fits


def test_people_enter_at_the_hour_chosen_or_once_a_window_opens(db: None, now: datetime) -> None:
    friday = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert launch_hours.departure(JOURNEY, now) == now
    assert launch_hours.departure(JOURNEY, friday) == launch_hours.window(JOURNEY, friday).next_at
    assert launch_hours.departure(PROMOTION, friday) == friday


def test_another_start_is_proposed_only_where_the_calendar_speaks_against_one(db: None, now: datetime) -> None:
    tuesday, friday = datetime(2026, 7, 28, 8, 0, tzinfo=UTC), datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert launch_hours.better(JOURNEY, tuesday, now) is None
    assert launch_hours.better(JOURNEY, friday, now) == launch_hours.good_hour(JOURNEY, friday)
