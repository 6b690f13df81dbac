"""Where the data ended months ago nobody is known to be silent: the bill, the movements and the kinds say so, and no 0."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from relance.core import database
from relance.dormancy import kinds, scoring, untold
from relance.measurement import bill, overview, telling
from tests.prepared import prepared

from .test_bill import base

ENDED = timedelta(days=120)


@pytest.fixture
def shop(db: None, tmp_path: Path, now: datetime) -> Iterator[None]:
    """The shop of the bill, of which nothing is told any more since 120 days."""
    with prepared(f"silent until {now - ENDED}", tmp_path, lambda: over(now)):
        yield


def over(now: datetime) -> None:
    base(now)
    database.execute("UPDATE coverage SET until = %s", [now - ENDED])
    scoring.run(now)


@pytest.mark.parametrize(("states", "people"), [
    ({"active": 9, "undetermined": 11}, 11),
    ({"active": 9, "undetermined": 10, "dormant": 1}, 0),  # some silence is known
    ({"active": 95, "undetermined": 5}, 0),  # hardly anybody
    ({"active": 3}, 0),
    ({}, 0),
])  # fmt: skip
def test_silence_is_unknown_where_only_that_nobody_can_tell_keeps_it_at_nothing(
    states: dict[str, int], people: int
) -> None:
    assert untold.people(states) == people


def test_the_bill_says_unknown_and_no_zero(shop: None, now: datetime) -> None:
    found = bill.read(now, months=3)
    assert found["untold"] == 30
    assert {found[name] for name in ("silent", "share_silent", "routing_cost_silent")} == {None}
    assert set(found["asleep"].values()) == {None}
    assert found["decay"]["awake_then"] > 0
    assert {found["decay"][name] for name in ("silent_now", "share", "interval", "pace")} == {None}
    assert {found["rates"][group]["mails"] for group in ("all", "without", "silent")} == {None}
    assert datetime.fromisoformat(found["rates"]["told_until"]) == now - ENDED
    assert found["flows"]["untold"] == found["flows_by_months"]["1"]["untold"] == 30
    assert {one["silent"] for one in found["months"]} == {None}


def test_what_an_earlier_bill_took_for_nothing_is_kept_no_longer(shop: None, now: datetime) -> None:
    kept = bill.keep(now, months=1)
    for month in kept["months"]:
        month |= {"silent": 0, "share": 0.0}
    bill.Estimate.objects.filter(kind="bill").update(figures={k: v for k, v in kept.items() if k != "untold"})
    assert bill.due(now)
    assert {one["share"] for one in bill.keep(now, months=0)["months"]} == {None}


def test_kinds_that_rest_on_silence_are_unknown(shop: None, now: datetime) -> None:
    found = kinds.overview(now)
    assert (found["untold"], found["quiet"], found["quiet_other"]) == (30, None, None)
    buyers = next(row for row in found["kinds"] if row["code"] == "ex_buyers")
    assert (buyers["people"], buyers["reachable"], buyers["unknown"]) == (None, None, 30)
    ignoring = next(row for row in found["kinds"] if row["code"] == "false_inactives")
    assert (ignoring["people"], ignoring["unknown"]) == (None, 50)
    assert kinds.targets(now)["untold"] == 30


def test_the_snapshot_says_as_of_when_the_states_are_and_what_is_not_told(shop: None, now: datetime) -> None:
    found = overview.of(overview.keep(now + timedelta(hours=9)))
    assert datetime.fromisoformat(found.health["scored_at"]) == now
    assert found.silence_unknown
    assert not found.health["false_inactive_told"]


def test_the_warning_says_since_when_purchases_are_unknown(shop: None, now: datetime) -> None:
    database.execute("UPDATE coverage SET until = %s WHERE type = 'message_clicked'", [now - 2 * ENDED])
    warning = telling.warning(now)
    assert warning is not None
    assert warning["since"] == now - ENDED
