"""What the audit log's page says of each line: people, messages and journeys by their names, codes in words."""

from datetime import datetime

from django.test import Client

from relance.contacts.models import Contact
from relance.core import audit
from relance.journeys.models import Journey, Version
from relance.outbox.models import Message
from tests.web.conftest import SignIn


def page(client: Client, **asked: str) -> str:
    """Return the log's page."""
    return client.get("/team/log", asked).text


def test_a_sender_is_told_in_words_and_its_details_are_folded(sign_in: SignIn, now: datetime) -> None:
    client = sign_in("administrator", language="fr")
    kept = {
        "from": "hello@outlet.example.org", "name": [["fr", "L’Atelier Outlet"], ["en", "The Outlet"]], "sender": "outlet",
        "reply_to": "care@outlet.example.org", "relays": "",
    }  # fmt: skip
    audit.record("applied sender", "outlet", now=now, actor="Marie", details=kept)
    shown = page(client)
    for said in (
        "adresse d’expédition\u00a0: hello@", "nom\u00a0: L’Atelier Outlet (français) · The Outlet (anglais)", "nom court\u00a0: outlet",
        "adresse de réponse\u00a0: care@", "<summary>4 précisions</summary>",
    ):  # fmt: skip
        assert said in shown, said
    assert "avant\u00a0:" not in shown


def test_a_recipient_is_named_and_their_message_is_a_link(sign_in: SignIn, now: datetime) -> None:
    client = sign_in("administrator", language="fr")
    anna = Contact.objects.create(first_name="Anna", last_name="Lind", first_seen_at=now)
    message = Message.objects.create(
        contact_id=anna.pk, channel="email", purpose="marketing", template_version_id=1, send_key="1/a", not_before=now, expires_at=now
    )  # fmt: skip
    for act, more in (("disown", {}), ("pause", {"until": "2026-10-27"})):
        audit.record(
            "preferences changed", f"person {anna.uuid}", now=now, actor=f"recipient of message {message.uuid}",
            details={"act": act, **more},
        )  # fmt: skip
    shown = page(client)
    for said in (
        f'<a href="/watch/messages/{message.pk}/">le destinataire, depuis son e-mail</a>', f'<a href="/people/{anna.uuid}/">Anna Lind</a>',
        "modification\u00a0: adresse qui n’est pas la sienne", "modification\u00a0: pause", "jusqu’au\u00a0: 27 octobre 2026",
    ):  # fmt: skip
        assert said in shown, said
    assert str(message.uuid) not in shown
    assert "Anna Lind" in page(client, q="le destinataire")


def test_a_person_erased_since_keeps_the_line_without_a_link(sign_in: SignIn, now: datetime) -> None:
    client = sign_in("administrator", language="fr")
    gone = Contact.objects.create(first_name="Boris", first_seen_at=now, erased_at=now)
    audit.record("person suppressed", f"person {gone.uuid}", now=now, actor="Marie")
    shown = page(client)
    assert f"personne {gone.uuid}" in shown
    assert f"/people/{gone.uuid}/" not in shown
    assert "Boris" not in shown


def test_journeys_go_by_their_titles_and_are_found_by_them(sign_in: SignIn, now: datetime) -> None:
    client = sign_in("administrator", language="fr")
    journey = Journey.objects.create(name="wake-up")
    Version.objects.create(
        journey=journey, number=2, definition={"title": {"fr": "Réveil doux"}}, templates={}, published_at=now
    )
    audit.record("publish journey", "wake-up 2", now=now, actor="Marie")
    audit.record("start journey", "wake-up", now=now, actor="Marie")
    audit.record("restoration settled", "went_back", now=now, actor="Marie")
    shown = page(client)
    assert "Réveil doux, version 2" in shown
    assert "base restaurée depuis une sauvegarde" in shown
    found = page(client, q="réveil")
    assert "Réveil doux, version 2" in found
    assert "base restaurée" not in found
