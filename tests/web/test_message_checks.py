"""A draft examined: its links asked for, a spam filter's points, its source, and the mail to keep."""

from __future__ import annotations

import re
import shutil
from email import policy
from email.parser import BytesParser

import pytest
from django.conf import settings
from django.test import Client, override_settings

from relance.content import publishing
from relance.content.link_check.answers import Answer, Checked, State
from relance.content.link_check.places import Place
from relance.content.models import TemplateDraft
from relance.delivery.spam_filter import asking
from relance.delivery.spam_filter.report import Rule, Score
from relance.web.messages import link_words
from tests.content.link_check.site import served
from tests.web.conftest import SignIn
from tests.web.test_messages import made

pytestmark = pytest.mark.usefixtures("db")
DESK = "/messages/spring-news"


def at(**changes: object) -> override_settings:
    return override_settings(RELANCE=settings.RELANCE.model_copy(update=changes))


def linked(client: Client, href: str) -> None:
    """Let the button of the draft lead there."""
    page = client.get(f"{DESK}/").text
    block = re.search(r'id="row-(\w+)"|data-block="(\w+)"', page)
    assert block
    for found in re.findall(r'data-block="(\w+)"', page):
        opened = client.get(f"{DESK}/blocks?open={found}&language=en").text
        if "href" in opened and 'name="href.en"' in opened:
            client.post(f"{DESK}/fill", {"id": found, "href.en": href, "href.fr": href})
            return
    raise AssertionError("no button")


def test_links_are_asked_for_and_told_in_words(sign_in: SignIn) -> None:
    client = sign_in("editor")
    with served() as (site, asked), at(base_url=site, shop_url=f"{site}/shop"):
        made(client)
        page = client.post(f"{DESK}/links", {"language": "en"}).text
    assert any("/shop" in one for one in asked)
    assert "The address is not secure" not in page  # the site knows no https
    assert "It answers, but the address is not secure (http)" in page
    assert not any("test" in one for one in asked)  # the way out is nobody's


def test_a_private_address_is_not_asked_from_the_page(sign_in: SignIn) -> None:
    client = sign_in("editor")
    with served() as (site, asked), at(shop_url=site):
        made(client)
        assert "private network" in client.post(f"{DESK}/links", {"language": "both"}).text
    assert asked == []


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_sentence(state: State) -> None:
    line = link_words.told(Checked(Place("javascript:x", "", image=True), Answer(state, 404, "https://shop.fr/")))
    assert line.sentence
    assert line.words == "Image"
    assert not line.opens


def test_a_site_that_knows_https_is_named() -> None:
    line = link_words.told(Checked(Place("http://shop.fr", "", False), Answer(State.INSECURE, 200, "https://shop.fr/")))
    assert "write https://shop.fr/" in line.sentence


def test_the_spam_filter_speaks_the_readers_language(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = (Rule("SUBJ_ALL_CAPS", 1.5, "Subject is all capitals"), Rule("NEW_RULE", 0.2, "Something new"))
    monkeypatch.setattr(asking, "examine", lambda _mail: Score(6.0, 5.0, rules))
    client = sign_in("editor", language="fr")
    made(client)
    page = client.post(f"{DESK}/spam", {"language": "fr"}).text
    assert "indésirable" in page
    assert "en capitales" in page
    assert "Something new" in page


def test_without_a_spam_filter_the_page_says_how_to_have_one(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _command: None)
    client = sign_in("editor")
    made(client)
    page = client.get(f"{DESK}/").text
    assert "RELANCE_SPAMD" in page
    assert "Ask SpamAssassin" not in page
    answer = client.post(f"{DESK}/spam", {"language": "en"}, headers={"HX-Request": "true"}).text
    assert "There is no SpamAssassin here" in answer


def test_the_mail_is_shown_and_downloaded_as_it_would_leave(sign_in: SignIn) -> None:
    client = sign_in("reader")
    made(sign_in("editor"))
    shown = client.get(f"{DESK}/mail?language=both").text
    assert "List-Unsubscribe-Post" in shown
    assert shown.count("mail.eml") == 2
    answer = client.get(f"{DESK}/mail.eml?written=en")
    assert answer["Content-Disposition"] == 'attachment; filename="spring-news-en.eml"'
    mail = BytesParser(policy=policy.default).parsebytes(answer.content)
    assert (mail["To"], mail["DKIM-Signature"]) == ("reader@example.org", None)
    assert mail.get_body(("html",)) is not None


def test_images_may_travel_inside_the_mail(sign_in: SignIn) -> None:
    client = sign_in("editor")
    made(client)
    client.post(f"{DESK}/look", {"images": ["linked", "inline"]})
    assert TemplateDraft.objects.get().definition["images"] == "inline"
    client.post(f"{DESK}/publish")
    assert publishing.is_inline(publishing.latest("spring-news").pk)
    client.post(f"{DESK}/look", {"images": ["linked"]})
    assert TemplateDraft.objects.get().definition["images"] == "linked"


def test_a_shop_without_a_postal_address_leaves_no_comma_behind(sign_in: SignIn) -> None:
    client = sign_in("editor")
    with at(postal_address=""):
        made(client)
        shown = client.get(f"{DESK}/frame?language=en").text
    assert re.search(r"Relance\s*<br", shown)


def test_a_reader_asks_no_server(sign_in: SignIn) -> None:
    made(sign_in("editor"))
    reader = sign_in("reader")
    assert "Check the links" not in reader.get(f"{DESK}/").text
    assert reader.post(f"{DESK}/links").status_code == reader.post(f"{DESK}/spam").status_code == 403
