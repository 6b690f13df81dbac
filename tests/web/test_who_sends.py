"""The page where people write who sends."""

from datetime import datetime

import pytest
from django.conf import settings
from django.test import Client

from relance.accounts.models import User
from relance.core.definitions import parse
from relance.core.models import AuditEntry
from relance.delivery import values
from relance.journeys.models import Journey, Version
from relance.senders import keeping, register
from relance.senders.models import SenderDefinition
from relance.settings import Settings
from tests.delivery.sending import message, person, published
from tests.senders.files import outlet
from tests.web.conftest import SignIn

PAGE = "/sender/senders/"
OURS = f"{PAGE}default/"
GIVEN = {
    "name": "L’Atelier", "name_en": "The Workshop", "address": "hello@atelier.example", "reply_to": "care@atelier.example",
    "shop_url": "www.atelier.example", "postal_address": "1 rue du Lac,\r\n74000 Annecy\r\n",
}  # fmt: skip


def test_who_sends_is_written_without_a_terminal(sign_in: SignIn) -> None:
    client = sign_in("editor")
    assert "No postal address" in client.get(PAGE).text
    assert "the law asks the sender" in client.get(OURS).text
    assert client.post(OURS, GIVEN).status_code == 302
    ours = register.default()
    assert (ours.address, ours.reply_to) == ("hello@atelier.example", "care@atelier.example")
    assert (ours.title("fr"), ours.title("en")) == ("L’Atelier", "The Workshop")
    assert (ours.shop_url, ours.postal_address) == ("https://www.atelier.example", "1 rue du Lac, 74000 Annecy")
    said = client.get(PAGE).text
    assert "No postal address" not in said
    assert "Kept: mails that leave from now on say “The Workshop”." in said
    assert "sender saved" in sign_in("administrator").get("/team/log").text
    assert AuditEntry.objects.get(action="applied sender").actor == "Anna <editor@example.org>"


@pytest.mark.parametrize(
    ("asked", "led"),
    [("/messages/hello/", "/messages/hello/"), ("https://elsewhere.example/", PAGE), ("//elsewhere.example/", PAGE), ("", PAGE)],
)  # fmt: skip
def test_saving_goes_back_to_the_page_it_was_asked_from(sign_in: SignIn, asked: str, led: str) -> None:
    client = sign_in("editor")
    assert f'href="{led}">Cancel' in client.get(OURS, {"next": asked}).text
    assert client.post(f"{OURS}?next={asked}", GIVEN)["Location"] == led


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("L’Atelier, 1 rue du Lac, Annecy", "1 rue du Lac, Annecy"), ("l’atelier – 1 rue du Lac", "1 rue du Lac"),
        ("L’Ateliers, 1 rue du Lac", "L’Ateliers, 1 rue du Lac"), ("L’Atelier", "L’Atelier"), ("", ""),
        ("L’Atelier-Vert, 1 rue du Lac", "L’Atelier-Vert, 1 rue du Lac"),
    ],
)  # fmt: skip
def test_the_foot_of_a_mail_says_the_name_once(sign_in: SignIn, written: str, shown: str) -> None:
    sign_in("editor").post(OURS, GIVEN | {"postal_address": written})
    assert values.shop(register.default(), "fr")["postal_address"] == shown


def test_values_of_the_settings_are_named_and_stay_the_settings(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings.RELANCE.model_dump() | {"mail_from": "hello@lake.example", "postal_address": "2 quai, Nantes"}
    monkeypatch.setattr(settings, "RELANCE", Settings(**given))
    client = sign_in("editor")
    assert "from the installation’s settings" in client.get(PAGE).text
    form = client.get(OURS).text
    assert 'value="hello@lake.example"' in form
    assert "2 quai, Nantes</textarea>" in form
    shown = {"name": "The Lake", "address": "hello@lake.example", "postal_address": "2 quai, Nantes"}
    client.post(OURS, shown)
    assert keeping.written("default") == {"sender": "default", "name": "The Lake"}


def test_the_example_is_no_value_to_start_with(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RELANCE", Settings(**settings.RELANCE.model_dump() | {"mail_reply_to": ""}))
    form = sign_in("editor").get(OURS).text
    assert 'value="shop@example.org"' not in form
    assert 'value="Relance"' not in form
    assert "No address of yours" in sign_in("reader").get(PAGE).text


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("address", "nobody", "Write an address such as shop@example.org"),
        ("address", "a@b.example\r\nBcc: c@d.example", "Write an address such as shop@example.org"),
        ("address", "hellö@atelier.example", "Write plain letters (a to z) before the @"),
        ("reply_to", "a,b@atelier.example", "Write an address such as shop@example.org"),
        ("name", "Shop\u2028Bcc: all", "Write it on one line, without control characters."),
        ("name", "Shop\x0bBcc", "Write it on one line, without control characters."),
        ("name", "x" * 101, "at most 100 characters"),
        ("shop_url", "javascript:alert(1)", "Write it as https://www.example.org"),
        ("shop_url", "https://", "Write it as https://www.example.org"),
        ("shop_url", "https://a.example/<b>", "Write it without spaces, quotes and &lt; &gt;"),
        ("postal_address", "x" * 501, "at most 500 characters"),
    ],
)
def test_what_cannot_stand_there_is_said_at_its_field(sign_in: SignIn, field: str, text: str, said: str) -> None:
    answer = sign_in("editor").post(OURS, GIVEN | {field: text})
    assert answer.status_code == 422
    assert said in answer.text
    assert not SenderDefinition.objects.exists()


