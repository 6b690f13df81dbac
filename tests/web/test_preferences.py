"""The preference page: a GET changes nothing, each choice has its real effect once, and the gate heeds it."""

import uuid
from datetime import datetime, timedelta
from itertools import count

import pytest
from django.test import Client
from django.utils import timezone

from relance.contacts.models import Consent, Contact, ContactAlias, ContactPoint, Suppression
from relance.core.ids import digest
from relance.core.models import AuditEntry
from relance.delivery import tokens
from relance.eligibility import gate
from relance.eligibility.models import PressureReservation
from relance.events.models import Event
from relance.outbox.models import Message
from tests.delivery.sending import message, person, published
from tests.web.conftest import SignIn

pytestmark = pytest.mark.usefixtures("db")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """A clock that stands on a Monday morning, and moves a second whenever somebody looks."""
    seconds = count()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=next(seconds)))


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="localhost", enforce_csrf_checks=True)


@pytest.fixture
def sent(now: datetime) -> Message:
    published(now)
    anna = person("Anna", now, language="fr")
    point = ContactPoint.objects.get(contact=anna)
    return message(anna, now, state="sent", sent_at=now, contact_point_id=point.pk)


def page(sent: Message) -> str:
    return f"/p/{tokens.unsubscribe(sent.pk, sent.uuid)}"


def verdict(contact_id: int, purpose: str = "promotion", at: datetime | None = None) -> str:
    at = at or timezone.now() + timedelta(seconds=1)
    one = message(Contact.objects.get(pk=contact_id), at, state="claimed", purpose=purpose)
    code = gate.check([one.pk], at)[0].code
    one.delete()
    return code


def told() -> list[tuple[str, object]]:
    """The events and the lines of the audit log that acts of this page wrote."""
    events = Event.objects.exclude(type="message_sent").values_list("type", "properties__act")
    assert AuditEntry.objects.filter(action="preferences changed").count() == len(events)
    return [*events]


def test_a_get_shows_everything_and_changes_nothing(client: Client, sent: Message) -> None:
    answer = client.get(page(sent))
    assert answer.status_code == client.head(page(sent)).status_code == 200
    for words in ("Ce que vous recevez", "Actualités et offres", "a•••@example.org", "Pause de 3 mois", 'lang="fr"'):
        assert words in answer.text
    assert "checked" in answer.text
    assert "anna@example.org" not in answer.text
    assert (told(), Consent.objects.count()) == ([], 1)


def test_the_page_speaks_the_persons_language(client: Client, now: datetime) -> None:
    published(now)
    english = message(person("Chloe", now, language="en"), now)
    answer = client.get(page(english), headers={"Accept-Language": "fr"})
    assert "What you receive" in answer.text
    assert 'lang="en"' in answer.text


def test_unticking_withdraws_with_its_proof_and_ticking_gives_again(client: Client, sent: Message) -> None:
    assert client.post(page(sent), {"act": "choose"}).status_code == 200
    entry = Consent.objects.get(given=False)
    assert entry.proof == f"preference page of message {sent.uuid}"
    assert verdict(sent.contact_id) == "permission_withdrawn"
    client.post(page(sent), {"act": "choose"})
    assert told() == [("preferences_changed", "choose")]
    client.post(page(sent), {"act": "choose", "get": "email|marketing"})
    assert verdict(sent.contact_id) == "allowed"
    assert len(told()) == 2


def test_who_unsubscribed_comes_back_by_ticking(client: Client, sent: Message) -> None:
    client.post(f"/u/{tokens.unsubscribe(sent.pk, sent.uuid)}")
    assert verdict(sent.contact_id) == "suppressed"
    assert "checked" not in client.get(page(sent)).text
    client.post(page(sent), {"act": "choose", "get": "email|marketing"})
    assert verdict(sent.contact_id) == "allowed"


@pytest.mark.parametrize("reason", ["complained", "manual"])
def test_a_complaint_and_a_hand_made_stop_are_not_taken_back_here(
    client: Client, sent: Message, now: datetime, reason: str
) -> None:
    Suppression.objects.create(channel="email", digest=digest("anna@example.org"), reason=reason, at=now)
    assert "disabled" in client.get(page(sent)).text
    client.post(page(sent), {"act": "choose", "get": "email|marketing"})
    assert verdict(sent.contact_id) == "suppressed"
    assert told() == []


def test_a_topic_is_kept_while_news_are_given_up(client: Client, sent: Message, now: datetime) -> None:
    Consent.objects.create(contact_id=sent.contact_id, channel="email", topic="atelier", given=True, at=now - 9 * DAY)
    client.post(page(sent), {"act": "choose", "get": "email|atelier"})
    shown = client.get(page(sent)).text
    assert 'value="email|atelier" checked' in shown
    assert 'value="email|marketing" checked' not in shown
    at = timezone.now() + timedelta(seconds=1)
    one = message(Contact.objects.get(), at, state="claimed", topic="atelier")
    assert [gate.check([one.pk], at)[0].code, verdict(sent.contact_id)] == ["allowed", "permission_withdrawn"]


