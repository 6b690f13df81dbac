"""Pages of what waits for a person: overdue messages, a restored database; and what stands in the way on the board."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from relance.core import faults
from relance.core.models import AuditEntry
from relance.delivery import dispatch, folder_mark
from relance.journeys.models import Journey
from relance.measurement import reconciliation
from relance.outbox.models import Message
from relance.outbox.pulse import Restoration
from tests.delivery.sending import message, person, published
from tests.delivery.test_dispatch import Scripted
from tests.unreadable import unreadable
from tests.web.conftest import SignIn

pytestmark = pytest.mark.usefixtures("db")
DAYS = timedelta(days=4)


@pytest.fixture(autouse=True)
def _late(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now + DAYS)


@pytest.fixture
def overdue(now: datetime) -> Message:
    """A message that an outage of four days made late."""
    published(now)
    journey = Journey.objects.create(name="back", running=True)
    dispatch.dispatch(now - timedelta(minutes=1), Scripted())
    one = message(person("Anna", now), now, journey_id=journey.pk)
    dispatch.dispatch(now + DAYS, Scripted())
    return one


@pytest.fixture
def restoration(now: datetime) -> Message:
    """A message of a database whose pulse lies behind its folder's."""
    published(now)
    dispatch.dispatch(now, Scripted())
    one = message(person("Anna", now), now)
    mark = folder_mark.read()
    assert mark
    folder_mark.write(folder_mark.Mark(mark.folder, mark.cluster, mark.number + 50, now + timedelta(hours=2)))
    dispatch.dispatch(now + DAYS, Scripted())
    return one


def state(one: Message) -> str:
    one.refresh_from_db()
    return one.state


def test_nothing_is_overdue_and_nothing_was_restored(sign_in: SignIn) -> None:
    client = sign_in("reader")
    assert "Nothing is overdue" in client.get("/watch/held/").text
    assert "Nothing was restored" in client.get("/watch/restored/").text


def test_overdue_messages_are_sent_in_the_name_of_who_decides(sign_in: SignIn, overdue: Message) -> None:
    client = sign_in("approver")
    assert "Send now" in client.get("/watch/held/").text
    assert "overdue during an outage" in client.get("/watch/").text
    client.post("/watch/held/decide", {"journey": "back", "act": "release"})
    assert state(overdue) == "ready"
    assert AuditEntry.objects.get(action="released held messages").actor == "Anna <approver@example.org>"


def test_overdue_messages_are_cancelled(sign_in: SignIn, overdue: Message) -> None:
    sign_in("approver").post("/watch/held/decide", {"journey": "back", "act": "cancel"})
    assert state(overdue) == "blocked"


def test_who_may_not_approve_only_looks(sign_in: SignIn, overdue: Message) -> None:
    client = sign_in("editor")
    assert "Send now" not in client.get("/watch/held/").text
    for area in ("held", "restored"):
        assert client.post(f"/watch/{area}/decide", {"journey": "back", "act": "release"}).status_code == 403
    assert state(overdue) == "held"


def test_a_restored_database_shows_what_it_might_send_again_and_halts(sign_in: SignIn, restoration: Message) -> None:
    client = sign_in("approver", language="fr")
    page = client.get("/watch/restored/").text
    assert "Pourraient être renvoyés" in page
    assert "plus ancienne que ses derniers envois" in page
    assert "restaurée ou déplacée" in client.get("/watch/").text
    health = Client(SERVER_NAME="localhost").get("/health")
    assert (health.status_code, health.json()["stall"]) == (503, "restored")
    client.post("/watch/restored/decide", {"act": "release"})
    assert Restoration.objects.get().settled_by == "Anna <approver@example.org>"
    assert "Quelqu’un a décidé entre-temps" in client.post("/watch/restored/decide", {"act": "release"}).text


@pytest.mark.parametrize("form", [{"act": "cancel-all"}, {"act": "cancel", "journey": "-"}])
def test_a_restored_database_lets_go_of_what_is_due(
    sign_in: SignIn, restoration: Message, form: dict[str, str]
) -> None:
    sign_in("approver").post("/watch/restored/decide", form)
    assert state(restoration) == "blocked"


def test_looking_at_a_restored_database_writes_nothing_and_says_when_the_history_was_read(
    sign_in: SignIn, restoration: Message, now: datetime
) -> None:
    client = sign_in("reader")
    assert "has not been read yet" in client.get("/watch/restored/").text
    assert Restoration.objects.get().reconciled_at is None
    reconciliation.run(now + DAYS)
    assert "The event history was last read" in client.get("/watch/restored/").text


@pytest.mark.parametrize("act", ["release", "cancel-all"])
def test_a_history_that_cannot_be_read_prevents_no_look_and_no_decision(
    sign_in: SignIn, restoration: Message, act: str
) -> None:
    unreadable()
    client = sign_in("approver", language="fr")
    assert client.get("/watch/restored/").status_code == 200
    said = client.post("/watch/restored/decide", {"act": act}, follow=True).text
    assert "n’a pas pu être lu" in said
    assert Restoration.objects.get().settled_at


def test_nothing_is_said_to_run_while_nothing_is_sent(sign_in: SignIn, restoration: Message, now: datetime) -> None:
    Journey.objects.create(name="back", running=True)
    page = sign_in("reader").get("/watch/").text
    assert "Sending halted</span>" in page
    assert "Running</span>" not in page


def test_a_form_that_says_nothing_is_refused(sign_in: SignIn, restoration: Message) -> None:
    client = sign_in("approver")
    for area in ("held", "restored"):
        assert client.post(f"/watch/{area}/decide", {"act": "dance"}).status_code == 422


def test_health_says_that_nobody_works(now: datetime) -> None:
    published(now)
    message(person("Anna", now), now)
    answer = Client(SERVER_NAME="localhost").get("/health")
    assert (answer.status_code, answer.json()["stall"]) == (503, "no_worker")
    page = Client(SERVER_NAME="localhost").get("/health", headers={"Accept": "text/html", "Accept-Language": "fr"})
    assert "le travail en arrière-plan est arrêté" in page.text


def test_the_page_tells_a_marketer_whom_to_tell_and_not_what_a_machine_said(now: datetime, sign_in: SignIn) -> None:
    published(now)
    faults.note("breaker", "ZeroDivisionError: division by zero", now, guards=True)
    message(person("Anna", now), now)
    page = sign_in("reader", "fr").get("/watch/").text
    assert "Prévenez la personne qui exploite Relance" in page
    assert "ZeroDivisionError" not in page
