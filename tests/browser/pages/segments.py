"""The segments' pages, and the states of their editor."""

from tests.browser.chromium import Visitor


def _first(visitor: Visitor) -> None:
    visitor.go("/segments/")
    visitor.page.click(".segments-table a strong")
    visitor.page.wait_for_url("**/segments/*")


def segment(visitor: Visitor) -> None:
    """A segment's page."""
    _first(visitor)


def builder(visitor: Visitor) -> None:
    """Its editor, the count arrived."""
    _first(visitor)
    visitor.page.click("a[href$='/edit']")
    visitor.page.wait_for_selector("#preview .segments-size")


def yaml(visitor: Visitor) -> None:
    """The same as YAML."""
    builder(visitor)
    visitor.page.click("#tab-yaml")
    visitor.page.wait_for_selector(".cm-content")


def nested(visitor: Visitor) -> None:
    """A new segment with every kind of line, groups in groups, and a menu open."""
    visitor.go("/segments/new")
    condition = {
        "all": [
            {"state": ["dormant", "very_dormant"]},
            {"monetary_value": {"gte": 80, "lt": 500}},
            {"any": [{"not": {"event": "message_clicked", "within": "6 months"}}, {"without": ["order_placed", "store_purchase"], "for": "12 months"},
                     {"not": {"any": [{"attributes.size": 3}, {"first_seen": {"older_than": "2 years"}}]}}]},
            {"event": "product_viewed", "count": {"gte": 2}, "within": "48 hours", "where": {"amount": {"gte": 20}}, "same": "product"},
            {"first_seen": "2026-01-01"},
        ]
    }  # fmt: skip
    visitor.page.wait_for_selector(".condition-root")
    visitor.page.evaluate(
        "(data) => { document.querySelector('[data-condition-builder]').builder.put(data, true); }", condition
    )
    visitor.page.click(".condition-group .condition-group .condition-line:first-child summary")


PAGES = {
    "list": "/segments/", "nothing-found": "/segments/?q=zzz", "new": "/segments/new", "segment": segment, "builder": builder, "yaml": yaml,
    "nested": nested,
}  # fmt: skip
