"""Where a journey is chosen, the page says its next good start, and what keeps it from being sooner."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from relance.journeys import library
from relance.measurement import launch_hours
from relance.web import departures
from tests.web.conftest import SignIn

RECIPE = "/journeys/library/reactivation-ecommerce"


@pytest.mark.parametrize(
    ("language", "label", "period", "later"),
    [
        ("en", "Next good start", "before: Black Friday", "or later, once the people are counted"),
        ("fr", "Prochaine bonne date de départ", "avant\u00a0: ", "ou plus tard, une fois"),
    ],
)
def test_a_recipe_says_what_keeps_it_from_leaving_now(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, language: str, label: str, period: str, later: str
) -> None:
    november = SimpleNamespace(now=lambda: datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    monkeypatch.setattr("relance.web.journeys.views.timezone", november)
    text = sign_in("editor", language=language).get(RECIPE).content.decode()
    assert label in text
    assert later in text
    assert period in text
    assert "2027" in text.partition(label)[2].partition("</div>")[0]


def test_only_a_reactivation_has_a_start_that_the_calendar_holds_up(db: None) -> None:
    november = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    wakes = library.recipe("reactivation-ecommerce").journey
    found = departures.next_good(wakes, november)
    assert (found["start"], found["counted"]) == (launch_hours.good_hour(wakes, november), False)
    assert departures.next_good(wakes, november, 30)["counted"]
    assert departures.next_good(wakes.model_copy(update={"purpose": "relationship"}), november) == {}


def test_a_journey_that_no_window_holds_has_no_good_start(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    never = launch_hours.Window(False, 400)
    monkeypatch.setattr(launch_hours, "window", lambda *_args: never)
    wakes = library.recipe("reactivation-ecommerce").journey
    assert departures.next_good(wakes, datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) == {"start": None}


def test_a_recipe_says_truly_whom_it_can_reach(sign_in: SignIn) -> None:
    text = sign_in("editor").get(RECIPE).content.decode()
    assert "with a usable address on at least one channel (e-mail, phone or post)" in text
