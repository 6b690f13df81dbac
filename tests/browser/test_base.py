"""The health of the base in the browser: every definition by keyboard, every state to its people."""

from tests.browser.conftest import Visit


def test_every_definition_opens_and_closes_by_keyboard_and_fits(visit: Visit) -> None:
    visitor = visit(language="fr", width=390, role="reader")
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


def test_a_state_opens_its_people(visit: Visit) -> None:
    visitor = visit(language="en", role="reader")
    page = visitor.go("/")
    page.click(".state-lines a[href='/people/?state=dormant']")
    page.wait_for_url("**/people/?state=dormant")
    assert page.locator("h1").inner_text()


def test_an_editor_computes_anew_and_a_reader_has_no_such_button(visit: Visit) -> None:
    reader = visit(language="en", role="reader")
    assert reader.go("/").locator("form[action='/look-again']").count() == 0
    editor = visit(language="en", role="editor")
    page = editor.go("/")
    page.click("form[action='/look-again'] button")
    page.wait_for_selector(".alert-success")
