"""The watch pages."""

from tests.browser.chromium import Visitor


def message(visitor: Visitor) -> None:
    """Open the latest message that was sent."""
    page = visitor.go("/watch/messages/?state=sent")
    page.click("tbody tr:first-child td:first-child a")
    page.frame_locator(".letter-frame").locator("body").wait_for()


def taken(visitor: Visitor) -> None:
    """Open what is said before the list is downloaded."""
    visitor.go("/watch/messages/").click("[data-dialog=export]")


PAGES = {
    "journeys": "/watch/", "journey": "/watch/journeys/reactivation-ecommerce/", "messages": "/watch/messages/", "download": taken, "message": message,
    "none": "/watch/messages/?state=failed", "doubts": "/watch/doubts/",
}  # fmt: skip
