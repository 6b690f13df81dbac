"""The sender in the browser: a stop is seen, its course looked at, its bounces restored, and it is let go on."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.pages import sender

pytestmark = pytest.mark.slow


def test_a_stop_is_looked_at_and_let_go_on(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="approver")
    french = visitor.language == "fr"
    sender.course(visitor)
    page = visitor.page
    expect(page.locator("main")).to_contain_text(
        "Le niveau de preuve dans le temps" if french else "Level of evidence over time"
    )
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


def test_deliverability_is_read_and_seeds_are_brought(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="editor")
    french = visitor.language == "fr"
    sender.fared(visitor)
    page = visitor.page
    expect(page.locator(".sender-fares")).to_contain_text("Acceptés" if french else "Accepted")
    expect(page.locator(".sender-fares")).to_contain_text("non transmis" if french else "not reported")
    expect(page.locator(".sender-findings li").first).to_contain_text("À corriger" if french else "To fix")
    for summary in page.locator("main details > summary").all():
        summary.click()
    visitor.fits()
    visitor.accessible()
    file = {"name": "seeds.csv", "mimeType": "text/csv", "buffer": b"date,provider,placement\n2026-07-21,SFR,spam\n"}
    page.set_input_files("#seeds-file", file)  # type: ignore[arg-type]
    page.locator(".sender-bring button").click()
    expect(page.locator(".alert-success")).to_contain_text("1 e-mail témoin" if french else "1 seed mail")
    page.locator(".sender-windows a").first.click()
    expect(page.locator(".sender-windows [aria-current]")).to_contain_text("7")
    visitor.fits()


def test_who_sends_is_written_and_its_likeness_follows(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="approver")
    french = visitor.language == "fr"
    sender.written(visitor)
    page = visitor.page
    expect(page.locator(".sender-from")).to_contain_text("L’Atelier du Lac <bonjour@atelier.example>")
    expect(page.locator(".sender-foot")).to_contain_text("L’Atelier du Lac, 12 rue du Lac, 74000 Annecy")
    page.fill("#id_address", "nobody")
    page.fill("#id_shop_url", "https://")
    page.click("main form.fields .btn-primary")
    expect(page.locator(".errorlist")).to_have_count(2)
    visitor.fits()
    visitor.accessible()
    visitor.forgive(422)
    page.fill("#id_address", "bonjour@example.org")
    page.fill("#id_shop_url", "www.atelier.example")
    page.click("main form.fields .btn-primary")
    expect(page.locator(".alert-success")).to_contain_text("L’Atelier du Lac")
    expect(page.locator(".sender-identity").first).to_contain_text("12 rue du Lac, 74000 Annecy")
    visitor.fits()
    visitor.accessible()
    page.click("main .row-line .btn-primary")
    page.once("dialog", lambda asked: asked.accept())
    page.click("main .btn-outline-danger")
    expect(page.locator(".alert-success")).to_contain_text("réglages" if french else "settings")


def test_the_sender_outside(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="editor")
    visitor.site.python("-m", "tests.browser.stopped")
    page = visitor.go("/sender/outside/")
    expect(page.locator(".sender-findings li").first).to_contain_text(
        "DNS inverse" if visitor.language == "fr" else "reverse DNS"
    )
    visitor.fits()
    visitor.accessible()
