"""Messages that may leave by several channels, on the pages: said in words, kept by the editor, warned of in both languages."""

import pytest
from django.test import Client

from relance.contacts.models import Consent, Contact
from relance.eligibility.models import HouseRules
from relance.journeys.steps import send
from tests.conftest import NOW
from tests.web.conftest import SignIn
from tests.web.test_journeys import ADDRESS, act, anna, draft, text

__all__ = ["anna"]
LISTED = "{id: hello, channel: [sms, email], choose: preferred, template: {sms: short, email: hello-no-offer}"


def several(client: Client, listed: str = LISTED) -> None:
    """Let the first message of the draft name several channels, as its source is written."""
    written = text().replace("{id: hello, channel: email, template: hello-no-offer", listed)
    assert written != text()
    client.post(f"{ADDRESS}/yaml", {"text": written, "revision": draft().revision})
    assert text() == written


def test_the_editor_keeps_channels_and_templates_that_it_does_not_edit(anna: Client) -> None:
    several(anna)
    act(anna, "set", position="0", id="bonjour", topic="newsletter", unit="day")
    assert "channel: [sms, email]" in text()
    assert "template: {sms: short, email: hello-no-offer}" in text()
    assert "choose: preferred" in text()
    assert "{id: bonjour," in text()


def test_a_template_for_all_channels_is_chosen_as_for_one(anna: Client) -> None:
    several(anna, "{id: hello, channel: [sms, email], template: hello-no-offer")
    act(anna, "set", position="0", template="last-call", id="hello", unit="day")
    assert "{id: hello, channel: [sms, email], template: last-call" in text()


def test_channels_stand_in_words_on_the_card_and_in_the_panel(anna: Client, sign_in: SignIn) -> None:
    several(anna)
    page = anna.get(f"{ADDRESS}/?step=0").text
    assert page.count("SMS, else e-mail") >= 2
    assert "Each channel has its own message." in page
    assert "<dt>SMS</dt><dd>short</dd>" in page
    assert 'id="id_template"' not in page
    french = sign_in("administrator", language="fr").get(f"{ADDRESS}/?step=0").text
    assert "SMS, sinon e-mail" in french
    assert "Chaque canal a son propre message." in french


def test_the_house_rules_say_how_where_the_step_does_not(anna: Client) -> None:
    several(anna, "{id: hello, channel: [email, sms], template: hello-no-offer")
    assert "E-mail, else SMS" in anna.get(f"{ADDRESS}/?step=0").text
    HouseRules.objects.create(name="shop", definition={"rules": "shop", "choose": "cheapest"}, applied_at=NOW)
    assert "The cheapest of: e-mail, SMS" in anna.get(f"{ADDRESS}/?step=0").text


def test_a_channel_that_is_not_built_is_told_by_its_name(anna: Client, sign_in: SignIn) -> None:
    several(anna)
    told = "Relance does not send by this channel yet (SMS). For now this message leaves by: E-mail."
    assert told in anna.get(f"{ADDRESS}/").text
    french = sign_in("administrator", language="fr").get(f"{ADDRESS}/").text
    assert "Relance n’envoie pas encore par ce canal (SMS)" in french


def test_channels_nobody_consented_to_are_told_by_their_names(anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    several(anna)
    monkeypatch.setattr(send, "LEAVING", frozenset({"email", "sms"}))
    assert "Nobody here consented to this channel (SMS, E-mail)" in anna.get(f"{ADDRESS}/").text
    someone = Contact.objects.create(first_seen_at=NOW)
    Consent.objects.create(contact=someone, channel="email", given=True, at=NOW)
    assert (
        "Nobody here consented to this channel (SMS): this message leaves by its other channels only."
        in anna.get(f"{ADDRESS}/").text
    )
