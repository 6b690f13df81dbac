"""Learning from past sends on the page of the models: asked for, worked, told with what was refused."""

from datetime import datetime
from html import unescape

import pytest
from django.utils import timezone

from relance.core.models import AuditEntry
from relance.dormancy.models import Estimate
from relance.dormancy.reactivity.effort import Effort
from relance.intake.models import Work
from relance.measurement import past_sends
from relance.web.base import learning, reactivity, tasks
from relance.workers import background
from tests.browser import estimates
from tests.measurement.conftest import Running
from tests.measurement.conftest import running as running
from tests.web.conftest import SignIn

MODELS = "/base/models"


def worked() -> Work:
    """Let the work that was asked for be done as a worker does it."""
    work = Work.objects.get(kind=tasks.KIND)
    background.run(str(work.id), tasks.learn)
    work.refresh_from_db()
    return work


def test_nobody_can_ask_before_somebody_entered_a_journey(sign_in: SignIn) -> None:
    client = sign_in("editor")
    assert "Learn from past sends</button>" not in client.get(MODELS).text
    assert client.post(f"{MODELS}/learn").status_code == 422


def test_too_few_people_are_refused_and_the_page_says_so_in_both_languages(running: Running, sign_in: SignIn) -> None:
    running.enrol(control=False, days_ago=60, times=3)
    client = sign_in("editor")
    assert "Learn from past sends</button>" in client.get(MODELS).text
    assert client.post(f"{MODELS}/learn").status_code == 302
    assert AuditEntry.objects.filter(action="reactivity learned").exists()
    page = client.get(MODELS).text
    assert "It begins within a moment." in page
    assert "Learn from past sends</button>" not in page
    assert client.post(f"{MODELS}/learn").status_code == 422  # one at a time
    work = worked()
    assert (work.state, work.result["learned"]) == ("done", [])
    assert client.get(f"{MODELS}/learn/{work.id}").headers["HX-Refresh"] == "true"
    page = client.get(MODELS).text
    assert "Nothing could be learned from any journey." in page
    assert "3 people have entered and are past the end of the measure" in page
    french = unescape(sign_in("administrator", "fr").get(MODELS).text)
    assert "Personnes entrées et dont la mesure est terminée\u00a0: 3" in french


def test_a_journey_with_enough_people_is_learned_from(
    running: Running, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_sends, "Effort", lambda: Effort(2, 1, 100, 1))
    people = running.enrol(control=False, days_ago=60, times=60), running.enrol(control=True, days_ago=60, times=60)
    for person in (*people[0][:25], *people[1][:12]):
        running.happened(person, "order_placed", days_ago=90, amount="30")
        running.happened(person, "order_placed", days_ago=50, amount="30")
    client = sign_in("editor")
    client.post(f"{MODELS}/learn")
    assert worked().result == {"learned": ["wake-up"], "refused": {}}
    assert Estimate.objects.get(kind="reactivity").policy == "wake-up"
    assert "1 journey was learned from." in client.get(MODELS).text


def test_a_reader_sees_the_last_learning_and_cannot_ask(running: Running, sign_in: SignIn) -> None:
    running.enrol(control=False, days_ago=60)
    now = timezone.now()
    why = "Learning reactivity needs scikit-learn, which is not installed. Run: pip install 'relance[learning]'"
    Work.objects.create(kind=tasks.KIND, by="Anna", asked_at=now, finished_at=now, state="failed", sentence=why)
    client = sign_in("reader")
    page = client.get(MODELS).text
    assert "Learning needs a part of Relance that is not installed here" in page
    assert "Learn from past sends</button>" not in page
    assert client.post(f"{MODELS}/learn").status_code == 403


def test_a_learning_is_stopped_before_it_begins(running: Running, sign_in: SignIn) -> None:
    running.enrol(control=False, days_ago=60)
    client = sign_in("editor")
    client.post(f"{MODELS}/learn")
    client.post(f"{MODELS}/learn/{Work.objects.get().id}/stop")
    assert worked().state == "stopped"
    assert learning.told(timezone.now())["last"]["state"] == "stopped"  # type: ignore[index]


def test_a_difference_between_unlike_groups_is_never_called_an_effect(sign_in: SignIn, now: datetime) -> None:
    estimates.reacting("wake-up", now)
    client = sign_in("reader")
    page = client.get(MODELS).text
    assert "because of it (" in page
    assert "Effect of the message" in page
    kept = Estimate.objects.get(kind="reactivity")
    columns = [{"column": "purchases", "standardised_difference": 0.4, "notable": True}]
    kept.figures |= {"verdict": "no_evidence", "reasons": ["arms_differ"], "balance": {"columns": columns}}
    kept.figures["effect"] |= {"kind": "arms_difference"}
    kept.save()
    page = client.get(MODELS).text
    assert "because of it (" not in page
    assert "Effect of the message" not in page
    assert "This is no effect of the message" in page
    assert "They differ most in: number of purchases." in page
    assert reactivity.told()[0]["is_effect"] is False
