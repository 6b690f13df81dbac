"""The health of the base, and the pages behind it."""

from tests.browser.chromium import Visitor


def _details(visitor: Visitor) -> None:
    """Open everything that is folded on the page of the models."""
    visitor.go("/base/models")
    for one in visitor.page.locator("main details:not(.definition) > summary").all():
        one.click()


PAGES = {
    "health": "/", "bill": "/base/bill", "flows": "/base/flows", "flows-month": "/base/flows?months=1", "kinds": "/base/kinds",
    "models": "/base/models", "models-open": _details,
}  # fmt: skip
