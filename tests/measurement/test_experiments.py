"""Results by intention to treat from entry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from relance.contacts.models import Contact, ContactAlias
from relance.core import database
from relance.core.errors import NotFoundError
from relance.events import flush
from relance.intake import sources
from relance.journeys.models import Version
from relance.measurement import experiments
from relance.measurement.figures import Effect, Result
from tests.measurement.conftest import Running, definition_of, publish


def effect(result: Result, outcome: str) -> Effect:
    return next(one for one in result.effects if one.outcome == outcome)


def counts(result: Result, outcome: str = "order") -> tuple[int, int]:
    """Return how many did it, with the journey and without."""
    one = effect(result, outcome)
    assert one.treated is not None
    assert one.control is not None
    return one.treated.count, one.control.count


def test_everyone_who_entered_counts_although_nothing_was_sent(running: Running) -> None:
    anna, *_ = running.enrol(control=False, days_ago=60, times=9)
    boris = running.enrol(control=True, days_ago=60)[0]
    running.happened(anna, "order_placed", days_ago=50, amount="40")
    running.happened(boris, "order_placed", days_ago=50, amount="30")
    result = experiments.result("wake-up", running.now)
    assert (result.treated, result.control) == (9, 1)
    assert counts(result) == (1, 1)
    assert effect(result, "order").difference == pytest.approx(1 / 9 - 1)
    assert (result.revenue.scarce, result.revenue.interval, result.revenue.incremental_interval) == (True, None, None)


@pytest.mark.parametrize(("days_ago", "counted"), [(60.5, 0), (60, 0), (59.99, 1), (30, 1), (29.99, 0)])
def test_only_orders_after_entry_and_within_the_window_count(running: Running, days_ago: float, counted: int) -> None:
    anna = running.enrol(control=False, days_ago=60)[0]
    running.happened(anna, "order_placed", days_ago=days_ago, amount="40")
    result = experiments.result("wake-up", running.now)
    assert counts(result) == (counted, 0)
    assert result.revenue.treated == Decimal(40) * counted


def test_two_orders_of_one_person_are_one_person_and_both_amounts(running: Running) -> None:
    anna = running.enrol(control=False, days_ago=60)[0]
    running.happened(anna, "order_placed", days_ago=50, amount="40.10")
    running.happened(anna, "store_purchase", days_ago=49, amount="9.90")
    running.happened(anna, "refund", days_ago=48, amount="20")
    result = experiments.result("wake-up", running.now)
    assert counts(result) == (1, 0)
    assert result.revenue.treated == Decimal("30.00")


def test_a_purchase_in_the_shop_is_an_order(running: Running) -> None:
    chloe = running.enrol(control=True, days_ago=60)[0]
    running.happened(chloe, "store_purchase", days_ago=40, amount="12")
    assert counts(experiments.result("wake-up", running.now)) == (0, 1)


def test_visits_and_logins_are_outcomes_of_their_own(running: Running) -> None:
    anna, boris = running.enrol(control=False, days_ago=60, times=2)
    running.happened(anna, "site_visited", days_ago=50)
    running.happened(boris, "logged_in", days_ago=50)
    result = experiments.result("wake-up", running.now)
    assert (counts(result, "visit"), counts(result, "login"), counts(result)) == ((1, 0), (1, 0), (0, 0))


def test_flushed_events_count_the_same(running: Running) -> None:
    anna = running.enrol(control=False, days_ago=60)[0]
    running.happened(anna, "order_placed", days_ago=50, amount="40")
    before = experiments.result("wake-up", running.now)
    flush.run(running.now)
    assert experiments.result("wake-up", running.now).effects == before.effects


def test_orders_of_a_merged_person_count_for_the_one_who_stayed(running: Running) -> None:
    anna = running.enrol(control=False, days_ago=60)[0]
    double = Contact.objects.create(first_name="Anna", first_seen_at=running.now).pk
    running.happened(double, "order_placed", days_ago=50, amount="40")
    ContactAlias.objects.create(loser_id=double, survivor_id=anna, at=running.now)
    assert counts(experiments.result("wake-up", running.now)) == (1, 0)


def test_a_window_of_months_follows_the_calendar(db: None) -> None:
    entered = datetime(2027, 1, 31, 10, tzinfo=UTC)
    running = publish(entered + timedelta(60), goal={"event": "order_placed", "within": "1 month"})
    running.enrol(control=False, days_ago=60)
    assert experiments.result("wake-up", running.now).ends_at == datetime(2027, 2, 28, 10, tzinfo=UTC)


def test_each_version_has_the_window_it_was_published_with(running: Running) -> None:
    running.enrol(control=False, days_ago=60)
    longer = definition_of(goal={"event": "order_placed", "within": "50 days"})
    second = Version.objects.create(journey=running.journey, number=2, definition=longer, published_at=running.now)
    anna = replace(running, version=second).enrol(control=False, days_ago=60)[0]
    running.happened(anna, "order_placed", days_ago=20, amount="40")
    result = experiments.result("wake-up", running.now)
    assert counts(result) == (1, 0)
    assert any("different goals" in note for note in result.notes["en"])


def test_without_coverage_an_outcome_is_unknown_and_not_zero(running: Running) -> None:
    database.execute("DELETE FROM coverage WHERE type IN ('order_placed', 'logged_in')")
    running.enrol(control=False, days_ago=60, times=9)
    running.enrol(control=True, days_ago=60)
    result = experiments.result("wake-up", running.now)
    assert not effect(result, "order").known
    assert effect(result, "order").treated is None
    assert not result.revenue.known
    assert "unknown" in result.conclusion["en"]
    assert effect(result, "visit").known


def test_coverage_that_began_after_the_first_entry_is_none(running: Running) -> None:
    database.execute("UPDATE coverage SET since = %s WHERE type = 'site_visited'", [running.now - timedelta(59)])
    running.enrol(control=False, days_ago=60)
    assert not effect(experiments.result("wake-up", running.now), "visit").known


def test_types_without_coverage_are_named(running: Running) -> None:
    running.enrol(control=False, days_ago=60)
    notes = experiments.result("wake-up", running.now).notes
    assert "No data cover store_purchase: they are not in the figures of orders." in notes["en"]


def test_a_window_still_open_is_not_finished(running: Running) -> None:
    running.enrol(control=False, days_ago=60, times=9)
    running.enrol(control=True, days_ago=10)
    result = experiments.result("wake-up", running.now)
    assert (result.finished, result.unfinished) == (False, 1)
    assert result.ends_at == running.now + timedelta(20)
    assert result.effect.interval is not None
    assert result.conclusion["en"].startswith(
        "Not finished until 16 August 2026 (people still within 30 days of their entry: 1)"
    )
    assert result.conclusion["fr"].startswith("Pas terminé avant le 16 août 2026")


def test_no_difference_is_no_effect_shown(running: Running) -> None:
    for control, people in ((False, 90), (True, 10)):
        for person in running.enrol(control=control, days_ago=60, times=people)[::5]:
            running.happened(person, "order_placed", days_ago=40, amount="40")
    result = experiments.result("wake-up", running.now)
    assert "The interval holds zero" in result.conclusion["en"]
    assert "no effect shown" in result.conclusion["en"]
    assert "aucun effet démontré" in result.conclusion["fr"]


def test_a_clear_difference_is_said_with_its_interval(running: Running) -> None:
    for person in running.enrol(control=False, days_ago=60, times=180)[::2]:
        running.happened(person, "order_placed", days_ago=40, amount="40")
    for person in running.enrol(control=True, days_ago=60, times=20)[::10]:
        running.happened(person, "order_placed", days_ago=40, amount="40")
    result = experiments.result("wake-up", running.now)
    assert "More people ordered with the journey than without: +40.00" in result.conclusion["en"]
    assert result.effect.incremental == pytest.approx(72)
    assert result.revenue.incremental == pytest.approx(0.4 * 40 * 180)
    assert result.revenue.interval is not None
    assert result.revenue.interval.low < 16 < result.revenue.interval.high


def test_too_few_events_allow_no_conclusion(running: Running) -> None:
    anna, *_ = running.enrol(control=False, days_ago=60, times=90)
    running.enrol(control=True, days_ago=60, times=10)
    running.happened(anna, "order_placed", days_ago=40, amount="40")
    assert "Too few people ordered" in experiments.result("wake-up", running.now).conclusion["en"]


def test_without_control_group_nothing_is_claimed(running: Running) -> None:
    running.enrol(control=False, days_ago=60, times=5)
    result = experiments.result("wake-up", running.now)
    assert result.effect.interval is None
    assert "Without a control group" in result.conclusion["en"]


def test_a_control_group_of_the_wrong_size_is_noted(running: Running) -> None:
    running.enrol(control=False, days_ago=60, times=50)
    running.enrol(control=True, days_ago=60, times=50)
    assert any("50 of 100 people" in note for note in experiments.result("wake-up", running.now).notes["en"])


def test_orders_that_stop_before_the_window_ends_are_noted(running: Running) -> None:
    anna = running.enrol(control=False, days_ago=60)[0]
    running.happened(anna, "order_placed", days_ago=50, amount="40")
    notes = experiments.result("wake-up", running.now).notes["en"]
    assert "The last event known of this outcome is of 7 June 2026: import newer ones before concluding." in notes


def test_a_goal_of_another_type_is_the_primary_outcome(db: None, now: datetime) -> None:
    running = publish(now, goal={"event": "form_submitted", "within": "30 days"})
    sources.cover(running.shop, {"form_submitted": now - timedelta(730)})
    anna = running.enrol(control=False, days_ago=60)[0]
    running.happened(anna, "form_submitted", days_ago=40)
    result = experiments.result("wake-up", now)
    assert result.primary == "form_submitted"
    assert counts(result, "form_submitted") == (1, 0)


def test_nobody_yet(running: Running) -> None:
    result = experiments.result("wake-up", running.now)
    assert result.conclusion["en"] == "Nobody has entered this journey yet."
    assert result.finished is False


def test_an_unknown_journey_is_named(db: None, now: datetime) -> None:
    with pytest.raises(NotFoundError, match="`nothing`"):
        experiments.result("nothing", now)
