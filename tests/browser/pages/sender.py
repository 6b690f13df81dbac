"""The sender: a stop with its dialog, its course, and the last examination."""

from tests.browser.chromium import Visitor

WRITTEN = {
    "name": "L’Atelier du Lac", "address": "bonjour@atelier.example", "reply_to": "conseil@atelier.example",
    "shop_url": "https://www.atelier.example", "postal_address": "12 rue du Lac\n74000 Annecy",
}  # fmt: skip


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


def written(visitor: Visitor) -> None:
    """Write who sends, without keeping it: the likeness follows."""
    visitor.go("/sender/senders/default/")
    for field, text in WRITTEN.items():
        visitor.page.fill(f"#id_{field}", text)
    visitor.page.locator("h1").scroll_into_view_if_needed()


PAGES = {
    "breaker": stopped,
    "close": closing,
    "course": course,
    "outside": "/sender/outside/",
    "senders": "/sender/senders/",
    "identity": written,
    "new-sender": "/sender/senders/new",
    "gate": "/sender/gate/",
    "deliverability": fared,
}
