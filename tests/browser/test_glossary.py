"""The glossary in the browser: searching as one types, and following a word to another."""

from tests.browser.conftest import Visit


def test_a_word_is_found_as_one_types_and_leads_to_another(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="reader")
    french = visitor.language == "fr"
    page = visitor.go("/glossary/")
    page.locator("input[name=q]").press_sequentially("temoin" if french else "control")
    page.wait_for_selector(".word-groups", state="detached")
    assert page.locator(".words dt").count() < 12
    assert page.locator("#control-group small").inner_text() == ("Control group" if french else "Groupe témoin")
    page.click("#control-group .see a[href$='#incremental']")
    page.wait_for_selector("#incremental:target")
    visitor.fits()
    visitor.accessible()
