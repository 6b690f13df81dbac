"""The pages on journeys: the list, a recipe, the editor with what it can show, the source, publishing, a version."""

from tests.browser.chromium import Visitor

OWN = "reactivation-ecommerce"


def adding(visitor: Visitor) -> None:
    """The menu of the "+"."""
    page = visitor.go(f"/journeys/{OWN}/")
    page.locator(".plus").nth(1).click()


def words(visitor: Visitor) -> None:
    """Subjects and text of a message, in its panel."""
    page = visitor.go(panel("0"))
    page.click("#panel .step-words > summary")
    page.locator("#message-words").wait_for()


def panel(step: str) -> str:
    return f"/journeys/{OWN}/?step={step}"


PAGES = {
    "list": "/journeys/",
    "recipe": "/journeys/library/vip-welcome-back",
    "editor": f"/journeys/{OWN}/",
    "adding": adding,
    "message": panel("0"),
    "words": words,
    "offer": panel("4.0.0"),
    "wait": panel("1"),
    "branch": panel("4"),
    "way": panel("4") + "&arm=0",
    "source": f"/journeys/{OWN}/yaml",
    "publish": f"/journeys/{OWN}/publish",
    "version": f"/journeys/{OWN}/versions/1",
}
