"""Works in the browser: a rehearsal is asked for, followed and stopped, another is read; an import is stopped and begun again."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.site import Site

pytestmark = pytest.mark.slow

PLAN = "/launch/reactivation-ecommerce/"


@pytest.fixture
def rehearsed(shop: Site) -> Iterator[Site]:
    """The shared shop, whose rehearsals go again."""
    yield shop
    code = "import django; django.setup(); from relance.journeys.models import LaunchRehearsal; LaunchRehearsal.objects.all().delete()"
    shop.python("-c", code)


@pytest.mark.usefixtures("rehearsed")
def test_a_rehearsal_is_stopped_and_the_next_one_is_read(visit: Visit) -> None:
    visitor = visit(language="fr", width=390, role="editor")
    page = visitor.go(PLAN)
    page.fill("#days", "365")
    page.click("form[action$='/rehearse'] button")
    expect(page.locator("#rehearsal progress")).to_be_visible()
    visitor.fits()
    visitor.accessible()
    page.once("dialog", lambda asked: asked.accept())
    page.click("#rehearsal form[action$='/stop'] button")
    expect(page.locator("#rehearsal progress")).to_have_count(0, timeout=60_000)
    expect(page.locator(".simulated")).to_have_count(0)
    page.fill("#days", str(page.get_attribute("#days", "min")))
    page.click("form[action$='/rehearse'] button")
    expect(page.locator(".simulated .pairs")).to_be_visible(timeout=120_000)
    expect(page.locator(".simulated")).to_contain_text("simulé")
    visitor.fits()
    visitor.accessible()
    visitor.go(str(page.locator(".simulated a[href*='/rehearsal/']").get_attribute("href")))
    expect(page.locator("h1")).to_be_visible()
    visitor.fits()


def test_an_import_under_way_is_followed_and_asked_to_stop(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="editor")
    page = visitor.page
    visitor.go(visitor.meanwhile.enter_context(visitor.site.alive("-m", "tests.browser.underway", "import")))
    expect(page.locator("progress")).to_have_attribute("value", "31400")
    visitor.fits()
    visitor.accessible()
    button = page.locator("form[action$='/stop'] button")
    button.focus()
    for _ in range(2):
        page.wait_for_event("response", lambda answer: answer.url.endswith("/progress"))
    expect(button).to_be_focused()  # the rest of the card was renewed
    button.click()
    expect(page.locator(".work-stage")).to_contain_text("arrêt" if visitor.language == "fr" else "stopping")
    expect(button).to_be_disabled()
