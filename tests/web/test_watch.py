"""The watch pages: counts, the canary's release, messages and doubts."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from relance.core import database
from relance.core.models import AuditEntry
from relance.events import hot
from relance.intake import sources
from relance.intake.models import Work
from relance.journeys.models import Enrolment, Journey, Launch, RampStep
from relance.measurement import launching, tallies
from relance.outbox.models import Message
from tests.conftest import NOW
from tests.emptied import taken_back
from tests.web import launched
from tests.web.conftest import SignIn
from tests.web.launched import JOURNEY, said

PAGE = f"/watch/journeys/{JOURNEY}/"


@pytest.fixture(scope="module")
def base(server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One base for these tests: a journey whose canary has had its first message."""
    with launched.base(tmp_path_factory.mktemp("watch"), NOW):
        launching.approve(launched.plan(NOW), by="Camille", now=NOW)
        launched.live(NOW)
        yield


@pytest.fixture
def db(base: None) -> Iterator[None]:
    """That base, as it was before each test."""
    with taken_back():
        yield


def marks(text: str) -> list[str]:
    return re.findall(r'name="seen" value="([^"]+)"', text)


def test_nothing_runs_yet(sign_in: SignIn) -> None:
    for table in ("launch", "enrolment"):
        database.execute(f"DELETE FROM {table}")
    Journey.objects.update(running=False)
    assert "Nothing runs yet" in said(sign_in(), "/watch/")


def test_a_running_journey_shows_its_counts(page: Client) -> None:
    text = said(page, "/watch/")
    assert "A canary of 20 is on its way" in text
    text = said(page, PAGE)
    assert "20 people drawn by chance entered" in text
    assert re.search(r'Bounced</span><details class="definition">.*?those that came back', text, re.DOTALL)


def test_rates_are_of_the_messages_whose_answers_are_all_at_hand(page: Client, now: datetime) -> None:
    old, *_ = sent = list(Message.objects.filter(sent_at__isnull=False).order_by("pk"))
    Message.objects.filter(pk=old.pk).update(sent_at=now - timedelta(120))
    told = {"journey": old.journey_id, "message": old.pk}
    hot.insert(
        [
            hot.NewEvent(
                old.contact_id, sources.source_id("mails", now), "message_clicked", now - timedelta(days),
                reference=f"{days}", properties=told,
            )
            for days in (119, 1)
        ]
    )  # fmt: skip
    figures = tallies.anew(Journey.objects.get(), now).figures
    assert tallies.sent(figures) == len(sent)
    assert tallies.rate(figures, "delivered")[1] == len(sent) - 1
    assert tallies.rate(figures, "clicked")[0] == 0, (
        "a late click on a mail whose first answers have left tells no rate"
    )
    text = said(page, PAGE)
    assert "Of the messages that left in the last 90 days" in text
    assert "Clicked, of those of the last 90 days" in said(page, "/watch/")
    Message.objects.update(sent_at=now - timedelta(120))
    tallies.anew(Journey.objects.get(), now)
    assert "No message left in the last 90 days" in said(page, PAGE)


def test_only_what_changed_is_sent_again(page: Client, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = marks(said(page, PAGE))
    assert len(seen) == 8
    assert page.get(f"{PAGE}changes", {"seen": seen}).status_code == 204
    Message.objects.filter(pk=Message.objects.earliest("pk").pk).update(state="bounced", reason="hard: no such user")
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(minutes=1))
    text = page.get(f"{PAGE}changes", {"seen": seen}).content.decode()
    assert [mark.partition(":")[0] for mark in marks(text)] == ["rates", "canary"]
    assert text.count("hx-swap-oob") == 2
    assert page.get("/watch/changes", {"seen": ["journey-999:abc"]}).headers["HX-Refresh"] == "true"


def test_what_a_colleague_does_reaches_an_open_page(page: Client, sign_in: SignIn) -> None:
    first = said(page, PAGE)
    seen = marks(first)
    assert 'value="pause"' in first
    sign_in("approver").post(f"{PAGE}act", {"act": "pause"})
    text = page.get(f"{PAGE}changes", {"seen": seen}).content.decode()
    assert {"acts", "canary"} <= {mark.partition(":")[0] for mark in marks(text)}
    assert 'value="resume"' in text
    assert "csrf" not in text, "a token differs each time, and would renew every piece"
    again = {mark.partition(":")[0]: mark for mark in [*seen, *marks(text)]}
    assert page.get(f"{PAGE}changes", {"seen": list(again.values())}).status_code == 204


def test_messages_that_became_overdue_are_said_on_an_open_page(page: Client) -> None:
    seen = marks(said(page, PAGE))
    Message.objects.filter(pk=Message.objects.earliest("pk").pk).update(state="held")
    text = page.get(f"{PAGE}changes", {"seen": seen}).content.decode()
    assert "1 message became overdue" in text


