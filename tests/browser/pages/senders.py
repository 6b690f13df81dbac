"""What pages show where mails come from two senders; the second is gone again once a page is there."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.chromium import Visitor
from tests.browser.pages import messages

OUTLET = "?sender=outlet.example.com"


def beside(go: Callable[[Visitor], None]) -> Callable[[Visitor], None]:
    """Go to a page while there is a second sender."""

    def come(visitor: Visitor) -> None:
        visitor.site.python("-m", "tests.browser.second")
        go(visitor)
        visitor.page.wait_for_load_state("networkidle")
        visitor.site.python("-m", "tests.browser.second", "undo")

    return come


def fared(visitor: Visitor) -> None:
    """See how the second sender's mails fared."""
    visitor.go(f"/sender/deliverability/{OUTLET}&days=30")
    visitor.page.locator("[data-chart] canvas").wait_for()


def outside(visitor: Visitor) -> None:
    """See the second sender as the world does."""
    visitor.go(f"/sender/outside/{OUTLET}")


def journey(visitor: Visitor) -> None:
    """Open the panel where a journey's sender is chosen."""
    visitor.go("/journeys/reactivation-ecommerce/")
    visitor.page.locator(".node-entry .node-face").first.click()
    visitor.page.locator("#id_sender").wait_for()


def preview(visitor: Visitor) -> None:
    """See a message as the second sender's."""
    messages.written(visitor)
    visitor.go(f"/messages/{messages.NAME}/?sender=outlet")
    messages.show(visitor)


def known(visitor: Visitor) -> None:
    """See who sends."""
    visitor.go("/sender/senders/")


def identity(visitor: Visitor) -> None:
    """Open the second sender's form."""
    visitor.go("/sender/senders/outlet/")


PAGES = {
    "senders": beside(known), "identity": beside(identity),
    "deliverability": beside(fared), "outside": beside(outside), "journey": beside(journey), "message": beside(preview),
}  # fmt: skip
