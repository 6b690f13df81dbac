"""The recipient's preference page, as the mail opens it."""

from tests.browser.chromium import Visitor


def opened(visitor: Visitor, number: int = 0) -> None:
    """Open the page of somebody who speaks the visitor's language."""
    visitor.go(visitor.site.python("-m", "tests.browser.preferred", visitor.language, str(number)).strip())


def told(visitor: Visitor) -> None:
    """Ask for a pause and look at the answer."""
    opened(visitor, 1)
    if visitor.page.locator("button[value=pause]").count():
        visitor.page.click("button[value=pause]")


def disowned(visitor: Visitor) -> None:
    """Say that it is not me."""
    opened(visitor, 2)
    if visitor.page.locator("summary").count():
        visitor.page.click("summary")
        visitor.page.click("button[value=disown]")


PAGES = {"page": opened, "paused": told, "disowned": disowned}
