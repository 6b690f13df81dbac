"""Where mails come from several senders: the choice of a journey, of a preview, of the sender's pages."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from relance.core import place
from relance.core.definitions import parse
from relance.eligibility.breaker import stage
from relance.intake.models import Work
from relance.journeys import drafts
from relance.journeys.models import Version
from relance.measurement.models import SenderExamination
from relance.measurement.sender import examination
from relance.measurement.sender.findings import Finding
from relance.senders import keeping, register
from relance.web.sender import tasks
from tests.delivery.sending import message, person, published
from tests.eligibility.breaker.sending import bounce, journey, send
from tests.senders.files import outlet
from tests.web.conftest import SignIn

EDITOR = "/journeys/reactivation-ecommerce"
DOMAIN = "outlet.example.com"


def text() -> str:
    found = drafts.find("reactivation-ecommerce")
    assert found is not None
    return drafts.current(found).text


def test_a_journey_s_sender_is_chosen_where_there_are_several(sign_in: SignIn, now: datetime) -> None:
    client = sign_in("editor")
    client.post("/journeys/library/reactivation-ecommerce")
    panel = f"{EDITOR}/panel"
    assert "shop@example.org" not in client.get(panel).text
    outlet(now)
    assert "The Outlet &lt;Hello@Outlet.Example.com&gt;" in client.get(panel).text
    given = {
        "act": "journey", "revision": "1", "title": "Wake", "purpose": "reactivation", "segment": "dormant-buyers", "goal": "order_placed",
        "count": "45", "unit": "day", "holdout": "10", "again_unit": "day",
    }  # fmt: skip
    assert client.post(f"{EDITOR}/change", given | {"sender": "outlet"}).status_code == 200
    assert "\nsender: outlet\n" in text()
    assert "The Outlet &lt;Hello@Outlet.Example.com&gt;" in sign_in("approver").get(f"{EDITOR}/publish").text
    client.post(f"{EDITOR}/change", given | {"sender": "default", "revision": "2"})
    assert "sender:" not in text()


def test_a_message_is_shown_as_the_sender_of_the_journey_that_sends_it(sign_in: SignIn, now: datetime) -> None:
    template = published(now)
    made = journey("back", now)
    client = sign_in("editor")
    assert 'id="sender"' not in client.get("/messages/hello/").text
    outlet(now)
    assert 'inbox-from">Relance' in client.get("/messages/hello/?language=fr").text
    Version.objects.filter(journey=made).update(
        templates={"hello": template.pk}, definition={"journey": "back", "sender": "outlet", "steps": []}
    )
    assert 'inbox-from">L’Atelier Outlet' in client.get("/messages/hello/?language=fr").text
    assert 'inbox-from">Relance' in client.get("/messages/hello/?language=fr&sender=default").text
    assert "2 rue du Port" in client.get("/messages/hello/frame?language=fr").text
    assert "hello@outlet.example.com" in client.get("/messages/hello/mail?language=fr").text.lower()


def test_a_test_leaves_as_the_sender_in_view(sign_in: SignIn, now: datetime) -> None:
    published(now)
    outlet(now)
    client = sign_in("editor")
    me = client.get("/team/").wsgi_request.user
    client.post("/messages/hello/test", {"to": str(me.pk), "written": "en", "sender": "outlet"})
    (mail,) = (place.folder("maildir") / "new").iterdir()
    assert "From: The Outlet <Hello@Outlet.Example.com>" in mail.read_text()


def test_a_sent_message_says_whom_it_came_from(sign_in: SignIn, now: datetime) -> None:
    published(now)
    outlet(now)
    sent = message(person("Anna", now), now, sender="outlet")
    said = sign_in("reader").get(f"/watch/messages/{sent.pk}/").text
    assert "The Outlet &lt;Hello@Outlet.Example.com&gt;" in said


def test_the_sender_s_pages_show_one_domain_and_every_stop(
    sign_in: SignIn, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=1))
    client = sign_in("editor")
    send(20, now, journey("ours", now))
    assert 'aria-label="Whose mails"' not in client.get("/sender/deliverability/").text
    outlet(now)
    bounce(send(100, now, journey("theirs", now, sender="outlet"), sender="outlet")[:12], now)
    stage.run(now)
    ours = client.get("/sender/").text
    assert 'aria-label="Whose mails"' in ours
    assert "Stopped now" in ours
    assert "Everything example.org sends" in ours
    assert "Everything outlet.example.com sends" in client.get(f"/sender/?sender={DOMAIN}").text
    assert f"the mails of {DOMAIN}" in client.get(f"/sender/deliverability/?sender={DOMAIN}&days=7").text
    assert "the mails of example.org" in client.get("/sender/deliverability/?sender=elsewhere.example").text


def test_each_domain_is_examined_and_shown(sign_in: SignIn, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    outlet(now)
    asked: list[str] = []

    def examine(at: datetime, progress: object, *, domain: str = "") -> examination.Examination:
        asked.append(domain)
        return examination.Examination(at, domain, [Finding("dmarc_missing", "fault", {"domain": domain})])

    monkeypatch.setattr(examination, "examine", examine)
    assert tasks.examine(Work(), now, lambda *_: None) == {"faults": 2}
    assert asked == ["example.org", DOMAIN]
    assert set(SenderExamination.objects.values_list("domain", flat=True)) == set(asked)
    client = sign_in("reader")
    assert f"How mailbox providers see {DOMAIN}" in client.get(f"/sender/outside/?sender={DOMAIN}").text


def test_two_senders_of_a_domain_are_one_choice(sign_in: SignIn, now: datetime) -> None:
    keeping.apply([parse("sender: orders\nfrom: orders@example.org\nname: Orders\n", "o.yaml")], now, by="Marie")
    assert register.domains() == {"example.org": ["default", "orders"]}
    assert 'aria-label="Whose mails"' not in sign_in("reader").get("/sender/deliverability/").text
