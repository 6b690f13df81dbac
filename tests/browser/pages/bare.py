"""What an installation shows before anybody has an account: that it is not open, and the form of the first administrator."""

from tests.browser.chromium import Visitor

INSTALLATION = "bare"


def closed(visitor: Visitor) -> None:
    """Come without an account, where there is none."""
    visitor.go("/people/")
    visitor.forgive(401)


def welcome(visitor: Visitor) -> None:
    """Open the link that makes the first administrator."""
    visitor.go(visitor.site.welcome())


def refused(visitor: Visitor) -> None:
    """Choose a password that is too short."""
    welcome(visitor)
    for name, value in (("name", "Anna"), ("email", "anna@example.org"), ("password", "short")):
        visitor.page.fill(f"input[name={name}]", value)
    visitor.page.click("form.fields .btn-primary")
    visitor.page.wait_for_selector(".errorlist")


PAGES = {"closed": closed, "welcome": welcome, "refused": refused}
