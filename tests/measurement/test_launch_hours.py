"""When a journey may begin."""

from datetime import UTC, date, datetime, timedelta

from relance.core.definitions import parse
from relance.journeys import definition
from relance.journeys.definition import JourneyDefinition
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


def longer(days: int) -> JourneyDefinition:
    """Return the journey with so many days from its first message to its last."""
    return definition.read(parse(SIMPLE.replace("wait: 7 days", f"wait: {days} days"), "journey.yaml"))


def test_a_start_holds_all_the_ramp_lets_in_where_a_window_does(db: None) -> None:
    september = datetime(2027, 9, 20, 8, 0, tzinfo=UTC)  # free from 2 October to 7 November 2027: 37 days
    soon = launch_hours.good_hour(JOURNEY, september)
    assert soon == datetime(2027, 10, 5, 8, 0, tzinfo=UTC)
    assert launch_hours.good_hour(JOURNEY, september, ramp=20) == soon
    late = launch_hours.good_hour(JOURNEY, september, ramp=40)
    assert launch_hours.window(JOURNEY, late, ramp=40).fits
    assert late.year == 2028
    assert launch_hours.good_hour(JOURNEY, september, ramp=300) == soon, "no window holds it: one passage has to do"


def test_a_ramp_is_not_put_off_for_long_for_the_sake_of_its_end(db: None) -> None:
    april = datetime(
        2027, 4, 1, 8, 0, tzinfo=UTC
    )  # free until late April, then from 24 July 2027 for 55 days; for 70 in 2028
    soon, found = launch_hours.good_hour(JOURNEY, april), launch_hours.good_hour(JOURNEY, april, ramp=60)
    assert (soon.date(), found.date()) == (date(2027, 4, 6), date(2027, 7, 27))
    assert launch_hours.window(JOURNEY, found, ramp=40).fits
    assert not launch_hours.window(JOURNEY, found, ramp=60).fits
    assert launch_hours.better(JOURNEY, found, april, ramp=60) is None, (
        "what the form proposes it does not speak against"
    )


def test_a_start_whose_ramp_is_cut_off_has_a_better_one(db: None) -> None:
    tuesday = datetime(2027, 10, 26, 8, 0, tzinfo=UTC)
    assert launch_hours.better(JOURNEY, tuesday, tuesday) is None
    better = launch_hours.better(JOURNEY, tuesday, tuesday, ramp=20)
    assert better is not None
    assert launch_hours.window(JOURNEY, better, ramp=20).fits
    assert launch_hours.better(JOURNEY, tuesday, tuesday, ramp=300) is None
    kept = launch_hours.kept_back(JOURNEY, better, tuesday - timedelta(days=1), ramp=20)
    assert kept is not None
    assert "black_friday" in {period.name for period in kept.periods}


def test_a_journey_no_window_holds_is_told_the_longest(db: None) -> None:
    tuesday = datetime(2027, 9, 21, 8, 0, tzinfo=UTC)
    endless = longer(200)
    seen = launch_hours.window(endless, tuesday)
    assert (seen.never, seen.fits, seen.days) == (True, False, 200)
    assert launch_hours.good_hour(endless, tuesday) == tuesday + timedelta(days=7)
    assert launch_hours.better(endless, tuesday, tuesday) is None
    assert launch_hours.departure(endless, tuesday) == tuesday
    found = launch_hours.longest(tuesday)
    assert found is not None
    fitting = longer(found.days)
    assert launch_hours.window(fitting, found.first).fits
    assert launch_hours.window(longer(found.days + 1), found.first).never


def test_a_start_in_the_quiet_hours_before_a_period_is_no_mistake(db: None) -> None:
    evening = datetime(2027, 10, 31, 22, 0, tzinfo=UTC)  # leaves on 1 November; a week later the last day is 8 November
    seen = launch_hours.window(JOURNEY, evening)
    assert seen.period is not None
    assert not seen.fits
