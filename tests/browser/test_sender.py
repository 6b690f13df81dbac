"""The sender in the browser: a stop is seen, its course looked at, its bounces restored, and it is let go on."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.pages import sender


def test_a_stop_is_looked_at_and_let_go_on(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="approver")
    french = visitor.language == "fr"
    sender.course(visitor)
    page = visitor.page
    expect(page.locator("main")).to_contain_text("Les indices dans le temps" if french else "Evidence over time")
    visitor.fits()
    visitor.accessible()
    page.locator(".crumbs a").click()
    page.once("dialog", lambda asked: asked.accept())
    page.locator("button[value=restored]").first.click()
    expect(page.locator(".alert-success")).to_contain_text("6 adresses" if french else "6 addresses")
    page.locator("[data-dialog^=close-]").first.click()
    page.fill("dialog[open] textarea", "Seen with the provider.")
    visitor.fits()
    visitor.accessible()
    page.click("dialog[open] .btn-primary")
    expect(page.locator(".alert-success")).to_contain_text("Arrêt levé" if french else "Closed")
    expect(page.locator(".sender-stop")).to_have_count(0)
    visitor.fits()
    visitor.accessible()


def test_the_sender_outside(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="editor")
    visitor.site.python("-m", "tests.browser.stopped")
    page = visitor.go("/sender/outside/")
    expect(page.locator(".sender-findings li").first).to_contain_text(
        "DNS inverse" if visitor.language == "fr" else "reverse DNS"
    )
    visitor.fits()
    visitor.accessible()
