"""The sender's pages: stops with their reason, closing and quarantine by who may, the course, and the world outside."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from relance.core.models import AuditEntry
from relance.eligibility.breaker import counting, quarantine, stage
from relance.eligibility.breaker.models import BreakerOpening, BreakerScope
from relance.intake.models import Work
from relance.journeys.models import Launch, Version
from relance.measurement.models import SenderExamination
from relance.measurement.sender import examination
from relance.measurement.sender.findings import Finding
from relance.web.sender import examining, tasks
from relance.workers import background
from tests.eligibility.breaker.sending import bounce, journey, send
from tests.measurement.sender.zone import served
from tests.web.conftest import SignIn


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=1))


@pytest.fixture
def stop(db: None, now: datetime) -> BreakerOpening:
    """The journey `back` is stopped at Gmail for 12 bounces of 100; Orange is fine."""
    back = journey("back", now)
    send(5, now, back, "orange.fr")
    bounce(send(100, now, back)[:12], now)
    stage.run(now)
    return BreakerOpening.objects.get()


def close_address(stop: BreakerOpening) -> str:
    return f"/sender/stops/{stop.pk}/close"


def test_before_the_first_send_the_page_says_what_will_be_watched(sign_in: SignIn) -> None:
    assert "Nothing was sent yet" in sign_in("reader").get("/sender/").text
    assert "disjoncteur pèse" in sign_in("editor", language="fr").get("/sender/").text


def test_what_is_stopped_comes_first_with_why_and_what_to_do(sign_in: SignIn, stop: BreakerOpening) -> None:
    text = sign_in("approver").get("/sender/").text
    assert text.index("Stopped now") < text.index("is quiet" if "is quiet" in text else "are quiet")
    assert "The journey “back” at Gmail" in text
    assert "Hard bounces: 12 of 100 messages (12%), where 1.6% is allowed." in text
    assert "Look at the bounces in quarantine" in text
    assert "12 bounces wait in quarantine" in text
    assert close_address(stop) in text
    assert f"/sender/watched/{stop.scope_id}/" in text


def test_the_same_in_french(sign_in: SignIn, stop: BreakerOpening) -> None:
    text = sign_in("approver", language="fr").get("/sender/").text
    assert "Le parcours « back » chez Gmail" in " ".join(text.split())
    assert "12 messages sur 100 (12\u202f%), là où 1,6\u202f% est admis." in text
    assert "Sans visibilité sur les plaintes" in text
    assert "Gmail" in text.split("Personne ne signale les plaintes")[1][:80]


@pytest.mark.parametrize(
    ("language", "said", "where"),
    [
        ("en", "The journey “back” at all mailbox providers together", "All mailbox providers together"),
        ("fr", "Le parcours « back » chez toutes les messageries ensemble", "Toutes les messageries ensemble"),
    ],
)
def test_a_journey_stopped_as_a_whole_is_told_as_such_and_let_go(
    sign_in: SignIn, db: None, now: datetime, language: str, said: str, where: str
) -> None:
    back = journey("back", now)
    for domain in ("gmail.com", "hotmail.fr", "orange.fr", "yahoo.fr", "free.fr"):
        bounce(send(20, now, back, domain)[:2], now)
    stage.run(now)
    stop = BreakerOpening.objects.get()
    client = sign_in("approver", language=language)
    text = " ".join(client.get("/sender/").text.replace("\u202f", " ").split())
    assert said in text
    assert where in text
    assert where[1:] in client.get(f"/sender/watched/{stop.scope_id}/").text
    assert where in client.post(close_address(stop), {"reason": "liste nettoyée"}, follow=True).text
    assert BreakerScope.objects.get(journey_id=back.pk, provider="orange", signal="hard_bounce").watch == 2


@pytest.mark.parametrize("role", ["reader", "editor", "data_protection_officer"])
def test_only_an_approver_lets_it_go_on(sign_in: SignIn, stop: BreakerOpening, role: str) -> None:
    client = sign_in(role)
    assert close_address(stop) not in client.get("/sender/").text
    assert client.post(close_address(stop), {"reason": "cleaned"}).status_code == 403
    assert client.post(f"/sender/stops/{stop.pk}/bounces", {"decision": "restored"}).status_code == 403
    stop.refresh_from_db()
    assert stop.closed_at is None
    assert quarantine.held(stop.pk)["held"] == 12


def test_a_stop_is_closed_with_a_reason_that_the_log_keeps(sign_in: SignIn, stop: BreakerOpening) -> None:
    client = sign_in("approver")
    text = client.post(close_address(stop), {"reason": "The list was cleaned."}, follow=True).text
    assert "Closed: what waited for it leaves again" in text
    assert "Nothing is stopped." in text
    assert "Anna &lt;approver@example.org&gt;: The list was cleaned." in text.replace("\n", "")
    assert "Bounces still in quarantine" in text  # a closed stop's bounces still wait for somebody
    kept = AuditEntry.objects.get(action="breaker closed")
    assert (kept.actor, kept.details["reason"]) == ("Anna <approver@example.org>", "The list was cleaned.")


def test_the_log_tells_of_it_in_words(sign_in: SignIn, stop: BreakerOpening) -> None:
    client = sign_in("administrator", language="fr")
    client.post(close_address(stop), {"reason": "liste nettoyée"})
    text = client.get("/team/log").text
    assert "arrêt du disjoncteur levé" in text
    assert "NPAI" in text
    assert "liste nettoyée" in text


@pytest.mark.parametrize(("language", "said"), [("en", "name of a person and a reason"), ("fr", "un motif")])
def test_without_a_reason_it_stays_stopped(sign_in: SignIn, stop: BreakerOpening, language: str, said: str) -> None:
    answer = sign_in("approver", language=language).post(close_address(stop), {"reason": " "})
    assert answer.status_code == 422
    assert said in answer.text
    stop.refresh_from_db()
    assert stop.closed_at is None


def test_what_is_not_there_or_closed_is_said_in_french(sign_in: SignIn, stop: BreakerOpening) -> None:
    client = sign_in("approver", language="fr")
    client.post(close_address(stop), {"reason": "vu avec eux"})
    again = client.post(close_address(stop), {"reason": "vu avec eux"})
    assert (again.status_code, "déjà" in again.text) == (422, True)
    for answer in (
        client.get("/sender/watched/999999/"),
        client.post("/sender/stops/999999/close", {"reason": "vu avec eux"}),
        client.post("/sender/stops/999999/bounces", {"decision": "restored"}),
    ):
        assert answer.status_code == 404
        assert "relance breaker" not in answer.text
        assert "numéro" in answer.text or "n’existe pas" in answer.text
    wrong = client.post(f"/sender/stops/{stop.pk}/bounces", {"decision": "forgotten"})
    assert (wrong.status_code, "Choose one" in wrong.text) == (422, False)


@pytest.mark.parametrize(("decision", "said"), [
    ("restored", "12 addresses may be written to again."), ("confirmed", "12 addresses are dead and suppressed."),
])  # fmt: skip
def test_quarantine_is_decided(sign_in: SignIn, stop: BreakerOpening, decision: str, said: str) -> None:
    text = sign_in("approver").post(f"/sender/stops/{stop.pk}/bounces", {"decision": decision}, follow=True).text
    assert said in text
    assert "wait in quarantine" not in text
    assert quarantine.held(stop.pk)[decision] == 12


def test_a_wider_stop_is_closed_first(sign_in: SignIn, stop: BreakerOpening, now: datetime) -> None:
    scope = BreakerScope.objects.get(journey_id=0, provider="gmail", signal="hard_bounce")
    figures = {"scope": scope, "opened_at": now, "sends": 50, "bad": 9, "evidence": 9.0, "threshold": 5.0}
    narrow, wide = (BreakerOpening.objects.create(level=level, **figures) for level in (1, 2))
    client = sign_in("approver")
    text = client.get("/sender/").text
    assert "All commercial messages of" in text
    assert close_address(wide) in text
    assert close_address(narrow) not in text
    assert client.post(close_address(narrow), {"reason": "because"}).status_code == 422


def test_the_course_shows_evidence_stops_and_canary_steps(sign_in: SignIn, stop: BreakerOpening, now: datetime) -> None:
    version = Version.objects.get()
    Launch.objects.create(
        journey_id=stop.scope.journey_id, version=version, start_at=now, canary=300, approved_by="Anna", approved_at=now
    )
    client = sign_in("reader")
    text = client.get(f"/sender/watched/{stop.scope_id}/").text
    assert "data-chart" in text
    assert "canary of 300" in text
    assert f"stop {stop.pk}" in text
    assert "12 of 100 messages" in text
    assert "evidence" in text
    assert "<script>" not in text


def test_figures_of_a_provider_are_brought(sign_in: SignIn, stop: BreakerOpening, now: datetime) -> None:
    client = sign_in("editor")
    day = f"{now:%Y-%m-%d}"
    file = SimpleUploadedFile("gmail.csv", f"date,spam rate\n{day},0.02\n".encode())
    text = client.post("/sender/reports", {"file": file, "provider": "gmail"}, follow=True).text
    assert "1 day of Gmail is kept." in text
    assert AuditEntry.objects.filter(action="provider report").exists()
    refused = client.post("/sender/reports", {"file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n"), "provider": "gmail"})
    assert refused.status_code == 422
    assert "x.csv" in refused.text
    assert "/x.csv" not in refused.text  # where it was put for a moment is nobody's business
    assert client.post("/sender/reports").status_code == 422


FINDINGS = [
    Finding("spf_passes", "ok", {"address": "192.0.2.1", "domain": "example.org"}),
    Finding("dmarc_watches", "advice", {"domain": "example.org"}),
    Finding("reverse_missing", "fault", {"address": "192.0.2.1"}),
]


@pytest.mark.parametrize(("language", "fault", "advice", "todo"), [
    ("en", "has no reverse DNS name", "only watches", "Ask your host"),
    ("fr", "n’a pas de nom DNS inverse", "ne fait qu’observer", "Demandez-en un à votre hébergeur"),
])  # fmt: skip
def test_the_worst_of_the_examination_comes_first(
    sign_in: SignIn, now: datetime, language: str, fault: str, advice: str, todo: str
) -> None:
    examination.keep(examination.Examination(now, counting.sender(), FINDINGS))
    text = sign_in("reader", language=language).get("/sender/outside/").text
    assert text.index(fault) < text.index(todo) < text.index(advice)
    assert ("1 check is good" if language == "en" else "1 vérification est bonne") in text
    assert "RELANCE_SENDING_HOSTS" in text
    assert "/sender/outside/examine" not in text  # readers ask nobody


def test_before_the_first_examination_the_page_offers_one(sign_in: SignIn) -> None:
    text = sign_in("editor").get("/sender/outside/").text
    assert "never examined" in text
    assert "/sender/outside/examine" in text


def examined() -> Work:
    """Let the examination that was asked for be done as a worker does it."""
    work = Work.objects.get(kind=tasks.KIND)
    background.run(str(work.id), tasks.examine)
    work.refresh_from_db()
    return work


def test_an_editor_examines_now_by_a_worker_and_a_reader_may_not(
    sign_in: SignIn, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = {("shop.test", "TXT"): ["v=spf1 +all"], ("shop.test", "MX"): ["10 mx.shop.test."]}
    client = sign_in("editor")
    with served(zone) as server:
        given = {"mail_from": "hello@shop.test", "resolver": server, "domain_blocklists": ""}
        monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update=given))
        text = client.post("/sender/outside/examine", follow=True).text
        assert "It begins within a moment." in text
        assert "You may close this page" in text
        assert "Examine now</button>" not in text
        assert client.post("/sender/outside/examine").status_code == 422  # one at a time
        work = examined()
    assert (work.state, work.result) == ("done", {"faults": 2})
    assert {stage for _, stage, _ in work.log} <= set(examining.PARTS)
    assert client.get(f"/sender/outside/examine/{work.id}").headers["HX-Refresh"] == "true"
    text = client.get("/sender/outside/").text
    assert "lets anybody send" in text
    assert "Examine now</button>" in text
    assert SenderExamination.objects.get().at >= now
    assert AuditEntry.objects.filter(action="sender examined").exists()
    assert sign_in("reader").post("/sender/outside/examine").status_code == 403


def test_an_examination_is_stopped_before_it_begins_and_the_page_says_so(sign_in: SignIn) -> None:
    client = sign_in("editor", language="fr")
    client.post("/sender/outside/examine")
    text = client.post(f"/sender/outside/examine/{Work.objects.get().id}/stop", follow=True).text
    assert "a été arrêté le" in text
    assert not SenderExamination.objects.exists()