def test_a_named_person_lets_the_rest_follow(page: Client, now: datetime, sign_in: SignIn) -> None:
    assert sign_in("editor").post(f"{PAGE}act", {"act": "release"}).status_code == 403
    assert page.post(f"{PAGE}act", {"act": "release"}).status_code == 422, "a reason is asked for"
    text = said(page, PAGE)
    assert "Release the next step" in text
    assert "no message is old enough to have been answered" in text
    unseen = page.post(f"{PAGE}act", {"act": "release", "reason": "seen in the mailboxes"})
    assert unseen.status_code == 422
    assert "Say which step you release" in unseen.content.decode()
    assert page.post(f"{PAGE}act", {"act": "release", "reason": "seen there", "step": "3"}).status_code == 422
    assert not RampStep.objects.filter(number__gt=1).exists()
    page.post(f"{PAGE}act", {"act": "release", "reason": "seen in the mailboxes", "step": "2"})
    launch = Launch.objects.latest("pk")
    assert (launch.canary, launch.approved_by) == (None, "Anna <administrator@example.org>")
    assert RampStep.objects.get(number=2).reason == "seen in the mailboxes"
    assert "The last step opened the journey to everybody" in said(page, PAGE)
    launched.live(now)
    assert Enrolment.objects.filter(control=False).count() > 20
    assert page.post(f"{PAGE}act", {"act": "release"}).status_code == 422


def test_pause_resume_and_stop(page: Client) -> None:
    page.post(f"{PAGE}act", {"act": "pause"})
    assert not Journey.objects.get().running
    page.post(f"{PAGE}act", {"act": "resume"})
    assert Journey.objects.get().running
    page.post(f"{PAGE}act", {"act": "stop"})
    assert set(Enrolment.objects.filter(control=False).values_list("end_reason", flat=True)) == {"stopped"}
    assert page.post(f"{PAGE}act", {"act": "dance"}).status_code == 422
    assert {"pause journey", "start journey", "stop journey"} <= set(
        AuditEntry.objects.values_list("action", flat=True)
    )


def test_what_a_stop_changed_is_shown_at_once(page: Client, now: datetime) -> None:
    said(page, PAGE)
    database.execute("UPDATE journey_tally SET seconds = 3600, at = %s", [now - timedelta(minutes=1)])  # dear to count
    assert "Counted on 27 July 2026, 09:59" in said(page, PAGE)
    page.post(f"{PAGE}act", {"act": "stop"})
    text = said(page, PAGE)
    assert "Counted on" not in text
    assert "people enter version" not in text
    assert "stopped by a person" in text, "how passages ended"
    for path in (PAGE, "/watch/", "/launch/", f"/launch/{JOURNEY}/", "/journeys/"):
        assert ">Stopped</span>" in said(page, path), path
        assert ">Paused</span>" not in said(page, path), path
    assert "Restart the journey" in said(page, PAGE)
    page.post(f"{PAGE}act", {"act": "resume"})
    assert ">Stopped</span>" not in said(page, PAGE)
    page.post(f"{PAGE}act", {"act": "pause"})
    assert ">Paused</span>" in said(page, PAGE)


def test_a_pause_says_what_it_holds(page: Client, now: datetime) -> None:
    Message.objects.filter(pk=Message.objects.earliest("pk").pk).update(state="ready")
    assert "already written waits" not in said(page, PAGE)
    page.post(f"{PAGE}act", {"act": "pause"})
    assert "1 message already written waits while the journey is paused" in said(page, PAGE)


def test_acts_that_matter_ask_first(page: Client, now: datetime) -> None:
    Message.objects.filter(pk=Message.objects.earliest("pk").pk).update(state="unknown")
    asked = {}
    for path in (PAGE, "/watch/doubts/"):
        for name, value, rest in re.findall(
            r'<button class="btn[^"]*" name="(act|answer)" value="(\w+)"([^>]*)>', said(page, path)
        ):
            asked[value] = (name, rest)
    page.post(f"{PAGE}act", {"act": "pause"})
    asked |= {"resume": ("act", said(page, PAGE).partition('value="resume"')[2].partition(">")[0])}
    assert set(asked) == {"pause", "resume", "stop", "release", "sent", "resend", "drop"}
    assert not [act for act, (_name, rest) in asked.items() if "data-confirm=" not in rest]


def test_one_is_said_in_the_singular(page: Client, sign_in: SignIn) -> None:
    keep = Message.objects.earliest("pk").pk
    Message.objects.exclude(pk=keep).delete()
    Enrolment.objects.filter(control=False).exclude(contact_id=Message.objects.get().contact_id).delete()
    database.execute("DELETE FROM journey_tally")
    assert "Message sent<" in (text := said(page, "/watch/"))
    assert "Person entered<" in text
    french = said(sign_in("approver", language="fr"), "/watch/")
    assert "Message envoyé<" in french
    assert "Personne entrée<" in french


