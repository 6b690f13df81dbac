"""People move through a journey: sets of rows, one statement a step."""

from datetime import datetime, timedelta

import pytest

from relance.core import database
from relance.journeys import advance, entry, publishing
from relance.journeys.models import Version
from tests.journeys.people import (
    BRANCHED,
    HEAD,
    SIMPLE,
    clicked,
    did,
    dormant,
    left,
    passage,
    running,
    shop,
    steps_sent,
)

ANNA, BORIS, CHLOE = 1, 2, 3
DAY = timedelta(days=1)


@pytest.fixture
def people(shared: None, now: datetime) -> None:
    shop(now)
    dormant([ANNA, BORIS, CHLOE], now)


def enter(text: str, now: datetime) -> Version:
    """Publish, start, enrol everyone and send the first message, which leaves at once."""
    version = running(text, now)
    assert entry.run(now) == 3
    advance.run(now)
    for contact in (ANNA, BORIS, CHLOE):
        left(contact, now)
    return version


def test_a_send_writes_one_message_and_the_wait_begins(people: None, now: datetime) -> None:
    enter(SIMPLE, now)
    assert steps_sent(ANNA) == ["hello"]
    assert (passage(ANNA).position, passage(ANNA).due_at) == ("1", now + 7 * DAY)


def test_running_again_at_the_same_moment_changes_nothing(people: None, now: datetime) -> None:
    enter(SIMPLE, now)
    assert advance.run(now) == 0
    assert database.rows("SELECT count(*) FROM message") == [(3,)]


def test_a_message_carries_its_origin_purpose_and_expiry(people: None, now: datetime) -> None:
    version = enter(SIMPLE, now)
    [row] = database.rows(
        """SELECT purpose, channel, journey_id, version_id, enrolment_id, template_version_id, send_key, not_before, expires_at
        FROM message WHERE contact_id = %s""",
        [ANNA],
    )
    template = version.templates["hello-no-offer"]
    key = f"{version.pk}/hello/1"
    assert row == (
        "reactivation",
        "email",
        version.journey_id,
        version.pk,
        passage(ANNA).pk,
        template,
        key,
        now,
        now + 3 * DAY,
    )


def test_a_message_carries_the_topic_of_its_step_or_that_of_everything(people: None, now: datetime) -> None:
    enter(SIMPLE.replace("template: hello-no-offer,", "template: hello-no-offer, topic: news,"), now)
    advance.run(now + 7 * DAY)
    topics = database.rows("SELECT step, topic FROM message WHERE contact_id = %s ORDER BY id", [ANNA])
    assert topics == [("hello", "news"), ("bye", "marketing")]


def test_the_journey_is_walked_to_sunset_on_its_days(people: None, now: datetime) -> None:
    enter(SIMPLE, now)
    advance.run(now + 6 * DAY)
    assert steps_sent(ANNA) == ["hello"]
    advance.run(now + 7 * DAY)
    left(ANNA, now + 7 * DAY)
    assert steps_sent(ANNA) == ["hello", "bye"]
    advance.run(now + 17 * DAY)
    assert (passage(ANNA).end_reason, passage(ANNA).ended_at, passage(ANNA).due_at) == ("sunset", now + 17 * DAY, None)
    events = database.rows("SELECT occurred_at FROM event WHERE contact_id = %s AND type = 'journey_sunset'", [ANNA])
    assert events == [(now + 17 * DAY,)]


def test_a_click_leads_into_the_first_arm_and_silence_into_the_other(people: None, now: datetime) -> None:
    version = enter(BRANCHED, now)
    clicked(ANNA, "hello", version, now + DAY)
    clicked(BORIS, "another-step", version, now + DAY)
    advance.run(now + 7 * DAY)
    assert steps_sent(ANNA) == ["hello", "present"]
    assert (passage(ANNA).position, passage(ANNA).due_at) == ("2.0.1", now + 12 * DAY)
    assert (passage(BORIS).position, passage(BORIS).due_at) == ("2.1.0", now + 21 * DAY)


