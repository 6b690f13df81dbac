"""How far a journey is: one word for each state, the same on every page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import translation

from relance.journeys import drafts, launches, library, publishing
from relance.journeys.drafts import By
from relance.journeys.models import Enrolment, Journey, Launch, LaunchPlan, RampStep
from relance.measurement import launching
from relance.segments.models import Segment
from relance.web import standings, tags
from tests.emptied import taken_back
from tests.web.launched import JOURNEY

DAY = timedelta(days=1)


@pytest.fixture
def db(published: None) -> Iterator[None]:
    """A journey published, nothing approved yet: as it was before each test."""
    with taken_back():
        yield


def approved(start: datetime, canary: int | None = 20) -> Launch:
    """Write down an approval of the journey, as if somebody had given it the day before."""
    version = publishing.latest(JOURNEY)
    plan = LaunchPlan.objects.create(
        journey=version.journey, version=version, start_at=start, canary=20, asked_at=start - DAY, by="Camille",
        made_at=start - DAY, figures={"counts": {"canary": 20}},
    )  # fmt: skip
    Journey.objects.update(running=True)
    return Launch.objects.create(
        journey=version.journey, version=version, plan=plan, canary=canary, start_at=start, approved_by="Camille",
        approved_at=start - DAY, figures=plan.figures,
    )  # fmt: skip


def code(now: datetime) -> str:
    return standings.of_one(Journey.objects.get(), now).code


def test_a_published_journey_awaits_its_launch(db: None, now: datetime) -> None:
    assert code(now) == "unlaunched"


def test_an_approved_launch_waits_for_its_day_then_its_canary_is_under_way(db: None, now: datetime) -> None:
    approved(now + DAY)
    assert code(now) == "scheduled"
    assert code(now + DAY) == "canary"


def test_a_second_step_of_the_ramp_is_growth_and_the_release_lets_it_run(db: None, now: datetime) -> None:
    launch = approved(now)
    plan = LaunchPlan.objects.get()
    for number in (1, 2):
        RampStep.objects.create(
            plan=plan, number=number, band="1y", providers={}, released_at=now, released_by="Camille"
        )
    assert code(now) == "growing"
    launches.release(launch.journey, by="Camille", now=now, figures={})
    assert code(now) == "running"


def test_a_canary_is_dated_by_who_entered_and_its_release_in_a_period_goes_on(db: None, now: datetime) -> None:
    friday = datetime(2026, 11, 27, 9, tzinfo=UTC)
    launch = approved(friday)
    assert launching.departs(launch, friday) > friday + 7 * DAY
    entered = friday + 12 * DAY
    Enrolment.objects.create(
        contact_id=1, journey=launch.journey, version=launch.version, occasion=1, control=False, entered_at=entered,
        position="0", due_at=entered,
    )  # fmt: skip
    assert launching.departs(launch, entered + DAY) == entered
    assert code(entered + DAY) == "canary"
    Launch.objects.create(
        journey=launch.journey, version=launch.version, plan=launch.plan, start_at=entered + 8 * DAY, approved_by="Camille",
        approved_at=entered + 8 * DAY,
    )  # fmt: skip
    assert code(entered + 8 * DAY) == "running"


def test_what_rests_is_paused_or_stopped(db: None, now: datetime) -> None:
    journey = approved(now).journey
    launches.pause(journey, by="Camille", now=now)
    assert code(now) == "paused"
    launches.stop(journey, by="Camille", now=now)
    assert code(now) == "stopped"


def test_every_page_says_the_same_word(page: Client, now: datetime) -> None:
    segment = Segment.objects.get(name=library.recipe(JOURNEY).journey.entry.segment)
    Segment.objects.update(people=60)
    pages = (
        "/journeys/", f"/journeys/{JOURNEY}/versions/1", "/launch/", f"/launch/{JOURNEY}/", "/segments/",
        f"/segments/{segment.pk}",
    )  # fmt: skip
    for path in pages:
        assert "Awaits its launch</span>" in page.get(path).content.decode(), path
    launch = approved(now + 9 * DAY)
    for path in (*pages, "/watch/", f"/watch/journeys/{JOURNEY}/"):
        assert "Approved, starts on 5 August 2026</span>" in page.get(path).content.decode(), path
    launches.pause(launch.journey, by="Camille", now=now)
    for path in (*pages, "/watch/", f"/watch/journeys/{JOURNEY}/"):
        assert "Paused</span>" in page.get(path).content.decode(), path


def test_a_draft_is_a_draft_wherever_it_stands(page: Client, now: datetime) -> None:
    text = library.recipe(JOURNEY).text.replace(f"journey: {JOURNEY}", "journey: other")
    drafts.start("other", text, By("Camille", now))
    for path in ("/journeys/", "/segments/"):
        assert "Draft</span>" in page.get(path).content.decode(), path


def test_every_state_has_its_french(db: None) -> None:
    with translation.override("fr"):
        words = [str(label) for label, _colour, _meaning in standings.WORDS.values()]
    assert len(set(words)) == len(words)
    assert {"Brouillon", "En cours", "En pause", "Arrêté"} <= set(words)


def test_the_watch_shows_a_launch_that_waits_its_date_who_approved_it_and_the_way_to_it(
    page: Client, now: datetime
) -> None:
    launch = approved(now + 9 * DAY)
    for path in ("/watch/", f"/watch/journeys/{JOURNEY}/"):
        text = page.get(path).content.decode()
        assert f"20 people enter on {tags.moment(now + 9 * DAY)}." in text, path
        assert "Approved by Camille" in text
        assert f'href="/launch/{JOURNEY}/">See the launch' in text
        assert "New people enter" not in text
        assert "counted anew" not in text
    launches.pause(launch.journey, by="Camille", now=now)
    for path in ("/watch/", f"/watch/journeys/{JOURNEY}/"):
        text = page.get(path).content.decode()
        assert "It was to enter on 5 August 2026" in text, path
        assert "people enter on" not in text


def test_the_watch_says_of_a_launch_far_away_what_is_counted_anew(page: Client, now: datetime) -> None:
    approved(now + 9 * DAY)
    LaunchPlan.objects.update(made_at=now - 30 * DAY)
    assert "39 days before the start" in page.get("/watch/").content.decode()
