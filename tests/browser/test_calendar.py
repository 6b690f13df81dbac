"""The calendar in the browser: a month by keyboard, and a private sale from the form to the log, in both languages and widths."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Visitor
from tests.browser.conftest import Visit


def test_a_month_is_walked_by_keyboard(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="reader")
    page = visitor.go("/calendar/?month=2026-11")
    page.locator("[data-day]").first.focus()
    for key, day in (
        ("ArrowRight", "02"),
        ("ArrowDown", "09"),
        ("ArrowLeft", "08"),
        ("ArrowUp", "01"),
        ("End", "30"),
        ("Home", "01"),
    ):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.href").split("day=")[1].startswith(f"2026-11-{day}")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("day=2026-11-08"))
    expect(page.locator("#day h2")).to_contain_text("novembre" if visitor.language == "fr" else "November")
    visitor.fits()
    visitor.accessible()


@pytest.mark.slow
def test_the_year_leads_to_its_months(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="reader")
    page = visitor.go("/calendar/year/?year=2027")
    assert page.locator(".calendar-year td.blocked").count() == 177
    visitor.fits()
    visitor.accessible()
    page.locator(".calendar-year caption a").nth(10).click()
    page.wait_for_url(re.compile("month=2027-11"))


@pytest.mark.slow
def test_a_private_sale_is_added_changed_and_removed_after_its_consequences_were_seen(
    visit: Visit, screen: dict[str, object]
) -> None:
    visitor = visit(**screen, role="editor")
    french = visitor.language == "fr"
    fill(visitor, first="2026-09-12", last="2026-09-10")
    expect(visitor.page.locator(".errorlist")).to_contain_text("précède" if french else "comes before")
    visitor.fits()
    visitor.accessible()
    visitor.forgive(422)
    fill(visitor, first="2026-09-10", last="2026-09-12")
    page = visitor.page
    expect(page.locator("main")).to_contain_text("attendent du 7 septembre" if french else "wait from 7 September")
    visitor.fits()
    visitor.accessible()
    page.click("main form .btn-primary")
    expect(page.locator(".alert-success")).to_contain_text("Vente privée")
    page.goto("/calendar/?month=2026-09")
    expect(page.locator("td.blocked")).to_have_count(9)
    page.goto("/calendar/periods/?year=2026")
    row = page.locator("tr", has_text="Vente privée")
    row.locator("form button").click()
    page.click("main form .btn-danger")
    expect(page.locator(".alert-success")).to_contain_text("n’est plus" if french else "out of the calendar")
    expect(page.locator("tr", has_text="Vente privée")).to_have_count(0)


def fill(visitor: Visitor, *, first: str, last: str) -> None:
    """Fill in the form of a period and ask what it changes."""
    page = visitor.go("/calendar/periods/add")
    page.fill("input[name=name]", "Vente privée")
    page.fill("input[name=first]", first)
    page.fill("input[name=last]", last)
    page.click("form.fields .btn-primary")
