"""Starts compared: forced on Black Friday week beside the day the tool proposes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from relance.core import database, place
from relance.eligibility import commercial_calendar
from relance.eligibility.models import CommercialPeriod
from relance.journeys import publishing
from relance.journeys.models import Enrolment
from relance.outbox.models import Message
from relance.rehearsal import comparison, demonstration, forcing, rates, rehearse
from relance.rehearsal.comparison import Asked, Side
from relance.rehearsal.toll import Toll
from tests.emptied import emptied

BASE = datetime(2026, 9, 14, 6, tzinfo=UTC)
BLACK_FRIDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)
PEOPLE = 400


def test_rates_move_in_a_straight_line_with_saturation() -> None:
    assumed = rates.Saturation(complain=3, click=0.5)
    assert [assumed.times("complain", level) for level in (0, 50, 100)] == [1, 2, 3]
    assert assumed.times("click", 100) == 0.5
    assert assumed.times("hard_bounce", 100) == 1


def test_rates_that_say_nothing_of_saturation_are_the_same_on_any_day() -> None:
    known = rates.load().model_dump(exclude={"saturation", "promotions"})
    silent = rates.Rates.model_validate(known)
    assert silent.saturation.times("complain", 100) == 1


def test_the_toll_is_the_sum_of_chances_and_bounced_mails_bring_nothing() -> None:
    toll = Toll()
    chances = {"hard_bounce": [0.5, 0.0], "soft_bounce": [0.0, 0.0], "click": [0.2, 0.4], "order": [0.1, 0.1]}
    toll.add(
        np.array(["reactivation", "promotion"]),
        {name: np.array(values) for name, values in chances.items()},
        np.array([100.0, 10.0]),
    )
    own = toll.expected["reactivation"]
    assert (own["mails"], own["hard_bounce"], own["click"]) == (1, 0.5, pytest.approx(0.1))
    assert own["revenue"] == pytest.approx(0.1 * 0.5 * 100)
    assert own["revenue_square"] == pytest.approx(0.1 * 0.5 * 100**2)
    assert toll.expected["promotion"]["revenue"] == pytest.approx(1)


def test_a_range_holds_what_a_poisson_count_does() -> None:
    found = comparison.counted(10)
    assert (found.range.low, found.range.high) == (4, 17)  # central 95 % of a Poisson count of mean 10


def test_forcing_leaves_inboxes_as_full_and_holds_nothing_back(db: None) -> None:
    days = BLACK_FRIDAY.date(), (BLACK_FRIDAY + timedelta(days=40)).date()
    CommercialPeriod.objects.create(
        country="FR", name="our sale", starts_at=BLACK_FRIDAY, ends_at=BLACK_FRIDAY + timedelta(days=2), blackout=True
    )
    before = commercial_calendar.saturated("FR", *days)
    assert commercial_calendar.pause("FR", BLACK_FRIDAY) is not None
    with place.elsewhere(simulated=True):
        forcing.lift_blackouts(BLACK_FRIDAY, BLACK_FRIDAY + timedelta(days=40))
    assert commercial_calendar.saturated("FR", *days) == before
    assert max(before.values()) == 100
    assert not commercial_calendar.blackouts("FR", BLACK_FRIDAY, BLACK_FRIDAY + timedelta(days=60))
    assert not commercial_calendar.blackouts("FR", BLACK_FRIDAY, BLACK_FRIDAY + timedelta(days=60), "57")


def test_nothing_but_a_rehearsal_may_force(db: None) -> None:
    with pytest.raises(RuntimeError, match="scratch copy"):
        forcing.lift_blackouts(BLACK_FRIDAY, BLACK_FRIDAY)
    assert not CommercialPeriod.objects.exists()


@pytest.fixture(scope="module")
def compared(server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    """Both starts, on a few hundred invented people."""
    folder = tmp_path_factory.mktemp("starts")
    with emptied(), place.elsewhere(data=folder / "data", lake=str(folder / "lake")):
        files = demonstration.files(rehearse.quiet, contacts=PEOPLE, today=date(2026, 9, 14))
        demonstration.load(files, rehearse.quiet, BASE)
        proposed = comparison.proposed(demonstration.JOURNEY, BASE)
        asked = Asked(demonstration.JOURNEY, BASE, 47, rates.load())
        forced, good = comparison.compare(asked, [BLACK_FRIDAY, proposed])
        assert not CommercialPeriod.objects.exists()
        assert not Enrolment.objects.exists()
        assert not Message.objects.exists()
        assert not publishing.latest(demonstration.JOURNEY).journey.running
        assert database.rows("SELECT count(*) FROM pressure_reservation") == [(0,)]
        yield forced, good


def share(side: Side, name: str) -> float:
    return side.figures[name].value / side.figures["mails"].value


@pytest.mark.long
def test_a_start_forced_on_black_friday_week_is_the_worse_one(compared: tuple[Side, Side]) -> None:
    forced, good = compared
    assert (forced.forced, good.forced) == (True, False)
    assert (forced.advice, forced.risk) == ("not_now", "high")
    assert "Black Friday" in forced.findings[0]["en"] + forced.findings[0]["fr"]
    for side in compared:
        assert side.treated > 30
        assert side.figures["mails"].value > side.treated
    for name in ("complain", "unsubscribe", "soft_bounce"):
        assert share(forced, name) > 1.2 * share(good, name), name
    for name in ("click", "order"):
        assert share(forced, name) < 0.9 * share(good, name), name


@pytest.mark.long
def test_it_takes_places_from_the_other_campaigns(compared: tuple[Side, Side]) -> None:
    for side in compared:
        assert sum(side.held_back.values()) > 0
        assert side.figures["promotions_held_back"].value > 0
        assert side.figures["balance"].value < side.figures["revenue"].value
