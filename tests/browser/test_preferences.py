"""The preference page in the browser, on a phone and a screen, without an account: every choice is made and seen kept."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.pages import preferences


def test_a_recipient_chooses(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="")
    french = visitor.language == "fr"
    preferences.opened(visitor, 10 + french + 2 * (visitor.width < 500))
    page = visitor.page
    expect(page.locator("h1")).to_have_text("Ce que vous recevez" if french else "What you receive")
    visitor.fits()
    visitor.accessible()
    box = page.locator("input[value='email|marketing']")
    expect(box).to_be_checked()
    box.focus()
    page.keyboard.press("Space")
    page.click("button[value=choose]")
    expect(page.locator("[role=status]")).to_contain_text("Vos choix" if french else "Your choices")
    expect(box).not_to_be_checked()
    box.check()
    page.click("button[value=choose]")
    expect(box).to_be_checked()
    for act, title in (("fewer", ("moins", "fewer")), ("pause", ("pause", "pause")), ("resume", ("finie", "over"))):
        page.click(f"button[value={act}]")
        expect(page.locator("[role=status]")).to_contain_text(title[not french])
        visitor.fits()
        visitor.accessible()
    page.click("button[value=leave]")
    expect(page.locator("[role=status]")).to_contain_text("désabonné" if french else "unsubscribed")
    expect(page.locator("input:checked")).to_have_count(0)
    page.click("summary")
    page.click("button[value=disown]")
    expect(page.locator("h1")).to_contain_text("ne recevra plus rien" if french else "left alone")
    visitor.fits()
    visitor.accessible()