def test_both_arms_come_together_below_the_branch(people: None, now: datetime) -> None:
    version = enter(BRANCHED, now)
    clicked(ANNA, "hello", version, now + DAY)
    advance.run(now + 7 * DAY)
    left(ANNA, now + 7 * DAY)
    advance.run(now + 12 * DAY)
    assert (steps_sent(ANNA), steps_sent(BORIS)) == (["hello", "present", "bye"], ["hello"])
    advance.run(now + 21 * DAY)
    assert steps_sent(BORIS) == ["hello", "bye"]


def test_a_click_before_entry_or_in_another_journey_does_not_count(people: None, now: datetime) -> None:
    running(BRANCHED, now)
    version = Version.objects.get()
    clicked(ANNA, "hello", version, now - DAY)
    did(BORIS, "message_clicked", now + DAY, '{"journey": 777, "step": "hello"}')
    entry.run(now)
    advance.run(now)
    advance.run(now + 8 * DAY)
    assert {passage(ANNA).position, passage(BORIS).position} == {"1"}  # the message never left, so the wait goes on
    left(ANNA, now), left(BORIS, now)
    advance.run(now + 20 * DAY)
    assert {passage(ANNA).position, passage(BORIS).position} == {"2.1.0"}


def test_a_branch_understands_the_rule_language(people: None, now: datetime) -> None:
    text = (
        HEAD
        + """
  - branch:
      - when: {all: [{language: fr}, {not: {clicked: hello}}, {event: product_viewed, within: 10 days}]}
        steps: [{exit: {}}]
  - send: {id: hello, channel: email, template: last-call}
  - wait: 7 days
  - exit: {}
"""
    )
    text = text.replace("{not: {clicked: hello}}", "{state: [dormant]}")
    database.execute(
        "INSERT INTO profile (contact_id, state, state_since, scored_at) SELECT id, 'dormant', %s, %s FROM contact",
        [now, now],
    )
    did(ANNA, "product_viewed", now - DAY)
    enter(text, now)
    assert (passage(ANNA).end_reason, steps_sent(ANNA)) == ("exit", [])
    assert steps_sent(BORIS) == ["hello"]


def test_an_order_is_the_goal_and_ends_the_passage(people: None, now: datetime) -> None:
    enter(SIMPLE, now)
    did(ANNA, "order_placed", now + DAY)
    advance.run(now + 7 * DAY)
    assert (passage(ANNA).end_reason, steps_sent(ANNA)) == ("goal", ["hello"])
    assert steps_sent(BORIS) == ["hello", "bye"]


@pytest.mark.parametrize(
    ("event", "reason"),
    [("message_unsubscribed", "unsubscribed"), ("message_complained", "complained"), ("logged_in", "logged_in")],
)
def test_who_unsubscribes_complains_or_meets_exit_when_leaves(
    people: None, now: datetime, event: str, reason: str
) -> None:
    enter(SIMPLE.replace("steps:", "exit_when: [logged_in]\nsteps:"), now)
    did(ANNA, event, now + DAY)
    advance.run(now + 7 * DAY)
    assert (passage(ANNA).end_reason, steps_sent(ANNA)) == (reason, ["hello"])


def test_what_happened_before_entry_ends_nothing(people: None, now: datetime) -> None:
    did(ANNA, "order_placed", now - DAY)
    enter(SIMPLE, now)
    assert steps_sent(ANNA) == ["hello"]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE contact SET erased_at = now() WHERE id = 1", "erased"),
        ("INSERT INTO contact_alias (loser_id, survivor_id, at) VALUES (1, 2, now())", "merged"),
        ("UPDATE contact_point SET valid = FALSE WHERE contact_id = 1", "unreachable"),
        ("UPDATE message SET state = 'blocked', reason = 'suppressed' WHERE contact_id = 1", "blocked:suppressed"),
    ],
)
def test_who_is_gone_unreachable_or_blocked_for_good_leaves(
    people: None, now: datetime, statement: str, reason: str
) -> None:
    enter(SIMPLE, now)
    database.execute(statement)
    advance.run(now + 7 * DAY)
    assert (passage(ANNA).end_reason, steps_sent(BORIS)) == (reason, ["hello", "bye"])


def test_a_message_that_expired_unsent_does_not_end_the_passage(people: None, now: datetime) -> None:
    enter(SIMPLE, now)
    database.execute("UPDATE message SET state = 'blocked', reason = 'expired', sent_at = NULL WHERE contact_id = 1")
    advance.run(now + 7 * DAY)
    assert steps_sent(ANNA) == ["hello", "bye"]


