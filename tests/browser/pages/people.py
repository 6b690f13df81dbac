"""The list of people, and a person's page with its panels."""

from tests.browser.chromium import Visitor


def _person(visitor: Visitor) -> None:
    """Open somebody who is in the running journey, once the history has come."""
    visitor.go("/people/?entered=reactivation-ecommerce")
    visitor.page.click(".people-who a >> nth=0")
    visitor.page.wait_for_selector("#timeline .moment")
    visitor.page.wait_for_selector(".standing .clocks")


def _why(visitor: Visitor) -> None:
    _person(visitor)
    visitor.page.select_option("#about", "journey/reactivation-ecommerce")
    visitor.page.click(".why-form button")
    visitor.page.wait_for_selector("#why .answer")


def _suppress(visitor: Visitor) -> None:
    _person(visitor)
    visitor.page.click("[data-dialog=suppress]")


def _rights(visitor: Visitor) -> None:
    _person(visitor)
    visitor.page.click("[data-dialog=rights]")


def _export(visitor: Visitor) -> None:
    visitor.go("/people/?state=dormant&reachable=email")
    visitor.page.click("[data-dialog=export]")


PAGES = {
    "list": "/people/", "filtered": "/people/?state=dormant&band=high&reachable=email&sort=longest", "nobody": "/people/?q=zzzz", "mistyped": "/people/?flag=mistyped",
    "export": _export, "person": _person, "why": _why, "suppress": _suppress, "rights": _rights,
}  # fmt: skip
