"""How long a ramp will take: from the plan that was worked out, before that from the members of the segment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from relance.eligibility import proposals
from relance.eligibility.ramp import bands, foreseeing, plan
from relance.journeys import definition
from relance.measurement import launch_hours, launching
from tests.command_line import app
from tests.web import launched


def test_members_tell_before_anybody_worked_it_out_and_the_plan_afterwards(db: None, now: datetime) -> None:
    version = launched.publish(now, people=200)
    assert foreseeing.days(version, now, canary=1000) == 0
    alone = foreseeing.days(version, now, canary=20)
    assert alone > 0
    found = launched.plan(now)
    ramp = found.figures["preflight"]["ramp"]
    assert foreseeing.days(version, now) == foreseeing.days(version, now, canary=20) == ramp["days"] - 1
    found.figures["preflight"]["ramp"]["days"] = 31
    found.save()
    assert foreseeing.days(version, now) == 30
    assert foreseeing.days(version, now, canary=1000) == 0, "of another canary the plan tells nothing"


def test_a_large_segment_is_told_by_a_sample(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    version = launched.publish(now, people=400)
    whole = foreseeing.days(version, now, canary=20)
    monkeypatch.setattr(foreseeing, "SAMPLE", 50)
    assert abs(foreseeing.days(version, now, canary=20) - whole) <= 5


def test_what_is_no_reactivation_has_no_ramp(db: None, now: datetime) -> None:
    version = launched.publish(now)
    version.definition["purpose"] = "promotion"
    assert foreseeing.days(version, now) == 0


def test_pages_and_commands_propose_the_start_that_holds_the_ramp(db: None, now: datetime) -> None:
    version = launched.publish(now, people=200)
    september = datetime(2027, 9, 20, 8, tzinfo=UTC)  # the next window has 37 days, and a journey of 26 days fits
    found = launched.plan(now)
    soon = launching.good_start(version, september)
    found.figures["preflight"]["ramp"]["days"] = 31
    found.save()
    held = launching.good_start(version, september)
    assert held == launch_hours.good_hour(definition.of(version), september, 30) > soon
    proposal = proposals.of(version, september)
    assert proposal.ramp == 30
    assert proposal.windows[0].starts_at <= held <= proposal.windows[0].latest_start
    told = CliRunner().invoke(app, ["calendar", "window", launched.JOURNEY, "--as-of", "2027-09-20", "--json"]).stdout
    assert json.loads(told)["ramp_days"] == 30
    assert datetime.fromisoformat(json.loads(told)["windows"][0]["starts_at"]) == proposal.windows[0].starts_at
    found.figures["preflight"]["ramp"]["days"] = 301
    found.save()
    endless = proposals.of(version, september)
    assert (endless.ramp, launching.good_start(version, september)) == (0, soon), "one passage has to do"


def test_a_journey_that_was_launched_needs_no_room_for_its_ramp(db: None, now: datetime) -> None:
    version = launched.publish(now, people=200)
    found = launched.plan(now)
    found.figures["preflight"]["ramp"]["days"] = 31
    found.save()
    assert [one.ramp for one in proposals.reactivations(now)] == [30]
    launching.approve(found, by="Denis", now=now)
    assert [one.ramp for one in proposals.reactivations(now)] == [0]
    assert proposals.of(version, now).fits(now)


@given(
    people=st.dictionaries(
        st.sampled_from([band.key for band in bands.BANDS]),
        st.dictionaries(st.sampled_from("ab"), st.integers(0, 50)),
        max_size=4,
    ),
    canary=st.integers(1, 90),
)
def test_small_bands_join_older_ones_and_nobody_is_lost(people: plan.People, canary: int) -> None:
    found = bands.merged(people, canary)
    assert sum(count(one) for one in found.values()) == sum(count(one) for one in people.values())
    last = max((key for key in found if count(found[key])), key=lambda key: bands.of(key).from_days, default="")
    assert all(count(counts) >= canary for key, counts in found.items() if key != last and count(counts))


def count(people: Mapping[str, int]) -> int:
    """Return everybody of a band."""
    return sum(people.values())
