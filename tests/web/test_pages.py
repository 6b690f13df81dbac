import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from relance.contacts.models import Consent, ContactPoint
from relance.content.models import Link
from relance.core import faults, place
from relance.delivery import tokens
from relance.events.models import Event
from relance.feedback import judging
from relance.feedback.models import Hit
from relance.outbox.models import Message
from relance.web import sentences
from relance.web.security import CONTENT_SECURITY_POLICY
from tests.delivery.sending import TEMPLATE, message, person, published

pytestmark = pytest.mark.usefixtures("db")
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Accept": "text/html"}


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="localhost", headers=BROWSER)


@pytest.fixture
def sent(now: datetime) -> Message:
    published(now)
    anna = person("Anna", now, language="fr")
    return message(anna, now, state="sent", sent_at=now)


def click(sent: Message, position: int = 0, language: str = "fr") -> str:
    link = Link.objects.get(template_version_id=sent.template_version_id, language=language, position=position)
    return f"/c/{tokens.click(sent.pk, sent.uuid, link.pk)}"


def leave(sent: Message) -> str:
    return f"/u/{tokens.unsubscribe(sent.pk, sent.uuid)}"


def withdrawn() -> int:
    return Consent.objects.filter(given=False).count()


def test_a_click_redirects_to_the_stored_address_and_is_an_event_after_the_wait(client: Client, sent: Message) -> None:
    answer = client.get(click(sent))
    assert (answer.status_code, answer["Location"]) == (302, "https://shop.example.org/nouveau")
    assert not Event.objects.filter(type="message_clicked").exists()
    judging.run(timezone.now() + timedelta(minutes=3))
    event = Event.objects.get(type="message_clicked")
    assert (event.contact_id, event.properties["link"]) == (sent.contact_id, 0)


def test_a_link_keeps_its_query(client: Client, sent: Message) -> None:
    assert client.get(click(sent, 1, "en"))["Location"] == "https://blog.example.org/a?b=1&c=2"


def test_head_and_machines_are_redirected_and_not_noted(client: Client, sent: Message) -> None:
    assert client.head(click(sent)).status_code == 302
    assert client.get(click(sent), headers={"User-Agent": "SafeLinks scanner"}).status_code == 302
    judging.run(timezone.now() + timedelta(minutes=3))
    assert set(Hit.objects.values_list("sign", "machine")) == {("head", True), ("agent", True)}
    assert not Event.objects.filter(type="message_clicked").exists()


@pytest.mark.parametrize("extra", ["?url=https://evil.example", "?next=//evil.example", "#https://evil.example"])
def test_nothing_in_the_request_changes_where_it_leads(client: Client, sent: Message, extra: str) -> None:
    assert client.get(click(sent) + extra)["Location"] == "https://shop.example.org/nouveau"


@pytest.mark.parametrize("path", ["/c/https://evil.example", "/c/" + "A" * 66, "/u/nothing", "/c/%0d%0aLocation:x"])
def test_a_token_we_did_not_sign_is_a_clear_404(client: Client, sent: Message, path: str) -> None:
    answer = client.get(path, headers={"Accept-Language": "fr"})
    assert answer.status_code == 404
    assert "Location" not in answer


def test_a_tampered_token_tells_in_the_visitors_language(client: Client, sent: Message) -> None:
    path = leave(sent)[:-4] + "AAAA"
    assert "Ce lien ne fonctionne pas" in client.get(path, headers={"Accept-Language": "fr-CA"}).text
    assert "This link does not work" in client.post(path, headers={"Accept-Language": "en"}).text
    assert withdrawn() == 0


def test_a_token_of_another_installation_or_of_a_rehearsal_does_nothing(client: Client, sent: Message) -> None:
    with place.elsewhere(simulated=True):
        rehearsed = leave(sent)
    with override_settings(
        RELANCE=settings.RELANCE.model_copy(update={"secret_key": "the key of another installation"})
    ):
        foreign = leave(sent)
    assert client.post(rehearsed).status_code == client.post(foreign).status_code == 404
    assert withdrawn() == 0


def test_a_token_of_a_message_that_is_gone_or_was_reissued_does_nothing(client: Client, sent: Message) -> None:
    path = leave(sent)
    Message.objects.filter(pk=sent.pk).update(uuid="6f1c2a52-1d5e-4a93-8f0f-2d4a6a1b9c01")
    assert client.post(path).status_code == 404


def test_a_link_of_another_template_is_no_destination(client: Client, sent: Message, now: datetime) -> None:
    other = published(now, TEMPLATE.replace("template: hello", "template: other"))
    link = Link.objects.filter(template_version=other)[0]
    assert client.get(f"/c/{tokens.click(sent.pk, sent.uuid, link.pk)}").status_code == 404


