"""The launch pages."""

from tests.browser.chromium import Visitor

PLAN = "/launch/reactivation-ecommerce/"


def planned(visitor: Visitor) -> None:
    """Open the page with its bars: whoever may work them out does so where nobody has."""
    page = visitor.go(PLAN)
    if not page.locator(".fall").count():
        page.click("form.launch-form button:has(svg)")
        page.wait_for_selector(".fall")


def people(visitor: Visitor) -> None:
    """Open the people of the first bar."""
    planned(visitor)
    visitor.page.click(".fall li:first-child a")
    visitor.page.wait_for_selector("table")


def assumed(visitor: Visitor) -> None:
    """Open what a rehearsal assumes of people."""
    planned(visitor)
    visitor.page.click("#rehearsal details > summary")


def preflight(visitor: Visitor) -> None:
    """Open the judgement of the plan."""
    planned(visitor)
    visitor.go(f"{PLAN}preflight")


PAGES = {"list": "/launch/", "plan": planned, "people": people, "assumed": assumed, "preflight": preflight}
