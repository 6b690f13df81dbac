"""What is over: the result of a journey for the director, and a rehearsal with its report."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.chromium import Visitor

NAME = "reactivation-ecommerce"


def over(go: Callable[[Visitor], None]) -> Callable[[Visitor], None]:
    """Go to a page while the shop's journey is over and rehearsed."""

    def come(visitor: Visitor) -> None:
        visitor.meanwhile.enter_context(visitor.site.alive("-m", "tests.browser.finished"))
        go(visitor)

    return come


def result(visitor: Visitor) -> None:
    """Read the page for the director."""
    visitor.go(f"/results/{NAME}/")
    visitor.page.locator("[data-chart] canvas").wait_for()


def results(visitor: Visitor) -> None:
    """Find it in the list."""
    visitor.go("/results/")


def rehearsal(visitor: Visitor) -> None:
    """See what the rehearsal showed, on the launch page."""
    visitor.go(f"/launch/{NAME}/#rehearsal")
    visitor.page.locator(".simulated").scroll_into_view_if_needed()


def report(visitor: Visitor) -> None:
    """Open its report, out of the sandbox it comes in: no script could look for barriers there."""
    page = visitor.go(f"/launch/{NAME}/")
    address = str(page.locator(".simulated a[href*='/rehearsal/']").get_attribute("href"))
    page.goto("about:blank")
    page.set_content(visitor.context.request.get(address).text())


PAGES = {"result": over(result), "list": over(results), "rehearsal": over(rehearsal), "report": over(report)}
