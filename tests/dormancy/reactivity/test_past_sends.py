"""Learning from the base's own sends: features as of entry, outcomes within the window, objections respected."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from relance.contacts.models import Contact
from relance.core.errors import InputError
from relance.dormancy.models import Estimate
from relance.dormancy.reactivity import kept
from relance.dormancy.reactivity.effort import Effort
from relance.events import engine
from relance.measurement import past_sends
from relance.measurement.past_sends import Rows
from tests.measurement.conftest import Running
from tests.measurement.conftest import running as running

QUICK = Effort(2, 1, 100, 1)


def known(running: Running) -> Rows:
    with engine.reading("contact") as con:
        return past_sends.rows(running.journey, con, running.now)


def value(rows: Rows, person: int, column: str) -> float:
    numbers = rows.table.columns[column].numbers
    assert numbers is not None
    return float(numbers[rows.contacts.index(person)])


def test_features_are_those_of_entry_and_outcomes_those_of_the_window(running: Running) -> None:
    anna, boris = running.enrol(control=False, days_ago=60, times=2)
    running.happened(anna, "order_placed", days_ago=100, amount="30")
    running.happened(anna, "order_placed", days_ago=50, amount="70")
    running.happened(boris, "order_placed", days_ago=29, amount="70")
    rows = known(running)
    assert (value(rows, anna, "came_back"), value(rows, boris, "came_back")) == (1.0, 0.0), (
        "31 days are past the goal's 30"
    )
    assert value(rows, anna, "days_since_purchase") == 40
    assert (value(rows, anna, "purchases"), value(rows, anna, "spent")) == (1.0, 30.0)
    assert np.isnan(value(rows, boris, "days_since_purchase"))


def test_arms_are_by_intention_to_treat(running: Running) -> None:
    (anna,), (boris,) = running.enrol(control=False, days_ago=60), running.enrol(control=True, days_ago=60)
    rows = known(running)
    assert (value(rows, anna, "mailed"), value(rows, boris, "mailed")) == (1.0, 0.0)


def test_who_objects_to_profiling_or_is_within_the_window_is_left_out_and_counted(running: Running) -> None:
    anna, boris = running.enrol(control=False, days_ago=60, times=2)
    running.enrol(control=False, days_ago=10)
    Contact.objects.filter(pk=boris).update(objected_at=timezone.now())
    rows = known(running)
    assert (rows.contacts, rows.objected, rows.unfinished) == ((anna,), 1, 1)


def test_too_few_entries_are_refused(running: Running) -> None:
    running.enrol(control=False, days_ago=60, times=3)
    with pytest.raises(InputError, match="3 people have entered `wake-up`"):
        past_sends.learn("wake-up", running.now)


def test_what_was_learned_is_kept_and_scores_the_base_but_not_who_objects(running: Running) -> None:
    treated, control = (
        running.enrol(control=False, days_ago=60, times=60),
        running.enrol(control=True, days_ago=60, times=60),
    )
    for person in (*treated[:25], *control[:12]):
        running.happened(person, "order_placed", days_ago=90, amount="30")
        running.happened(person, "order_placed", days_ago=50, amount="30")
    answer = past_sends.learn("wake-up", running.now, QUICK)
    assert answer["effect"]["difference"] == pytest.approx(25 / 60 - 12 / 60)
    estimate = Estimate.objects.get(kind="reactivity")
    assert (estimate.policy, estimate.accepted) == ("wake-up", answer["verdict"] == "uplift")
    Contact.objects.filter(pk=treated[0]).update(objected_at=running.now - timedelta(1))
    contacts, scores = past_sends.current(kept.of(estimate.figures["model"]), running.now)
    assert len(contacts) == len(scores.response) == 119
    assert treated[0] not in contacts


def test_without_a_control_group_the_answer_is_response(running: Running) -> None:
    for person in running.enrol(control=False, days_ago=60, times=40)[:20]:
        running.happened(person, "order_placed", days_ago=80, amount="30")
        running.happened(person, "order_placed", days_ago=50, amount="30")
    answer = past_sends.learn("wake-up", running.now, QUICK)
    assert (answer["verdict"], answer["effect"]) == ("response_only", None)
