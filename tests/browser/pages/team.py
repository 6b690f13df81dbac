"""The team's pages, and those of one's own account."""

from tests.browser.chromium import Visitor
from tests.browser.pages import Way
from tests.browser.prepare import PASSWORD


def invite(visitor: Visitor) -> None:
    """Open the invitation."""
    visitor.go("/team/").click("[data-dialog=invite]")
    visitor.page.wait_for_selector("#invite[open]")


def square(visitor: Visitor) -> None:
    """Open the square to scan, saying the password again where it is asked."""
    visitor.go("/account/2fa/totp/activate/")
    if visitor.page.locator("form.fields input[name=password]").count():
        visitor.page.fill("form.fields input[name=password]", PASSWORD)
        visitor.page.click("form.fields .btn-primary")
    visitor.page.wait_for_selector(".code-square")


PAGES: dict[str, Way] = {
    "list": "/team/",
    "invite": invite,
    "log": "/team/log",
    "me": "/team/me",
    "password": "/account/password/change/",
    "forgotten": "/account/password/reset/",
    "spent-link": "/account/password/reset/key/1-used/",
    "confirm": "/account/reauthenticate/",
    "two-steps": "/account/2fa/",
    "two-steps-on": square,
}
