"""Who enters a journey, and who is held out as control group."""

from datetime import datetime, timedelta

import pytest

from relance.core import database, ids
from relance.journeys import advance, entry, publishing
from relance.journeys.models import Enrolment, Version
from tests.journeys.people import SIMPLE, did, dormant, passage, running, shop, steps_sent

ANNA, BORIS = 1, 2
DAY = timedelta(days=1)


@pytest.fixture
def people(shared: None, now: datetime) -> None:
    shop(now)
    dormant([ANNA, BORIS], now)


def controls(journey: str = "wake", occasion: int = 1) -> set[int]:
    rows = Enrolment.objects.filter(journey__name=journey, occasion=occasion, control=True)
    return set(rows.values_list("contact_id", flat=True))


def test_members_of_the_segment_enter_once(people: None, now: datetime) -> None:
    version = running(SIMPLE, now)
    assert (entry.run(now), entry.run(now), entry.run(now + DAY)) == (2, 0, 0)
    anna = passage(ANNA)
    assert (anna.version_id, anna.occasion, anna.control, anna.position, anna.due_at) == (
        version.pk,
        1,
        False,
        "0",
        now,
    )


def test_nobody_enters_a_journey_that_is_not_running(people: None, now: datetime) -> None:
    running(SIMPLE, now)
    publishing.pause("wake")
    assert entry.run(now) == 0


def test_a_journey_that_the_calendar_does_not_admit_keeps_its_entries_waiting(people: None, now: datetime) -> None:
    running(SIMPLE, now)
    asked: list[Version] = []
    assert entry.run(now, lambda version, at: bool(asked.append(version))) == 0
    assert [version.journey.name for version in asked] == ["wake"]
    assert entry.run(now + DAY, lambda version, at: at == now + DAY) == 2


def test_erased_people_do_not_enter(people: None, now: datetime) -> None:
    database.execute("UPDATE contact SET erased_at = %s WHERE id = 1", [now])
    running(SIMPLE, now)
    assert entry.run(now) == 1


def test_who_asked_for_a_pause_enters_once_it_is_over(people: None, now: datetime) -> None:
    database.execute("UPDATE contact SET paused_until = %s WHERE id = 1", [now + DAY])
    running(SIMPLE, now)
    assert (entry.run(now), entry.run(now + DAY)) == (1, 1)


def test_people_enter_again_after_the_time_said_and_not_while_inside(people: None, now: datetime) -> None:
    running(SIMPLE, now)
    entry.run(now)
    database.execute("UPDATE enrolment SET ended_at = %s, due_at = NULL WHERE contact_id = 1", [now + DAY])
    assert entry.run(now + 179 * DAY) == 0
    assert entry.run(now + 180 * DAY) == 1
    assert passage(ANNA).occasion == 2


def test_without_a_time_nobody_enters_twice(people: None, now: datetime) -> None:
    running(SIMPLE.replace(", again_after: 180 days", ""), now)
    entry.run(now)
    database.execute("UPDATE enrolment SET ended_at = %s, due_at = NULL", [now + DAY])
    assert entry.run(now + 4000 * DAY) == 0


def test_new_entries_take_the_latest_version(people: None, now: datetime) -> None:
    running(SIMPLE, now)
    second = running(SIMPLE.replace("id: bye", "id: farewell"), now)
    entry.run(now)
    assert passage(ANNA).version_id == second.pk


def test_whoever_was_put_to_sleep_enters_no_reactivation_until_back(people: None, now: datetime) -> None:
    running(SIMPLE, now)
    entry.run(now)
    database.execute("UPDATE enrolment SET ended_at = %s, due_at = NULL, end_reason = 'sunset'", [now + DAY])
    running(SIMPLE.replace("journey: wake", "journey: wake-again"), now)
    assert entry.run(now + 200 * DAY) == 0
    database.execute(
        "INSERT INTO profile (contact_id, state, state_since, scored_at, last_purchase_at) VALUES (1, 'dormant', %s, %s, %s)",
        [now, now, now + 10 * DAY],
    )
    assert entry.run(now + 200 * DAY) == 2  # anna, into both journeys
    assert passage(BORIS).end_reason == "sunset"


def test_the_control_group_gets_nothing_and_ends_when_measured(people: None, now: datetime) -> None:
    running(SIMPLE, now)
    entry.run(now)
    database.execute(
        "UPDATE enrolment SET control = TRUE, position = '', due_at = %s WHERE contact_id = 1", [now + 30 * DAY]
    )
    did(ANNA, "order_placed", now + DAY)
    advance.run(now)
    advance.run(now + 29 * DAY)
    assert (steps_sent(ANNA), passage(ANNA).ended_at) == ([], None)
    advance.run(now + 30 * DAY)
    assert (passage(ANNA).end_reason, passage(ANNA).ended_at) == ("completed", now + 30 * DAY)


def test_the_holdout_is_one_in_ten_drawn_by_the_keyed_hash(shared: None, now: datetime) -> None:
    shop(now)
    dormant(range(1, 4001), now)
    running(SIMPLE.replace("holdout: none", "holdout: 10%"), now)
    assert entry.run(now) == 4000
    held = controls()
    assert held == {contact for contact in range(1, 4001) if ids.fraction("wake", contact, 1) < 0.1}
    assert 330 < len(held) < 470
    row = Enrolment.objects.filter(control=True).first()
    assert row is not None
    assert (row.position, row.due_at, row.ended_at) == ("", now + 30 * DAY, None)


def test_draws_are_independent_between_journeys_and_occasions(shared: None, now: datetime) -> None:
    shop(now)
    dormant(range(1, 4001), now)
    text = SIMPLE.replace("holdout: none", "holdout: 20%")
    running(text, now)
    running(text.replace("journey: wake", "journey: other"), now)
    database.execute("ANALYZE")
    entry.run(now)
    database.execute("UPDATE enrolment SET ended_at = %s, due_at = NULL", [now + DAY])
    database.execute("ANALYZE")  # as the stage does after much work: a plan for empty tables takes minutes
    entry.run(now + 180 * DAY)
    first, other, second = controls(), controls("other"), controls(occasion=2)
    for one, two in ((first, other), (first, second)):  # 4 % of 4,000 by chance alone: 160, standard deviation 12
        assert 110 < len(one & two) < 210