def test_every_field_says_at_once_what_is_wrong(sign_in: SignIn) -> None:
    given = GIVEN | {"short": "Été", "name": "", "address": "nobody", "shop_url": "https://"}
    said = sign_in("editor").post(f"{PAGE}new", given).text
    assert said.count("errorlist") == 4
    assert "Empty: the main sender’s address." in said


def test_refusals_are_french_too(sign_in: SignIn) -> None:
    said = sign_in("editor", language="fr").post(OURS, GIVEN | {"address": "nobody"}).text
    assert "Écrivez une adresse telle que" in said


def test_a_sender_is_added_changed_and_removed(sign_in: SignIn) -> None:
    client = sign_in("editor")
    new = GIVEN | {"short": "outlet", "address": "hello@outlet.example", "name_en": ""}
    assert client.post(f"{PAGE}new", new).status_code == 302
    assert keeping.find("outlet").titles == (("", "L’Atelier"),)
    assert "so already" in client.post(f"{PAGE}new", new).text
    assert "so already" in client.post(f"{PAGE}new", new | {"short": "default"}).text
    assert "small letters" in client.post(f"{PAGE}new", new | {"short": "Été"}).text
    assert client.post(f"{PAGE}outlet/", new | {"name": "Outlet"}).status_code == 302
    assert keeping.find("outlet").title("fr") == "Outlet"
    assert client.post(f"{PAGE}outlet/remove").status_code == 302
    assert list(register.in_force()) == ["default"]
    assert client.get(f"{PAGE}outlet/").status_code == 404


def test_what_the_form_has_no_field_for_stays(sign_in: SignIn, now: datetime) -> None:
    before = outlet(now, "dkim_keys: {s1: dkim/s1.pem}", "dkim_selectors: [relay]")
    client = sign_in("editor")
    page = client.get(f"{PAGE}outlet/").text
    assert "s1, relay" in page
    assert "dkim/s1.pem" not in page
    assert "returns@outlet.example.com" in page
    given = {"name": "Outlet", "address": "hello@outlet.example.com"}
    assert client.post(f"{PAGE}outlet/", given).status_code == 302
    after = keeping.find("outlet")
    assert (after.dkim_keys, after.dkim_selectors, after.bounce_address) == (before.dkim_keys, "relay", before.bounce_address)  # fmt: skip
    assert after.titles == (("", "Outlet"),)


def test_a_domain_that_messages_left_from_stays(sign_in: SignIn, now: datetime) -> None:
    outlet(now)
    published(now)
    message(person("Anna", now), now, sender="outlet", state="sent")
    answer = sign_in("editor").post(f"{PAGE}outlet/", {"name": "Outlet", "address": "a@other.example"})
    assert answer.status_code == 422
    assert "Messages left from outlet.example.com" in answer.text
    assert keeping.find("outlet").domain == "outlet.example.com"


def test_a_sender_that_a_journey_names_is_not_removed(sign_in: SignIn, now: datetime) -> None:
    outlet(now)
    client = sign_in("editor")
    client.post("/journeys/library/reactivation-ecommerce")
    given = {
        "act": "journey", "revision": "1", "title": "Wake", "purpose": "reactivation", "segment": "dormant-buyers", "goal": "order_placed",
        "count": "45", "unit": "day", "holdout": "10", "again_unit": "day", "sender": "outlet",
    }  # fmt: skip
    client.post("/journeys/reactivation-ecommerce/change", given)
    answer = client.post(f"{PAGE}outlet/remove")
    assert answer.status_code == 422
    assert "the draft of the journey" in answer.text
    assert "outlet" in register.in_force()


