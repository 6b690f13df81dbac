"""The director's page in the browser: what is not finished says so, its figures explain themselves, its PDF comes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.site import Site


@pytest.mark.slow
def test_the_page_says_that_it_is_not_finished_and_gives_its_pdf(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="reader")
    page = visitor.go("/results/")
    page.click("a.card-link")
    page.wait_for_selector(".headline")
    early = "trop tôt pour conclure" if visitor.language == "fr" else "too early to conclude"
    assert early in page.locator(".headline").inner_text()
    page.locator(".five summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".five details[open] p").inner_text()
    visitor.fits()
    visitor.accessible()
    with page.expect_download() as waited:
        page.click("a[href$='result.pdf']")
    assert Path(waited.value.path()).read_bytes().startswith(b"%PDF-")


@pytest.mark.slow
def test_an_editor_measures_now(visit: Visit) -> None:
    page = visit(language="en", role="editor").go("/results/reactivation-ecommerce/")
    page.click("form[action$='/measure'] button")
    page.wait_for_selector(".alert-success")


@pytest.fixture(scope="module")
def finished(shop: Site) -> Iterator[Site]:
    """The shared shop with its journey over."""
    with shop.alive("-m", "tests.browser.finished"):
        yield shop


@pytest.mark.usefixtures("finished")
def test_a_director_reads_what_a_finished_journey_brought(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="reader")
    french = visitor.language == "fr"
    page = visitor.go("/results/")
    expect(page.locator(".card-link .badge")).to_have_text("Terminé" if french else "Finished")
    page.keyboard.press("Tab")
    page.locator("a.card-link").press("Enter")
    expect(page.locator(".headline")).to_contain_text(
        "Aucun gain de chiffre d’affaires n’est démontré" if french else "No gain in revenue is proven"
    )
    expect(page.locator("[data-chart] canvas")).to_be_visible()
    expect(page.locator(".results-arms tbody tr")).to_have_count(2)
    visitor.fits()
    visitor.accessible()