def test_a_wait_counts_from_when_the_message_left(people: None, now: datetime) -> None:
    enter(SIMPLE, now)
    database.execute("UPDATE message SET sent_at = %s WHERE contact_id = 1", [now + 4 * DAY])
    advance.run(now + 7 * DAY)
    assert (passage(ANNA).position, passage(ANNA).due_at, steps_sent(ANNA)) == ("1", now + 11 * DAY, ["hello"])
    assert steps_sent(BORIS) == ["hello", "bye"]
    advance.run(now + 11 * DAY)
    assert steps_sent(ANNA) == ["hello", "bye"]


def test_a_wait_does_not_end_while_the_message_is_still_deferred(people: None, now: datetime) -> None:
    enter(SIMPLE, now)
    database.execute(
        "UPDATE message SET state = 'deferred', sent_at = NULL, not_before = %s WHERE contact_id = 1", [now + 9 * DAY]
    )
    advance.run(now + 7 * DAY)
    assert (passage(ANNA).position, passage(ANNA).due_at) == ("1", now + 16 * DAY)


def test_a_few_minutes_of_delivery_do_not_move_a_wait(people: None, now: datetime) -> None:
    enter(SIMPLE, now)
    database.execute("UPDATE message SET sent_at = %s WHERE contact_id = 1", [now + timedelta(minutes=20)])
    advance.run(now + 7 * DAY)
    assert steps_sent(ANNA) == ["hello", "bye"]


def test_a_wait_after_a_wait_begins_when_the_first_is_over(people: None, now: datetime) -> None:
    enter(SIMPLE.replace("  - wait: 10 days", "  - wait: 10 days\n  - wait: 1 month"), now)
    advance.run(now + 7 * DAY)
    left(ANNA, now + 7 * DAY)
    advance.run(now + 17 * DAY)
    assert (passage(ANNA).position, passage(ANNA).due_at) == ("4", datetime.fromisoformat("2026-09-13T08:00:00+00:00"))
    advance.run(now + 60 * DAY)
    assert passage(ANNA).end_reason == "sunset"


def test_a_branch_without_otherwise_lets_the_rest_go_on_below(people: None, now: datetime) -> None:
    text = (
        HEAD
        + """
  - send: {id: hello, channel: email, template: hello-no-offer}
  - wait: 7 days
  - branch:
      - when: {clicked: hello}
        steps: [{exit: {}}]
  - sunset: {}
"""
    )
    version = enter(text, now)
    clicked(ANNA, "hello", version, now + DAY)
    advance.run(now + 7 * DAY)
    assert (passage(ANNA).end_reason, passage(BORIS).end_reason) == ("exit", "sunset")


def test_subjects_are_drawn_in_equal_shares_and_the_same_again(shared: None, now: datetime) -> None:
    shop(now)
    dormant(range(1, 901), now)
    running(SIMPLE, now)
    entry.run(now)
    advance.run(now)
    drawn = database.rows("SELECT contact_id, variant FROM message ORDER BY contact_id")
    assert {variant for _, variant in drawn} == {"a", "b"}
    assert 390 < sum(variant == "a" for _, variant in drawn) < 510
    database.execute("DELETE FROM message")
    database.execute("UPDATE enrolment SET position = '0', due_at = %s", [now])
    advance.run(now)
    assert database.rows("SELECT contact_id, variant FROM message ORDER BY contact_id") == drawn


def test_a_paused_journey_stands_still_and_goes_on_when_started(people: None, now: datetime) -> None:
    enter(SIMPLE, now)
    publishing.pause("wake")
    assert advance.run(now + 7 * DAY) == 0
    publishing.start("wake")
    advance.run(now + 8 * DAY)
    assert steps_sent(ANNA) == ["hello", "bye"]


def test_people_in_flight_stay_on_their_version(people: None, now: datetime) -> None:
    enter(SIMPLE, now)
    running(SIMPLE.replace("id: bye", "id: farewell"), now)
    advance.run(now + 7 * DAY)
    assert steps_sent(ANNA) == ["hello", "bye"]
