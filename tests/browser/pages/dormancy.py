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


def removal(visitor: Visitor) -> None:
    """See what removing a policy nobody has would do; nothing is applied."""
    page = visitor.go("/dormancy/policies/b2b/")
    page.locator("form[action='/dormancy/policies/b2b/remove'] button").click(timeout=60_000)
    page.wait_for_selector("#compared-title", timeout=60_000)


def reordered(visitor: Visitor) -> None:
    """Try another order by its button, with the keyboard."""
    page = visitor.go("/dormancy/")
    page.focus("#arrow-down-b2b")
    page.keyboard.press("Enter")
    page.wait_for_selector(".dormancy-apply")


PAGES = {
    "policies": "/dormancy/",
    "preset": preset,
    "policy": POLICY,
    "subscribers": "/dormancy/policies/newsletter/",
    "everybody": slid,
    "edit": POLICY + "edit",
    "source": POLICY + "source",
    "comparison": compared,
    "removal": removal,
    "order": reordered,
}
