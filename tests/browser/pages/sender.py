"""The sender: a stop with its dialog, its course, and the last examination."""

from tests.browser.chromium import Visitor


def stopped(visitor: Visitor) -> None:
    """Have something stopped, and look."""
    visitor.site.python("-m", "tests.browser.stopped")
    visitor.go("/sender/")


def closing(visitor: Visitor) -> None:
    """Open the dialog that closes a stop."""
    stopped(visitor)
    visitor.page.locator("[data-dialog^=close-]").first.click()


def course(visitor: Visitor) -> None:
    """Open the course of what is stopped."""
    stopped(visitor)
    visitor.page.locator(".sender-stop .sender-acts a").first.click()
    visitor.page.locator("[data-chart] canvas").wait_for()


def fared(visitor: Visitor) -> None:
    """Have weeks of mails, and look at how they fared, everything unfolded."""
    visitor.site.python("-m", "tests.browser.fared")
    visitor.go("/sender/deliverability/?days=30")
    visitor.page.locator("[data-chart] canvas").wait_for()


PAGES = {
    "breaker": stopped,
    "close": closing,
    "course": course,
    "outside": "/sender/outside/",
    "gate": "/sender/gate/",
    "deliverability": fared,
}