def test_what_was_written_for_the_main_sender_is_taken_back(sign_in: SignIn) -> None:
    client = sign_in("editor")
    client.post(OURS, GIVEN)
    assert "Back to the installation’s settings" in client.get(OURS).text
    assert client.post(f"{OURS}remove").status_code == 302
    assert register.default().address == settings.RELANCE.mail_from
    assert "main sender again as in the settings" in sign_in("administrator").get("/team/log").text


@pytest.mark.parametrize(("name", "sends_as"), [("outlet", "outlet"), ("default", "default"), ("default", "outlet")])
def test_what_a_running_journey_sends_as_is_changed_by_who_may_approve(
    sign_in: SignIn, now: datetime, name: str, sends_as: str
) -> None:
    outlet(now)
    journey = Journey.objects.create(name="wake", running=True)
    definition = {"sender": sends_as} if sends_as != "default" else {}
    Version.objects.create(journey=journey, number=1, definition=definition, templates={}, published_at=now)
    path, given = f"{PAGE}{name}/", {"name": "Outlet", "address": "b@outlet.example.com"}
    editor = sign_in("editor")
    assert "only someone who may approve journeys" in editor.get(path).text
    assert editor.post(path, given).status_code == 403
    assert editor.post(f"{path}remove").status_code == 403
    assert AuditEntry.objects.filter(action="applied sender").count() == 1
    assert sign_in("approver").post(path, given).status_code == 302
    Journey.objects.update(running=False)
    assert editor.post(path, given | {"name": "Ours"}).status_code == 302
    assert keeping.find(name).title("en") == "Ours"


def test_the_log_says_what_a_sender_was_before(sign_in: SignIn, now: datetime) -> None:
    outlet(now)
    sign_in("editor").post(f"{PAGE}outlet/", {"name": "Outlet", "address": "b@outlet.example.com"})
    entry = AuditEntry.objects.filter(action="applied sender").latest("pk")
    assert entry.details["from"] == "b@outlet.example.com"
    assert entry.details["formerly"]["from address"] == "Hello@Outlet.Example.com"
    assert entry.details["formerly"]["postal_address"] == "2 rue du Port, Nantes"
    said = sign_in("administrator").get("/team/log").text
    assert "from address: Hello@Outlet.Example.com · " in said


def test_readers_see_who_sends_and_change_nothing(sign_in: SignIn) -> None:
    client = sign_in("reader")
    page = client.get(PAGE).text
    assert OURS not in page
    assert "Only someone who may edit" in page
    for answer in (client.get(OURS), client.post(OURS, GIVEN), client.post(f"{OURS}remove"), client.post(f"{PAGE}new")):
        assert answer.status_code == 403
    assert not SenderDefinition.objects.exists()


def test_forms_ask_for_their_token(sign_in: SignIn) -> None:
    sign_in("editor")
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    strict.force_login(User.objects.get())
    assert strict.post(OURS, GIVEN).status_code == 403
    assert not SenderDefinition.objects.exists()


def test_passwords_of_relays_are_not_shown(sign_in: SignIn, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    given = settings.RELANCE.model_dump() | {"sender_relays": "outlet=smtp://u:hidden@a.example:587"}
    monkeypatch.setattr(settings, "RELANCE", Settings(**given))
    outlet(now, "relays: outlet")
    client = sign_in("editor")
    for address in (PAGE, f"{PAGE}outlet/"):
        assert "hidden@" not in client.get(address).text
    assert "its own, called outlet" in client.get(PAGE).text
    monkeypatch.setattr(settings, "RELANCE", Settings(**given | {"sender_relays": ""}))
    assert "No mail servers" in client.get(PAGE).text
    answer = client.post(f"{PAGE}outlet/", {"name": "Outlet", "address": "hello@outlet.example.com"})
    assert answer.status_code == 422
    assert "do not name the mail servers" in answer.text


def test_a_message_is_shown_as_written_here(sign_in: SignIn, now: datetime) -> None:
    keeping.apply([parse("sender: default\nname: L’Atelier\n", "d.yaml")], now, by="Marie")
    published(now)
    assert 'inbox-from">L’Atelier' in sign_in("editor").get("/messages/hello/?language=fr").text
