"""The health of the base in the browser: every definition by keyboard, every state to its people."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit


def test_every_definition_opens_and_closes_by_keyboard_and_a_state_opens_its_people(
    visit: Visit, screen: dict[str, object]
) -> None:
    visitor = visit(**screen, role="reader")
    page = visitor.go("/")
    definitions = page.locator("details.definition")
    assert definitions.count() == 5
    for number in range(definitions.count()):
        one = definitions.nth(number)
        one.locator("summary").focus()
        page.keyboard.press("Enter")
        assert len(one.locator("p").inner_text()) > 40
        visitor.fits()
        page.keyboard.press("Enter")
        assert one.get_attribute("open") is None
    visitor.accessible()
    page.click(".state-lines a[href='/people/?state=dormant']")
    page.wait_for_url("**/people/?state=dormant")
    assert page.locator("h1").inner_text()


@pytest.mark.slow
def test_an_editor_computes_anew_and_a_reader_has_no_such_button(visit: Visit) -> None:
    reader = visit(language="en", role="reader")
    assert reader.go("/").locator("form[action='/dormancy/score']").count() == 0
    editor = visit(language="en", role="editor")
    page = editor.go("/")
    with page.expect_response("**/dormancy/score"):
        page.click("form[action='/dormancy/score'] button")
    page.wait_for_url(f"{editor.site.url}/", timeout=120_000)  # cleaned, scored, measured, and back


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/base/bill", "/base/flows", "/base/kinds", "/base/models"])
def test_the_pages_behind_it_fit_and_are_accessible(visit: Visit, screen: dict[str, object], path: str) -> None:
    visitor = visit(**screen, role="reader")
    page = visitor.go(path)
    expect(page.locator(f".base-tabs a[href='{path}']")).to_have_attribute("aria-current", "page")
    for chart in page.locator("[data-chart]").all():
        if chart.is_visible():
            expect(chart.locator("canvas")).to_be_visible()
    visitor.fits()
    visitor.accessible()


@pytest.mark.slow
def test_a_chosen_period_changes_the_movements(visit: Visit) -> None:
    visitor = visit(language="en", role="reader")
    page = visitor.go("/")
    page.get_by_role("link", name="Movements").click()
    expect(page.get_by_role("link", name="12 months")).to_have_attribute("aria-current", "true")
    year = page.locator(".figure-value").all_inner_texts()
    page.get_by_role("link", name="1 month", exact=True).click()
    page.wait_for_url("**?months=1")
    assert page.locator(".figure-value").all_inner_texts() != year


@pytest.mark.slow
def test_everything_folded_on_the_page_of_the_models_opens_by_keyboard_with_its_plot(visit: Visit) -> None:
    visitor = visit(language="fr", width=390, role="reader")
    page = visitor.go("/base/models")
    folded = page.locator("main details:not(.definition)")
    assert folded.count() >= 6
    for number in range(folded.count()):
        one = folded.nth(number)
        one.locator(":scope > summary").focus()
        page.keyboard.press("Enter")
        assert one.get_attribute("open") is not None
        for chart in one.locator("[data-chart]").all():
            expect(chart.locator("canvas")).to_be_visible()
    visitor.fits()
    visitor.accessible()


@pytest.mark.slow
def test_a_kind_becomes_a_segment_and_opens_its_people(visit: Visit) -> None:
    visitor = visit(language="en", role="editor")
    page = visitor.go("/base/kinds")
    card = page.locator(".kinds-list > li").filter(has_text="Newsletter ghosts")
    make = card.get_by_role("button", name="Make it a segment")
    if make.count():
        make.click()
        page.wait_for_url("**/segments/*")
        visitor.go("/base/kinds")
    card.get_by_role("link", name="See the people").click()
    page.wait_for_url("**/people/?segment=newsletter-ghosts")
    assert page.locator(".people-who").count() > 0
