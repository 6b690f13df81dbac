"""Messages at the server: who may do what, drafts and undo, previews as anybody, tests to the team only."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client

import relance
from relance.accounts.models import User
from relance.content import drafts, publishing
from relance.content.definition import LANGUAGES, TemplateDefinition
from relance.content.models import TemplateDraft, TemplateVersion
from relance.core import place
from relance.core.models import AuditEntry
from relance.events.models import Event
from relance.outbox.models import Message
from relance.web import template_titles
from relance.web.messages import library, preview, sentences
from tests.delivery.sending import person, published
from tests.web.conftest import SignIn

pytestmark = pytest.mark.usefixtures("db")


def made(client: Client, title: str = "Spring news", origin: str = "hello") -> TemplateDraft:
    answer = client.post("/messages/-/new", {"title": title, "origin": origin})
    assert answer.status_code == 302
    return TemplateDraft.objects.get()


def block(client: Client, act: str, **given: str) -> str:
    return client.post("/messages/spring-news/block", {"act": act, "language": "en", **given}).text


def kinds() -> list[str]:
    return [one["block"] for one in TemplateDraft.objects.get().definition["blocks"]]


def test_a_reader_looks_and_changes_nothing(sign_in: SignIn, now: datetime) -> None:
    published(now)
    reader = sign_in("reader")
    assert reader.get("/messages/").status_code == reader.get("/messages/hello/").status_code == 200
    for path in ("-/new", "hello/block", "hello/fill", "hello/publish", "hello/test", "hello/step", "-/images"):
        assert reader.post(f"/messages/{path}").status_code == 403, path
    assert not TemplateDraft.objects.exists()


def test_a_draft_is_made_from_a_starter_and_published(sign_in: SignIn) -> None:
    client = sign_in("editor")
    assert made(client).name == "spring-news"
    client.post("/messages/spring-news/publish")
    version = publishing.latest("spring-news")
    assert version.definition["blocks"][0]["block"] == "heading"
    assert not TemplateDraft.objects.exists()
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "template draft made",
        "template published",
    ]


def test_what_lacks_keeps_it_from_being_published(sign_in: SignIn) -> None:
    client = sign_in("editor")
    made(client, origin="blank")
    answer = client.post("/messages/spring-news/publish", follow=True).text
    assert "Not published" in answer
    assert "The pre-header is empty" in answer
    assert not TemplateVersion.objects.exists()


def test_blocks_are_added_moved_copied_deleted_and_undone(sign_in: SignIn) -> None:
    client = sign_in("editor")
    made(client, origin="blank")
    block(client, "add", kind="image", at="1")
    assert kinds() == ["heading", "image", "text", "button", "footer"]
    block(client, "down", id="b5")
    block(client, "copy", id="b5")
    block(client, "delete", id="b1")
    assert kinds() == ["text", "image", "image", "button", "footer"]
    for _ in range(4):
        client.post("/messages/spring-news/step", {"way": "undo", "language": "en"})
    assert kinds() == ["heading", "text", "button", "footer"]
    client.post("/messages/spring-news/step", {"way": "redo", "language": "en"})
    assert kinds() == ["heading", "image", "text", "button", "footer"]


def test_the_footer_of_a_commercial_message_stays(sign_in: SignIn) -> None:
    client = sign_in("editor")
    made(client)
    assert client.post("/messages/spring-news/block", {"act": "delete", "id": "b5"}).status_code == 422
    assert kinds()[-1] == "footer"
    client.post("/messages/spring-news/look", {"commercial": "no"})
    block(client, "delete", id="b5")
    assert "footer" not in kinds()


def test_fields_are_written_and_typing_on_is_one_step(sign_in: SignIn) -> None:
    client = sign_in("editor")
    made(client)
    for words in ("H", "He", "Hello"):
        assert (
            client.post("/messages/spring-news/fill", {"id": "b1", "words.en": words, "align": "center"}).status_code
            == 204
        )
    draft = TemplateDraft.objects.get()
    assert (draft.definition["blocks"][0]["words"]["en"], draft.definition["blocks"][0]["align"], draft.step) == (
        "Hello",
        "center",
        1,
    )
    assert client.post("/messages/spring-news/fill", {"id": "b1", "align": "sideways"}).status_code == 422
    assert client.post("/messages/spring-news/fill", {"id": "b1", "nothing.like.it": "x"}).status_code == 422


def test_missing_words_are_said_of_their_block_and_language(sign_in: SignIn) -> None:
    client = sign_in("editor")
    made(client)
    client.post("/messages/spring-news/fill", {"id": "b1", "words.fr": ""})
    state = client.get("/messages/spring-news/state?language=en").text
    assert "There are no words in this language" in state
    assert 'data-go="b1"' in state
    assert "FR ?" in state


def test_the_preview_is_the_persons_own(sign_in: SignIn, now: datetime) -> None:
    anna = person("Anna", now)
    client = sign_in("editor")
    made(client)
    answer = client.get(f"/messages/spring-news/frame?language=fr&person={anna.pk}")
    assert "Bonjour Anna" in answer.text
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "anna@example.org" in client.get("/messages/-/people?q=anna").text


def test_the_dark_preview_has_the_messages_dark_rules_in_force(sign_in: SignIn) -> None:
    client = sign_in("editor")
    made(client)
    assert "prefers-color-scheme" in client.get("/messages/spring-news/frame?language=fr").text
    assert "prefers-color-scheme" not in client.get("/messages/spring-news/frame?language=fr&dark=yes").text


def test_source_stays_source_and_says_its_errors_with_their_line(sign_in: SignIn, now: datetime) -> None:
    published(now)
    client = sign_in("editor")
    assert "This template is written as MJML" in client.get("/messages/hello/").text
    client.post(
        "/messages/hello/envelope", {"en.mjml": "<mjml>\n<mj-body>\n<mj-nothing></mj-nothing></mj-body></mjml>"}
    )
    state = client.get("/messages/hello/state?language=en").text
    assert 'data-line="3" data-language="en"' in state
    assert "&lt;mj-nothing&gt; is not an element that mails may use" in state
    assert "The preview comes back" in client.get("/messages/hello/frame?language=en").text


def test_a_test_goes_to_the_team_marked_and_counts_for_nothing(sign_in: SignIn, now: datetime) -> None:
    anna = person("Anna", now)
    client = sign_in("editor")
    made(client)
    to = User.objects.get().pk
    answer = client.post(
        "/messages/spring-news/test", {"to": [str(to), "999"], "written": "fr", "person": str(anna.pk)}, follow=True
    )
    assert "Maildir" in answer.text
    mails = list((place.current().data / "maildir" / "new").iterdir())
    text = mails[0].read_text()
    assert len(mails) == 1
    assert "To: <editor@example.org>" in text
    assert "Subject: [Test] " in text or "=?utf-8?b?W1Rlc3Rd" in text
    assert "Bonjour Anna" in text
    assert "/c/" not in text
    assert "List-Unsubscribe" not in text
    assert not Message.objects.exists()
    assert not Event.objects.exists()


def test_tests_have_a_quota_counted_from_the_audit_log(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in("editor")
    made(client)
    monkeypatch.setattr("relance.delivery.test_sends.QUOTA", 1)
    given = {"to": str(User.objects.get().pk), "written": "en"}
    client.post("/messages/spring-news/test", given)
    assert client.post("/messages/spring-news/test", given).status_code == 422
    assert AuditEntry.objects.filter(action="test message sent").count() == 1


def test_an_address_that_is_nobodys_of_the_team_gets_nothing(sign_in: SignIn, now: datetime) -> None:
    anna = person("Anna", now)
    client = sign_in("editor")
    made(client)
    assert (
        client.post("/messages/spring-news/test", {"to": ["anna@example.org", str(10**6 + anna.pk)]}).status_code == 422
    )
    assert not (place.current().data / "maildir").exists()


def test_the_way_back_is_local(sign_in: SignIn, now: datetime) -> None:
    published(now)
    client = sign_in("editor")
    assert 'href="/journeys/x"' in client.get("/messages/hello/?back=/journeys/x").text
    for evil in ("https://evil.example", "//evil.example", "/\\evil.example"):
        page = client.get(f"/messages/hello/?back={evil}").text
        assert re.search(r'class="crumbs" aria-label="[^"]*"><a href="/messages/">', page)
        assert f'value="{evil}"' not in page


def test_the_list_finds_by_name_and_subject_and_says_what_journeys_send(sign_in: SignIn, now: datetime) -> None:
    published(now)
    client = sign_in("editor")
    assert "hello" in client.get("/messages/?q=HELLO").text
    assert "template-card" in client.get("/messages/?q=how are you").text
    assert "No template matches" in client.get("/messages/?q=100%").text


def test_publishing_waits_for_a_change(sign_in: SignIn, now: datetime) -> None:
    published(now)
    client = sign_in("editor")
    nothing = "There is nothing to publish"
    assert nothing in client.get("/messages/hello/").text
    client.post("/messages/hello/envelope", {"en.preheader": "Another one"})
    assert nothing not in client.get("/messages/hello/").text
    assert nothing not in client.get("/messages/hello/state").text


def test_a_template_is_called_by_its_title_then_by_its_subject(sign_in: SignIn, now: datetime) -> None:
    published(now)
    client = sign_in("editor")
    made(client, "Spring news!")
    shown = client.get("/messages/").text
    assert "<code>spring-news</code>" in shown
    assert 'href="/messages/spring-news/">Spring news!</a></h2>' in shown
    assert 'href="/messages/hello/">hello</a>' not in shown, "it has no title: its subject stands there"
    assert '<h1><span id="desk-title">Spring news!</span></h1>' in client.get("/messages/spring-news/").text
    assert "Spring news!" in client.get("/messages/?q=news!").text
    client.post("/messages/spring-news/publish")
    assert publishing.latest("spring-news").definition["title"] == "Spring news!"
    assert template_titles.every()["spring-news"] == "Spring news!"


def test_a_copy_and_a_deleted_draft(sign_in: SignIn, now: datetime) -> None:
    published(now)
    client = sign_in("editor")
    made(client, "Hello again", "copy:hello")
    assert client.post("/messages/-/new", {"title": "hello", "origin": "blank"}).status_code == 422
    client.post("/messages/hello-again/discard")
    assert not TemplateDraft.objects.exists()
    assert client.get("/messages/hello-again/").status_code == 404


SHIPPED = Path(relance.__file__).parent / "recipes" / "templates"


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.yaml")))
def test_a_shipped_template_can_be_had_in_blocks(name: str, sign_in: SignIn, now: datetime) -> None:
    written = publishing.publish(SHIPPED / f"{name}.yaml", now)
    client = sign_in("editor")
    client.post(f"/messages/{name}/rewrite")
    assert kinds()[0] == "heading"
    assert "button" in kinds()
    assert kinds()[-1] == "footer"
    client.post(f"/messages/{name}/publish")
    version = publishing.latest(name)
    assert version.number == 2
    for language in LANGUAGES:  # each subject that a journey may have chosen stays
        assert version.definition[language]["subjects"].keys() == written.definition[language]["subjects"].keys()


@pytest.mark.parametrize("name", ["vip-letter", "first-order", "store-hello", "ask-once-more", "newsletter-choice"])
def test_blocks_say_what_the_source_says(name: str, now: datetime) -> None:
    written = publishing.publish(SHIPPED / f"{name}.yaml", now).definition
    blocks = library.starter(name)
    for language in LANGUAGES:
        assert blocks[language]["subjects"] == written[language]["subjects"]
        assert blocks[language]["preheader"] == written[language]["preheader"]
        said, before = preview.derived_text(blocks, language), preview.derived_text(written, language)
        foot = {"fr": "Vous recevez ce message", "en": "You receive this message"}[language]  # each has its own below
        assert foot in said
        assert said.split(foot)[0].split() == before.split(foot)[0].split()


@pytest.mark.parametrize(
    "body",
    [
        "<mj-text>{{ contact.dog }}</mj-text>",
        "<mj-text>{{ contact.first_name | shout }}</mj-text>",
        "<mj-text>Hello {{ contact.first_name }}, you</mj-text>",
        "<mj-text>no way out</mj-text>",
        "<mj-text>{% if %}</mj-text>",
        "<mj-text>a < b</mj-text>",
        "<mj-text>",
        "</mj-button>",
        "words",
        "<mj-image src='https://a.example/a.png' />",
        "<mj-image src='a.png' alt='' />",
        "<mj-preview>x</mj-preview>",
        "<mj-include path='x' />",
        "<mj-text {{ shop.name }}>x</mj-text>",
        "<mj-button href='https://a.example/{{ contact.first_name }}'>x</mj-button>",
        "<mj-button href='nowhere'>x</mj-button>",
        "<mj-text>⟦1⟧</mj-text>",
    ],
)
def test_every_finding_of_the_publisher_has_words_of_the_pages(body: str) -> None:
    markup = f"<mjml><mj-body><mj-section><mj-column>{body}</mj-column></mj-section></mj-body></mjml>"
    part = {"subjects": {"a": "Hello"}, "preheader": "A word", "mjml": markup}
    found = drafts.findings({"template": "hello", "fr": part, "en": part})
    assert found
    assert [finding.sentence for finding in found if not sentences.known(finding.sentence)] == []


def test_subjects_to_compare(sign_in: SignIn) -> None:
    client = sign_in("editor")
    made(client, origin="blank")
    client.post("/messages/spring-news/variant", {})
    assert list(TemplateDraft.objects.get().definition["en"]["subjects"]) == ["a", "b"]
    client.post("/messages/spring-news/variant", {"drop": "b"})
    assert client.post("/messages/spring-news/variant", {"drop": "a"}).status_code == 422


def test_attributes_of_contacts_are_declared_by_using_them(sign_in: SignIn, now: datetime) -> None:
    anna = person("Anna", now)
    anna.attributes = {"dog": "Rex"}
    anna.save()
    client = sign_in("editor")
    made(client)
    client.post("/messages/spring-news/fill", {"id": "b1", "words.en": "{{ contact.attributes.dog }} and you"})
    assert TemplateDraft.objects.get().definition["values"] == {"contact.attributes.dog": "Rex"}


def test_the_french_pages_have_no_english_left(sign_in: SignIn, now: datetime) -> None:
    published(now)
    client = sign_in("administrator", language="fr")
    made(client, origin="blank")
    pages = [
        client.get(path).text
        for path in ("/messages/", "/messages/spring-news/?language=both&open=b1", "/messages/hello/")
    ]
    words = re.sub(r"<iframe.*?</iframe>|<script.*?</script>|<[^>]+>", " ", " ".join(pages))
    for english in (
        "Draft ",
        "Undo",
        "Subject",
        "Publish ",
        "Weight",
        "Nothing is",
        "Add a",
        "there is",
        "missing",
        "Heading",
    ):
        assert english not in words, english


def test_no_page_holds_what_its_policy_forbids(sign_in: SignIn, now: datetime) -> None:
    published(now)
    client = sign_in("editor")
    made(client)
    for path in (
        "/messages/",
        "/messages/spring-news/?open=b1",
        "/messages/spring-news/?language=both",
        "/messages/hello/",
    ):
        page = client.get(path).text
        assert 'style="' not in page
        assert not re.search(r"<script(?![^>]*src=)", page)


def test_the_title_is_changed_in_the_editor_and_undone_like_words(sign_in: SignIn) -> None:
    client = sign_in("editor")
    made(client)
    client.post("/messages/spring-news/envelope", {"title": "  News of  spring "})
    assert TemplateDraft.objects.get().definition["title"] == "News of spring"
    assert (
        '<span id="desk-title" hx-swap-oob="true">News of spring</span>'
        in client.get("/messages/spring-news/state").text
    )
    client.post("/messages/spring-news/step", {"way": "undo"})
    assert TemplateDraft.objects.get().definition["title"] == "Spring news"
    client.post("/messages/spring-news/envelope", {"title": ""})
    called = client.get("/messages/spring-news/").text
    assert 'id="desk-title">Spring news<' not in called
    assert 'name="title" value=""' in called
    client.post("/messages/spring-news/publish")
    assert "title" not in publishing.latest("spring-news").definition


def test_a_title_in_each_language_keeps_both(sign_in: SignIn) -> None:
    client = sign_in("editor")
    draft = made(client)
    draft.definition["title"] = {"fr": "Printemps", "en": "Spring"}
    draft.save()
    page = client.get("/messages/spring-news/").text
    assert 'name="title.fr" value="Printemps"' in page
    assert 'name="title.en" value="Spring"' in page
    client.post("/messages/spring-news/envelope", {"title.fr": "Printemps", "title.en": "Spring time"})
    client.post("/messages/spring-news/publish")
    definition = publishing.latest("spring-news").definition
    assert definition["title"] == {"fr": "Printemps", "en": "Spring time"}
    assert TemplateDefinition.model_validate(definition).model_dump(mode="json") == definition
    assert client.post("/messages/spring-news/envelope", {"title.de": "Frühling"}).status_code == 422
