"""What is said to who may not come in, may not do it, or asks for what is not there."""

from __future__ import annotations

from tests.browser.chromium import Visitor


def signing_in(visitor: Visitor) -> None:
    """Come to the sign-in page, as nobody; the door lets the visitor in again for the page after it."""
    visitor.context.clear_cookies()
    visitor.go("/account/login/")
    visitor.sign_in()


def wrong_password(visitor: Visitor) -> None:
    """Sign in with a password that is not right."""
    visitor.context.clear_cookies()
    page = visitor.go("/account/login/")
    page.fill("input[name=login]", f"nobody-{visitor.language}@example.org")
    page.fill("input[name=password]", "a wrong password")
    page.click("form.fields .btn-primary")
    page.wait_for_selector(".errorlist")
    visitor.sign_in()


def another_role(visitor: Visitor) -> None:
    """Open a page that one's role does not give."""
    visitor.sign_in("reader")
    visitor.go("/sender/senders/new")
    visitor.forgive(403)
    visitor.sign_in()


def nothing(visitor: Visitor) -> None:
    """Open an address at which nothing stands."""
    visitor.go("/people/unheard-of/")
    visitor.forgive(404)


def nobody(visitor: Visitor) -> None:
    """Open the page of a person who is not there."""
    visitor.go("/people/00000000-0000-0000-0000-000000000000/")
    visitor.forgive(404)


def not_possible(visitor: Visitor) -> None:
    """Send a form that is refused with a sentence: no file was chosen."""
    page = visitor.go("/imports/new")
    page.evaluate("document.querySelector('form[data-upload]').submit()")
    page.wait_for_selector("main .lead")
    visitor.forgive(422)


def spent_link(visitor: Visitor) -> None:
    """Open a one-time link of a mail that is spent."""
    visitor.go("/p/spent")
    visitor.forgive(404)


def noticed(visitor: Visitor) -> None:
    """Do by htmx what one's role does not give: the page in view says it."""
    visitor.sign_in("reader")
    page = visitor.go("/watch/journeys/reactivation-ecommerce/")
    page.evaluate("htmx.ajax('POST', location.pathname + 'act', {values: {act: 'pause'}, swap: 'none'})")
    page.wait_for_selector("#notices .alert")
    visitor.sign_in()


PAGES = {
    "sign-in": signing_in,
    "wrong-password": wrong_password,
    "role": another_role,
    "nothing": nothing,
    "nobody": nobody,
    "no-file": not_possible,
    "spent-link": spent_link,
    "notice": noticed,
}