def test_a_pause_holds_the_gate_until_its_day_and_lets_notices_pass(client: Client, sent: Message) -> None:
    for _ in range(2):
        assert "Votre pause a commencé" in client.post(page(sent), {"act": "pause"}).text
    assert told() == [("preferences_changed", "pause")]
    until = Contact.objects.get().paused_until
    assert until is not None
    assert 88 * DAY < until - timezone.now() < 93 * DAY
    assert verdict(sent.contact_id) == verdict(sent.contact_id, "reactivation") == "paused"
    assert verdict(sent.contact_id, "transactional") == verdict(sent.contact_id, "notice") == "allowed"
    assert verdict(sent.contact_id, at=until) != "paused"
    client.post(page(sent), {"act": "resume"})
    assert verdict(sent.contact_id) == "allowed"
    assert len(told()) == 2


def test_fewer_messages_lower_the_caps(client: Client, sent: Message) -> None:
    last = timezone.now() - 3 * DAY
    PressureReservation.objects.create(contact_id=sent.contact_id, place=1, message_id=1, at=last)
    for _ in range(2):
        client.post(page(sent), {"act": "fewer"})
    assert verdict(sent.contact_id) == "pressure_fewer"
    client.post(page(sent), {"act": "usual"})
    assert verdict(sent.contact_id) == "allowed"
    assert told() == [("preferences_changed", "fewer"), ("preferences_changed", "usual")]


def test_not_me_stops_that_address_alone(client: Client, sent: Message) -> None:
    contact = Contact.objects.get()
    for _ in range(2):
        assert "Cette adresse ne recevra plus rien" in client.post(page(sent), {"act": "disown"}).text
    point = ContactPoint.objects.get()
    assert (point.valid, point.reason, Consent.objects.filter(given=False).count()) == (False, "not_theirs", 0)
    assert verdict(contact.pk) == verdict(contact.pk, "transactional") == "address_invalid"
    ContactPoint.objects.create(contact=contact, channel="email", value="anna@second.example.org", valid=True)
    assert verdict(contact.pk) == "allowed"
    assert told() == [("address_disowned", "disown")]
    assert "Cette adresse" in client.post(page(sent), {"act": "pause"}).text
    assert Contact.objects.get().paused_until is None


def test_everything_leaves_on_every_channel(client: Client, sent: Message, now: datetime) -> None:
    ContactPoint.objects.create(contact_id=sent.contact_id, channel="sms", value="+33600000001", valid=True)
    Consent.objects.create(contact_id=sent.contact_id, channel="sms", given=True, at=now - DAY)
    for _ in range(2):
        assert "désabonné de tout" in client.post(page(sent), {"act": "leave"}).text
    assert sorted(Consent.objects.filter(given=False).values_list("channel", flat=True)) == ["email", "sms"]
    assert sorted(Suppression.objects.values_list("channel", "reason")) == [
        ("email", "unsubscribed"), ("sms", "unsubscribed")
    ]  # fmt: skip
    assert told() == [("message_unsubscribed", "leave")]
    assert verdict(sent.contact_id, "transactional") == "allowed"


def test_the_link_of_an_erased_person_answers_a_sentence(client: Client, sent: Message, now: datetime) -> None:
    Contact.objects.update(erased_at=now)
    for answer in (client.get(page(sent)), client.post(page(sent), {"act": "leave"})):
        assert answer.status_code == 404
    assert "Plus rien n’est conservé" in client.get(page(sent)).text
    Contact.objects.all().delete()
    assert client.get(page(sent)).status_code == 404
    assert told() == []


def test_the_link_of_a_merged_person_speaks_for_who_is_left(client: Client, sent: Message, now: datetime) -> None:
    survivor = person("Annabel", now)
    ContactPoint.objects.filter(pk=sent.contact_point_id).update(contact=survivor)
    Contact.objects.filter(pk=sent.contact_id).delete()
    ContactAlias.objects.create(loser_id=sent.contact_id, survivor=survivor, at=now)
    client.post(page(sent), {"act": "pause"})
    assert verdict(survivor.pk) == "paused"


@pytest.mark.parametrize("path", ["/p/nothing", "/p/" + "A" * 66])
def test_a_token_of_nobody_is_a_clear_404(client: Client, sent: Message, path: str) -> None:
    for answer in (client.get(path), client.post(path, {"act": "leave"})):
        assert answer.status_code == 404
    Message.objects.filter(pk=sent.pk).update(uuid=uuid.uuid4())
    assert client.get(page(sent)).status_code == 404


def test_a_foreign_act_or_key_does_nothing(client: Client, sent: Message) -> None:
    for form in ({"act": "erase"}, {"act": "choose", "get": ["email|marketing", "sms|marketing", "\x00"]}, {}):
        assert client.post(page(sent), form).status_code == 200
    assert told() == []


def test_the_unsubscribe_page_leads_to_it(client: Client, sent: Message) -> None:
    assert f'href="{page(sent)}"' in client.get(f"/u/{tokens.unsubscribe(sent.pk, sent.uuid)}").text


def test_the_persons_page_tells_of_it_in_its_own_language(client: Client, sent: Message, sign_in: SignIn) -> None:
    for act in ("pause", "choose"):
        client.post(page(sent), {"act": act})
    about, team = f"/people/{Contact.objects.get().uuid}/", sign_in("editor", language="fr")
    shown = team.get(about).text + team.get(f"{about}timeline").text
    for words in ("Préférences modifiées", "a demandé une pause", f"page de préférences du message {sent.uuid}"):
        assert words in shown