def test_a_get_shows_the_way_out_and_never_takes_it(client: Client, sent: Message) -> None:
    for answer in (client.get(leave(sent)), client.head(leave(sent))):
        assert answer.status_code == 200
    page = client.get(leave(sent)).text
    assert '<form method="post">' in page
    assert 'lang="fr"' in page
    assert "Me désabonner" in page
    assert withdrawn() == 0


def test_the_page_speaks_the_recipients_language(client: Client, now: datetime) -> None:
    published(now)
    english = message(person("Chloe", now, language="en"), now)
    page = client.get(leave(english), headers={"Accept-Language": "fr"}).text
    assert "Unsubscribe me" in page
    assert 'lang="en"' in page


def test_a_post_unsubscribes_and_twice_is_once(client: Client, sent: Message) -> None:
    for _ in range(2):
        answer = client.post(leave(sent))
        assert answer.status_code == 200
        assert "Désabonnement enregistré" in answer.text
    assert withdrawn() == 1
    assert Event.objects.filter(type="message_unsubscribed").count() == 1


def test_one_click_needs_no_cookie_and_no_csrf_token(sent: Message) -> None:
    provider = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    answer = provider.post(
        leave(sent),
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
        headers={"User-Agent": "GoogleBot"},
    )
    assert answer.status_code == 200
    assert not answer.cookies
    assert withdrawn() == 1


def test_scanners_that_fetch_every_link_unsubscribe_nobody(client: Client, sent: Message) -> None:
    for agent in ("Mozilla/5.0", "Barracuda scanner", ""):
        for path in (leave(sent), click(sent)):
            client.get(path, headers={"User-Agent": agent})
            client.head(path, headers={"User-Agent": agent})
            client.options(path, headers={"User-Agent": agent})
    assert withdrawn() == 0


def test_an_address_is_shown_masked(client: Client, sent: Message) -> None:
    Message.objects.filter(pk=sent.pk).update(contact_point_id=ContactPoint.objects.get().pk)
    page = client.get(leave(sent)).text
    assert "a•••@example.org" in page
    assert "anna@example.org" not in page


def test_every_page_carries_the_headers(client: Client, sent: Message) -> None:
    for path in ("/", "/health", leave(sent), click(sent), "/c/nothing", "/no-such-page"):
        answer = client.get(path)
        assert answer["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] in {"no-referrer", "same-origin", "strict-origin-when-cross-origin"}
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_pages_load_nothing_from_elsewhere_and_hold_no_script_or_style(client: Client, sent: Message) -> None:
    for path in ("/health", leave(sent), "/u/nothing"):
        page = client.get(path).text
        assert re.findall(r'(?:src|href|action)="(?!/static/|/p/)', page) == []
        assert "<script" not in page
        assert "style=" not in page


def test_what_the_pages_load_is_there(client: Client) -> None:
    for name in ("pages.css", "icon.svg"):
        answer = client.get(f"/static/relance/{name}")
        assert (answer.status_code, len(b"".join(answer)) > 100) == (200, True)
        answer.close()
        assert (Path(settings.STATIC_ROOT) / "relance" / name).is_file()


def test_a_host_nobody_named_is_refused(sent: Message) -> None:
    assert Client(SERVER_NAME="evil.example").get("/health").status_code == 400


def test_health_for_programs_and_for_people(client: Client, sent: Message, now: datetime) -> None:
    message(person("Chloe", now), now, not_before=timezone.now())
    found = Client(SERVER_NAME="localhost").get("/health").json()
    assert found["well"] is True
    assert found["queue"] == {"due": 1, "waiting": 0, "leaving": 0, "held": 0, "in_doubt": 0}
    assert "Relance is running" in client.get("/health", headers={"Accept-Language": "en"}).text
    assert "Relance fonctionne" in client.get("/health", headers={"Accept-Language": "fr"}).text


def test_health_names_the_steps_that_fail(client: Client, now: datetime) -> None:
    faults.note("hits", "ZeroDivisionError: of no concern to visitors", now, guards=False)
    found = Client(SERVER_NAME="localhost").get("/health").json()
    assert (found["failing"], found["well"]) == (["hits"], True)
    page = client.get("/health", headers={"Accept-Language": "fr"}).text
    assert "Étapes en échec" in page
    assert "of no concern" not in page


def test_a_lake_that_cannot_be_read_is_said_without_its_path(client: Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a lake")
    with place.elsewhere(lake=str(tmp_path / "file")):
        answer = Client(SERVER_NAME="localhost").get("/health")
    assert answer.status_code == 503
    assert answer.json()["lake_problem"] == "unreadable"
    assert str(tmp_path) not in answer.text


def test_both_languages_say_the_same_things() -> None:
    english, french = sentences.SENTENCES["en"], sentences.SENTENCES["fr"]
    assert english.keys() == french.keys()
    for name in english:
        assert re.findall(r"\{\w+\}", english[name]) == re.findall(r"\{\w+\}", french[name])
