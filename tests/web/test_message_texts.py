"""The text part of a message: made from the message, written by hand, given up again."""

import pytest

from relance.content.models import TemplateDraft, TemplateVersion
from tests.web.conftest import SignIn
from tests.web.test_messages import made

pytestmark = pytest.mark.usefixtures("db")


def test_the_text_part_is_made_from_the_message_until_somebody_writes_it(sign_in: SignIn) -> None:
    client = sign_in("editor")
    made(client)
    write = {"act": "write", "of": "en", "language": "both"}
    page = client.post("/messages/spring-news/text", write).text
    begun = TemplateDraft.objects.get().definition["en"]["text"]
    assert "{{ contact.first_name" in begun
    assert "{{ unsubscribe_url }}" in begun
    assert "links[" not in begun  # addresses stand as they are, to be written by hand
    assert 'name="en.text"' in page
    assert 'name="fr.text"' not in page
    by_hand = (
        "Hello {{ contact.first_name | default: 'there' }}, how are you?\n\n"
        "{{ shop.name }}: {{ shop.url }}\nLeave: {{ unsubscribe_url }}\n"
    )
    client.post("/messages/spring-news/envelope", {"en.text": by_hand.replace("\n", "\r\n")})
    state = client.get("/messages/spring-news/state?language=both").text
    assert "how are you?" in state
    client.post("/messages/spring-news/publish")
    version = TemplateVersion.objects.get()
    assert version.definition["en"]["text"] == by_hand
    assert version.definition["fr"]["text"] is None
    assert "how are you?" in version.compiled["en"]["text"]


def test_a_text_part_by_hand_needs_its_way_out_and_can_be_given_up(sign_in: SignIn) -> None:
    client = sign_in("editor")
    made(client)
    client.post("/messages/spring-news/text", {"act": "write", "of": "fr", "language": "fr"})
    client.post("/messages/spring-news/envelope", {"fr.text": "Bonjour, et c’est tout."})
    assert "The text part has no unsubscribe link" in client.get("/messages/spring-news/state?language=fr").text
    client.post("/messages/spring-news/text", {"act": "derive", "of": "fr", "language": "fr"})
    assert TemplateDraft.objects.get().definition["fr"]["text"] is None
    assert "The text part has no" not in client.get("/messages/spring-news/state?language=fr").text
    assert client.post("/messages/spring-news/text", {"act": "write", "of": "de", "language": "fr"}).status_code == 422
    assert sign_in("reader").post("/messages/spring-news/text", {"act": "derive", "of": "fr"}).status_code == 403
