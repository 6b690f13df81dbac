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


def outage(visitor: Visitor, kind: str, path: str) -> None:
    """Look at a page while the shop has had an outage."""
    visitor.site.python("-m", "tests.browser.outage", kind)
    try:
        visitor.go(path)
    finally:
        visitor.site.python("-m", "tests.browser.outage", "remove")


def overdue(visitor: Visitor) -> None:
    """Look at overdue messages."""
    outage(visitor, "held", "/watch/held/")


def late(visitor: Visitor) -> None:
    """Look at a journey that has overdue messages."""
    outage(visitor, "held", "/watch/journeys/reactivation-ecommerce/")


def restored(visitor: Visitor) -> None:
    """Look at a database put back."""
    outage(visitor, "restored", "/watch/restored/")


def halted(visitor: Visitor) -> None:
    """Look at the board while nothing is sent."""
    outage(visitor, "restored", "/watch/")


PAGES = {
    "journeys": "/watch/", "journey": "/watch/journeys/reactivation-ecommerce/", "messages": "/watch/messages/", "download": taken, "message": message,
    "none": "/watch/messages/?state=failed", "doubts": "/watch/doubts/", "overdue": overdue, "late": late, "restored": restored, "halted": halted,
    "nothing-overdue": "/watch/held/", "nothing-restored": "/watch/restored/",
}  # fmt: skip
