"""The calendar: the month, a day of it, the year, the periods, and the way to one of one's own."""

from tests.browser.chromium import Visitor


def added(visitor: Visitor) -> None:
    """Fill in a period, up to what it would change."""
    page = visitor.go("/calendar/periods/add")
    page.fill("input[name=name]", "Vente privée")
    page.fill("input[name=first]", "2026-09-10")
    page.fill("input[name=last]", "2026-09-12")
    page.click("form.fields .btn-primary")
    page.wait_for_selector("input[name=confirmed]", state="attached")


PAGES = {
    "month": "/calendar/", "november": "/calendar/?month=2026-11&day=2026-11-27", "year": "/calendar/year/?year=2027",
    "department": "/calendar/?month=2027-01&department=57", "periods": "/calendar/periods/?year=2027",
    "add": "/calendar/periods/add", "confirm": added,
}  # fmt: skip