def test_a_reader_sees_no_form_that_her_role_may_not_send(page: Client, now: datetime, sign_in: SignIn) -> None:
    work = Work.objects.create(kind="launch plan", by="Camille", asked_at=now)
    page.post(f"/journeys/{JOURNEY}/versions/1")  # begins a draft
    reader = sign_in("reader")
    paths = [
        "/watch/",
        PAGE,
        "/watch/messages/",
        "/watch/doubts/",
        "/launch/",
        f"/launch/{JOURNEY}/",
        f"/launch/works/{work.pk}",
    ]
    paths += ["/journeys/", f"/journeys/{JOURNEY}/", f"/journeys/{JOURNEY}/publish", f"/journeys/{JOURNEY}/versions/1"]
    paths += [f"/journeys/{JOURNEY}/yaml", f"/journeys/library/{JOURNEY}", "/results/", f"/results/{JOURNEY}/"]
    for path in paths:
        text = said(reader, path).partition('<main id="content"')[2] or said(reader, path)
        open_forms = re.sub(r'<form [^>]*>(<input type="hidden"[^>]*>)*<fieldset disabled>', "", text)
        assert not re.findall(r'method="post"|hx-post', open_forms), path
    assert 'method="post"' in said(page, f"/launch/works/{work.pk}")


def test_messages_are_filtered(page: Client) -> None:
    one = Message.objects.earliest("pk")
    Message.objects.filter(pk=one.pk).update(state="blocked", reason="suppressed")
    assert said(page, "/watch/messages/").count("/watch/messages/") > 20
    text = said(page, f"/watch/messages/?journey={JOURNEY}&state=blocked&reason=suppressed&step=hello")
    assert re.findall(r"/watch/messages/(\d+)/", text) == [str(one.pk)]
    assert "No message like that" in said(page, "/watch/messages/?state=failed")
    assert "No message like that" in said(page, "/watch/messages/?until=2026-07-26")
    assert f"/watch/messages/{one.pk}/" in said(
        page, "/watch/messages/?since=2026-07-27&until=2026-07-27&state=blocked"
    )


def test_the_file_is_safe_to_open_and_its_taking_is_kept(page: Client, sign_in: SignIn) -> None:
    database.execute("UPDATE contact SET first_name = '=1+1', last_name = ''")
    assert sign_in("approver").post("/watch/messages/export").status_code == 403
    assert page.get("/watch/messages/export").status_code == 405
    assert not AuditEntry.objects.filter(action="messages exported").exists()
    assert 'action="/watch/messages/export?state=sent"' in said(page, "/watch/messages/?state=sent")
    answer = page.post("/watch/messages/export?state=sent")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 21
    assert "'=1+1" in lines[1]
    assert ",=1+1" not in lines[1]
    assert AuditEntry.objects.get(action="messages exported").details == {"state": "sent"}


def test_a_message_shows_what_was_said_and_why(page: Client) -> None:
    message = Message.objects.filter(state="sent").earliest("pk")
    text = said(page, f"/watch/messages/{message.pk}/")
    assert "Nothing stands against" in text
    assert "The message" in text
    frame = page.get(f"/watch/messages/{message.pk}/mail")
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert b"Anna" in frame.content
    assert page.get("/watch/messages/999999/").status_code == 404


def test_doubts_are_settled_by_a_person(page: Client, sign_in: SignIn) -> None:
    assert "No doubt" in said(page, "/watch/doubts/")
    first, second = Message.objects.order_by("pk")[:2]
    Message.objects.filter(pk__in=[first.pk, second.pk]).update(state="unknown", reason="cut_off: 451")
    assert "2 messages may or may not have left" in said(page, "/watch/")
    assert sign_in("editor").post("/watch/doubts/resolve", {"message": first.pk, "answer": "drop"}).status_code == 403
    page.post("/watch/doubts/resolve", {"message": [first.pk], "answer": "drop"})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("failed", "unknown")
    assert page.post("/watch/doubts/resolve", {"message": [first.pk], "answer": "maybe"}).status_code == 422


def test_the_french_pages_are_french(page: Client, sign_in: SignIn) -> None:
    visitor = sign_in("approver", language="fr")
    message = Message.objects.filter(state="sent").earliest("pk")
    for path in ("/watch/", PAGE, "/watch/messages/", f"/watch/messages/{message.pk}/", "/watch/doubts/"):
        text = said(visitor, path)
        assert not [
            word
            for word in ("Held back", "Control group", "In doubt", "Nothing", "Watch the", "wait for")
            if word in text
        ], path
