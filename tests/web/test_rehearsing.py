"""A rehearsal asked for on the launch page, done by a worker."""

from datetime import datetime

import pytest
from django.test import Client
from typer.testing import CliRunner

from relance.core.errors import RefusedError
from relance.journeys import publishing
from relance.journeys.models import Enrolment, LaunchRehearsal
from relance.rehearsal import rates, rehearse
from relance.rehearsal.rehearse import Options
from relance.web import wording
from relance.web.launch import tasks
from tests.command_line import app
from tests.conftest import NOW
from tests.web import launched
from tests.web.launched import JOURNEY

PAGE = f"/launch/{JOURNEY}/"


@pytest.fixture
def page(db: None, now: datetime, page: Client) -> Client:
    """An administrator, where the journey is published."""
    launched.publish(now)
    return page


@pytest.mark.slow
def test_the_worker_rehearses_and_the_report_opens(page: Client) -> None:
    page.post(f"{PAGE}rehearse", {"days": "47"})
    asked = LaunchRehearsal.objects.get()
    assert asked.work is not None
    tasks.rehearse_journey(str(asked.work.id), asked.pk)
    asked.refresh_from_db()
    asked.work.refresh_from_db()
    assert (asked.work.state, asked.work.sentence) == ("done", "")
    assert asked.result["signals"]
    assert not Enrolment.objects.exists(), "nothing of it happened"
    report = page.get(f"{PAGE}rehearsal/{asked.pk}")
    assert b"simulated" in report.content
    assert "sandbox" in report.headers["Content-Security-Policy"]
    text = page.get(PAGE).content.decode()
    assert "(simulated)" in text
    assert "Against the limits at which a journey stops" in text
    assert asked.result["limits"][0]["signal"] == "hard_bounced"


def test_a_rehearsal_made_by_a_command_stands_on_the_page_too(page: Client) -> None:
    answer = CliRunner().invoke(app, ["journey", "rehearse", JOURNEY, "--days", "47"], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    made = LaunchRehearsal.objects.get()
    assert (made.version, made.work, made.days) == (publishing.latest(JOURNEY), None, 47)
    text = page.get(PAGE).content.decode()
    assert f"/launch/{JOURNEY}/rehearsal/{made.pk}" in text
    assert "was not rehearsed" not in text
    assert page.get(f"{PAGE}rehearsal/{made.pk}").status_code == 200


@pytest.mark.parametrize("days", ["45", "2", "731", "many", ""])
def test_days_that_show_nothing_are_refused_with_the_least_that_do(page: Client, days: str) -> None:
    text = page.get(PAGE).content.decode()
    assert 'min="46" max="730"' in text
    assert "At least 46 days" in text
    answer = page.post(f"{PAGE}rehearse", {"days": days})
    assert answer.status_code == 422
    assert "lasts from 46 to 730 days" in answer.content.decode()
    assert not LaunchRehearsal.objects.exists()


def test_a_command_that_is_too_short_says_how_long_is_long_enough(page: Client) -> None:
    with pytest.raises(RefusedError, match=r"45 days are too few: .* Rehearse 46 days or more\.") as refused:
        rehearse.rehearse(Options(JOURNEY, NOW, 45, rates.load()))
    said = "45 days are too few: the goal of reactivation-ecommerce counts for 45 days after entry. Rehearse 46 days or more."
    assert wording.say(str(refused.value)) == said
