"""Launch and watch as a person drives them: a second journey is published for it, and taken away at the end."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Dialog, expect

from tests.browser.chromium import Visitor
from tests.browser.conftest import Visit
from tests.browser.pages import launch as pages
from tests.browser.site import Site

NAME, NAMED = "second-wake", "slow-wake"
PUBLISH = f"""
import django; django.setup()
from django.utils import timezone
from relance.core import database, definitions
from relance.journeys import library, publishing
from tests.browser.clock import START
database.start()
text = library.recipe("reactivation-ecommerce").text.replace("journey: reactivation-ecommerce", "journey: {NAME}", 1)
publishing.publish(definitions.parse(text, "second.yaml"), START)
"""
REMOVE = f"""
import django; django.setup()
from relance.core import database
from relance.journeys.models import Journey, Launch, LaunchPerson, LaunchPlan, Version
database.start()
journey = Journey.objects.get(name="{NAME}")
LaunchPerson.objects.filter(plan__journey=journey).delete()
for model in (Launch, LaunchPlan, Version):
    model.objects.filter(journey=journey).delete()
journey.delete()
"""


@pytest.fixture(scope="module")
def published(shop: Site) -> Iterator[Site]:
    """The shared shop with a second journey, published and not launched; nothing of the sender stands in its way."""
    shop.python("-m", "tests.browser.stopped", "mend")
    shop.python("-c", PUBLISH)
    yield shop
    shop.python("-c", REMOVE)


def tab_to(visitor: Visitor, selector: str) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(120):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector} on:\n{visitor.page.inner_text('main')}")


def test_keyboard_alone_approves_a_launch(published: Site, visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="approver")
    page = visitor.go(f"/launch/{NAME}/")
    visitor.fits()
    visitor.accessible()
    tab_to(visitor, "#day")
    page.keyboard.type("08082026")  # the caps leave everybody room again by then
    tab_to(visitor, "#canary")
    page.keyboard.press("Control+A")
    page.keyboard.type("12")
    tab_to(visitor, "form.launch-form button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".fall")
    visitor.fits()
    visitor.accessible()
    tab_to(visitor, "input[name=offer]")
    page.keyboard.press("Space")
    tab_to(visitor, "input[name=known]")
    page.keyboard.press("Space")
    tab_to(visitor, ".approve button")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/watch/journeys/{NAME}/")
    assert "12" in asked[0]
    assert "12" in page.inner_text(".canary")
    visitor.fits()
    visitor.accessible()


@pytest.fixture(scope="module")
def ramped(published: Site) -> Iterator[Site]:
    """The shared shop with a journey whose canary has had its first message."""
    published.python("-m", "tests.browser.ramped")
    yield published
    published.python("-m", "tests.browser.ramped", "remove")


@pytest.mark.slow
def test_a_ramp_says_what_is_not_known_and_a_named_person_releases_its_next_step(
    ramped: Site, visit: Visit, screen: dict[str, object]
) -> None:
    visitor = visit(**screen, role="approver")
    french = visitor.language == "fr"
    page = visitor.go(f"/watch/journeys/{NAMED}/")
    ramp = page.locator("section.canary")
    expect(ramp).to_contain_text("Vague pilote" if french else "Canary")
    before = ramp.locator("tbody tr").count()
    visitor.fits()
    visitor.accessible()
    tab_to(visitor, "[id^=release-reason]")
    page.keyboard.type("Vu dans les boîtes")
    asked: list[Dialog] = []
    page.once("dialog", lambda dialog: (asked.append(dialog), dialog.accept()))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".alert-success")).to_be_visible()
    assert ("en votre nom" if french else "in your name") in asked[0].message
    expect(ramp).to_contain_text("Vu dans les boîtes")
    assert ramp.locator("tbody tr").count() >= before
    visitor.fits()
    visitor.accessible()


@pytest.mark.slow
def test_each_bar_opens_its_people(visit: Visit) -> None:
    visitor = visit(language="fr")
    pages.people(visitor)
    assert visitor.page.locator("tbody tr").count() > 10
    visitor.page.click("tbody tr:first-child a")
    visitor.page.wait_for_url("**/people/*/")


@pytest.mark.slow
def test_a_page_refreshes_only_what_changed(visit: Visit) -> None:
    visitor = visit(language="en")
    page = visitor.go("/watch/")
    kept = page.evaluate(
        "document.querySelector('.piece:has(.counts)').dataset.kept = 'yes', document.querySelector('.piece:has(.counts)').id"
    )
    with page.expect_response("**/watch/changes*") as same:
        pass
    assert same.value.status == 204
    assert page.evaluate("id => document.getElementById(id).dataset.kept", kept) == "yes"
    page.evaluate("id => document.querySelector(`#${id} input`).value = `${id}:old`", kept)
    page.wait_for_function("id => document.getElementById(id).dataset.kept !== 'yes'", arg=kept)
    assert page.locator(f"#{kept} .counts").count() == 1


@pytest.mark.slow
def test_a_pause_is_asked_about_before_it_is_made(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen)
    page = visitor.go("/watch/journeys/reactivation-ecommerce/")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.click("button[value=pause]")
    waits = (
        "les messages déjà écrits attendent la reprise"
        if visitor.language == "fr"
        else "messages already written wait until somebody resumes it"
    )
    assert waits in asked[0]
    page.reload()
    assert page.locator("button[value=pause]").count() == 1, "nothing was done"


@pytest.mark.slow
def test_what_a_colleague_does_reaches_the_page_and_the_focus_stays(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen)
    page = visitor.go("/watch/journeys/reactivation-ecommerce/")
    colleague = visit(language="fr").go("/watch/journeys/reactivation-ecommerce/")
    page.focus("#act-run")
    for act, then in (("pause", "resume"), ("resume", "pause")):
        colleague.once("dialog", lambda dialog: dialog.accept())
        colleague.click(f"button[value={act}]")
        expect(colleague.locator(".alert-success")).to_be_visible()
        expect(page.locator("#act-run")).to_have_attribute("value", then, timeout=15_000)
        expect(page.locator("#act-run")).to_be_focused()
    page.locator(".rates-list .definition summary").first.click()
    expect(page.locator(".rates-list .definition p").first).to_be_visible()
    visitor.fits()
    visitor.accessible()


@pytest.mark.slow
def test_what_a_role_may_not_do_is_said_in_the_page(visit: Visit) -> None:
    visitor = visit(language="fr", role="reader")
    page = visitor.go("/watch/journeys/reactivation-ecommerce/")
    assert page.locator("button[value=pause]").count() == 0
    page.evaluate("htmx.ajax('POST', location.pathname + 'act', {values: {act: 'pause'}, swap: 'none'})")
    page.wait_for_selector("#notices .alert")
    assert "Votre rôle" in page.inner_text("#notices")
    visitor.fits()


@pytest.mark.slow
def test_a_message_is_shown_as_it_was_sent(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen)
    page = visitor.go("/watch/messages/?state=sent")
    page.click("tbody tr:first-child td:first-child a")
    frame = page.frame_locator(".letter-frame")
    frame.locator("body").wait_for()
    assert len(frame.locator("body").inner_text()) > 40
    visitor.fits()
    visitor.accessible()
