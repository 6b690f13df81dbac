"""Coverage: from when to when something is told, by files and by who goes on telling."""

from datetime import UTC, datetime, timedelta

import pytest

from relance.intake import coverage, events, sources
from relance.intake.options import Options

from .conftest import Write

pytestmark = pytest.mark.usefixtures("db")

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def tell(name: str, now: datetime, since: datetime, until: datetime | None = None, kind: str = "order_placed") -> None:
    """Let a source tell of a type."""
    sources.cover(sources.source_id(name, now), {kind: since}, until)


def test_who_tells_until_further_notice_covers_every_day(now: datetime) -> None:
    tell("api", now, LONG_AGO)
    assert coverage.covered(now + 900 * DAY)["order_placed"] == LONG_AGO
    assert coverage.ended(now + 900 * DAY) == {}


def test_a_file_covers_to_its_end_and_the_grace_after_it(now: datetime) -> None:
    tell("files", now, LONG_AGO, now)
    assert coverage.covered(now + 7 * DAY)["order_placed"] == LONG_AGO
    late = now + 7 * DAY + timedelta(seconds=1)
    assert coverage.covered(late)["order_placed"] == coverage.ENDED
    assert coverage.ended(late) == {"order_placed": now}


def test_a_later_file_moves_the_end_on_and_an_old_one_does_not_move_it_back(now: datetime) -> None:
    tell("files", now, LONG_AGO, now)
    tell("files", now, now, now + 30 * DAY)
    tell("files", now, LONG_AGO - DAY, now - 90 * DAY)
    assert coverage.until(now + 30 * DAY) == {"order_placed": now + 30 * DAY}
    assert coverage.covered(now + 30 * DAY)["order_placed"] == LONG_AGO - DAY


def test_a_source_that_goes_on_telling_is_not_ended_by_a_file(now: datetime) -> None:
    tell("shop", now, now)
    tell("shop", now, LONG_AGO, now - 90 * DAY)
    assert coverage.covered(now + 90 * DAY)["order_placed"] == LONG_AGO


def test_of_several_sources_the_latest_end_counts(now: datetime) -> None:
    tell("old tool", now, LONG_AGO, now - 2 * DAY)
    tell("new tool", now, now - 10 * DAY, now + 20 * DAY)
    assert coverage.until(now + 20 * DAY) == {"order_placed": now + 20 * DAY}
    assert coverage.covered(now + 20 * DAY)["order_placed"] == LONG_AGO


def test_a_gap_between_two_sources_is_not_covered(now: datetime) -> None:
    tell("old tool", now, LONG_AGO, now - 60 * DAY)
    tell("new tool", now, now - 10 * DAY)
    assert coverage.covered(now)["order_placed"] == now - 10 * DAY


def test_a_look_back_sees_what_was_told_then(now: datetime) -> None:
    tell("old tool", now, LONG_AGO, now - 60 * DAY)
    tell("new tool", now, now - 10 * DAY)
    assert coverage.covered(now - 60 * DAY)["order_placed"] == LONG_AGO
    assert coverage.covered(now - 30 * DAY)["order_placed"] == coverage.ENDED


def test_of_a_list_the_earliest_counts_and_one_that_ended_leaves_all_unknown(now: datetime) -> None:
    tell("web", now, now - DAY)
    tell("till", now, LONG_AGO, now - 3 * DAY, "store_purchase")
    both = ("order_placed", "store_purchase", "never_told")
    assert coverage.since(coverage.covered(now), both) == LONG_AGO
    assert coverage.since(coverage.covered(now + 10 * DAY), both) is None
    assert coverage.since(coverage.covered(now + 10 * DAY), ("order_placed",)) == now - DAY


def test_what_is_forgotten_decides_nothing(now: datetime) -> None:
    tell("web", now, LONG_AGO)
    tell("till", now, LONG_AGO, now - 90 * DAY, "store_purchase")
    assert coverage.forget("till", "store_purchase")
    assert not coverage.forget("till", "store_purchase")
    assert coverage.since(coverage.covered(now), ("order_placed", "store_purchase")) == LONG_AGO


def test_what_is_covered_stays_the_same_from_night_to_night(now: datetime) -> None:
    tell("files", now, LONG_AGO, now)
    first = coverage.covered(now)
    tell("files", now, now, now + DAY)
    assert coverage.covered(now + DAY) == first


def test_a_file_tells_until_its_latest_event_whatever_its_type(write: Write, now: datetime) -> None:
    path = write("customer id,type,date,amount\n7,order,2026-05-01,1\n7,refund,2026-06-01,1\n")
    events.load(path, Options(zone="UTC"), now)
    june = datetime(2026, 6, 1, tzinfo=UTC)
    assert coverage.until(now) == {"order_placed": june, "refund": june}


def test_a_file_may_say_until_when_it_tells(write: Write, now: datetime) -> None:
    path = write("customer id,date,amount\n7,2026-05-01,1\n")
    events.load(path, Options(zone="UTC", covered_until=now), now)
    assert coverage.until(now) == {"order_placed": now}


def test_relance_goes_on_telling_of_its_own_mails(now: datetime) -> None:
    sources.cover_own(now)
    sources.cover_own(now + DAY)
    assert coverage.covered(now + 90 * DAY)["message_clicked"] == now


def test_who_tells_later_of_what_was_told_to_then_leaves_no_gap(now: datetime) -> None:
    tell("files", now, LONG_AGO, now)
    tell("simulated", now, now + 5 * DAY)
    assert coverage.covered(now + 75 * DAY)["order_placed"] == LONG_AGO


def test_a_file_said_to_be_older_is_carried_on_with_all_that_ended_with_it(now: datetime) -> None:
    end = now - 20 * DAY
    for kind in ("order_placed", "refund", "site_visited"):
        tell("files", now, LONG_AGO, end, kind)
    tell("files", now, LONG_AGO, now - 30 * DAY, "message_clicked")
    tell("api", now, LONG_AGO, end, "logged_in")
    its = {"order_placed": 3, "refund": 1, "message_clicked": 2}
    assert coverage.carry_on("files", "order_placed", now, types=its) == end
    assert coverage.until(now) == {
        "message_clicked": now - 30 * DAY,
        "logged_in": end,
        "site_visited": end,
        "order_placed": now,
        "refund": now,
    }
    assert coverage.carry_on("files", "order_placed", now) is None
    assert coverage.carry_on("api", "order_placed", now) is None
