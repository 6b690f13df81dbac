"""A rehearsal asked for on the launch page, done by a worker."""

from datetime import datetime

import pytest
from django.test import Client

from relance.journeys.models import Enrolment, LaunchRehearsal
from relance.web.launch import tasks
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
    assert "(simulated)" in page.get(PAGE).content.decode()
