"""Works that go on: how far one is, one no worker takes up, and how one ended without reaching its end."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.chromium import Visitor


def work(kind: str, state: str = "running") -> Callable[[Visitor], None]:
    """Look at a work of a kind in a state, for as long as the page is in view."""

    def come(visitor: Visitor) -> None:
        visitor.go(visitor.meanwhile.enter_context(visitor.site.alive("-m", "tests.browser.underway", kind, state)))
        visitor.page.wait_for_selector(".progress-line" if state in {"running", "waiting"} else "main .alert")

    return come


def listed(visitor: Visitor) -> None:
    """See the work in the list of imports."""
    work("import")(visitor)
    visitor.go("/imports/")


PAGES = {
    "running": work("import"), "waiting": work("import", "waiting"), "failed": work("import", "failed"), "stopped": work("import", "stopped"),
    "list": listed, "rehearsing": work("rehearsal"),
}  # fmt: skip
