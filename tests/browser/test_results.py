"""The director's page in the browser: what is not finished says so, its figures explain themselves, its PDF comes."""

from pathlib import Path

from tests.browser.conftest import Visit


def test_the_page_says_that_it_is_not_finished_and_gives_its_pdf(visit: Visit) -> None:
    visitor = visit(language="fr", width=390, role="reader")
    page = visitor.go("/results/")
    page.click("a.card-link")
    page.wait_for_selector(".headline")
    assert "trop tôt pour conclure" in page.locator(".headline").inner_text()
    page.locator(".five summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".five details[open] p").inner_text()
    visitor.fits()
    with page.expect_download() as waited:
        page.click("a[href$='result.pdf']")
    assert Path(waited.value.path()).read_bytes().startswith(b"%PDF-")


def test_an_editor_measures_now(visit: Visit) -> None:
    page = visit(language="en", role="editor").go("/results/reactivation-ecommerce/")
    page.click("form[action$='/measure'] button")
    page.wait_for_selector(".alert-success")
