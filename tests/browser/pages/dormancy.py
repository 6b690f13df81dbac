"""Dormancy: the policies, one of them, its editors, a comparison."""

from tests.browser.chromium import Visitor

POLICY = "/dormancy/policies/ecommerce/"


def compared(visitor: Visitor) -> None:
    """Compare a policy with itself at another threshold, and open some people of the first move."""
    page = visitor.go(POLICY)
    page.fill("#days", "200")
    page.click("form.threshold button.btn-primary")
    page.wait_for_selector("#matrix-title")
    page.locator("[hx-target='#some-people']:visible").first.click()
    page.wait_for_selector(".dormancy-some")


def slid(visitor: Visitor) -> None:
    """Move the slider of everybody's threshold."""
    page = visitor.go("/dormancy/everybody/")
    page.fill("#days", "90")
    page.wait_for_load_state("networkidle")


def preset(visitor: Visitor) -> None:
    """Open a preset."""
    visitor.go("/dormancy/").click("#preset-food-retail summary")


PAGES = {
    "policies": "/dormancy/",
    "preset": preset,
    "policy": POLICY,
    "subscribers": "/dormancy/policies/newsletter/",
    "everybody": slid,
    "edit": POLICY + "edit",
    "source": POLICY + "source",
    "comparison": compared,
}
