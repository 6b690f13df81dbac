"""The journeys' pages as a person drives them: by mouse, by keyboard alone, by touch."""

import itertools
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Visitor
from tests.browser.conftest import Visit

NUMBERS = itertools.count(1)


def begun(visitor: Visitor) -> Page:
    """Begin a journey of one's own from nothing, so that the shop's stays as it is."""
    page = visitor.go("/journeys/")
    page.click("[data-dialog=new]")
    page.fill("#new [name=title]", f"Trial {next(NUMBERS)} {visitor.language} {visitor.width}")
    page.click("#new .btn-primary")
    page.wait_for_url(re.compile(r"/journeys/trial-"))
    return page


def steps(page: Page) -> list[str]:
    """The kinds of the steps from top to bottom."""
    kinds: list[str] = page.eval_on_selector_all(
        ".tree .node", "all => all.map((n) => n.className.match(/node-(\\w+)/)[1])"
    )
    return kinds[1:]


@pytest.mark.slow
def test_a_recipe_becomes_a_journey_of_ones_own(visit: Visit) -> None:
    visitor = visit(language="fr", width=390)
    page = visitor.go("/journeys/")
    page.click("a[href='/journeys/library/store-buyers']")
    page.click("form .btn-primary")
    page.wait_for_url(re.compile(r"/journeys/store-buyers"))
    assert steps(page) == ["send", "wait", "branch", "send", "wait", "exit", "exit"]
    visitor.fits()
    visitor.accessible()


@pytest.mark.slow
def test_steps_are_added_changed_moved_and_brought_back(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen)
    page = begun(visitor)
    page.locator(".plus").nth(1).click()
    page.click(".add-kind[value=branch]")
    expect(page.locator(".node-branch")).to_be_visible()
    page.locator("[data-position='2']").click()
    page.fill("#panel [name=count]", "12")
    page.click("#panel #apply")
    expect(page.locator("[data-position='2'] strong")).to_contain_text("12")
    page.click("#panel .elsewhere summary")
    page.select_option("#move-to", "1.0.0")
    page.click("#panel .elsewhere .btn")
    expect(page.locator("[data-position='1.0.0'] strong")).to_contain_text("12")
    visitor.fits()
    visitor.accessible()
    if visitor.width < 500:
        page.click("[data-panel-close]")
    page.click("#undo")
    expect(page.locator("[data-position='2'] strong")).to_contain_text("12")
    page.click("#redo")
    expect(page.locator("[data-position='1.0.0'] strong")).to_contain_text("12")


def test_the_keyboard_alone_adds_a_step_publishes_and_reaches_the_launch(
    visit: Visit, screen: dict[str, object]
) -> None:
    visitor = visit(**screen)
    page = begun(visitor)
    tabbed(page, "[data-position='0']")
    page.keyboard.press("+")
    page.keyboard.press("Tab")  # from the message to the wait
    page.keyboard.press("Enter")
    expect(page.locator("[data-position='1']")).to_be_focused()
    assert steps(page) == ["send", "wait", "wait", "sunset"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-position='1']")).to_be_focused()
    page.once("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("Delete")
    expect(page.locator(".node-wait")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.locator(".node-wait")).to_have_count(2)
    tabbed(page, "#to-publish", back=True)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/publish$"))
    tabbed(page, ".publish .btn-primary")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/versions/1$"))
    tabbed(page, "#to-launch")
    assert "/launch/trial-" in str(page.evaluate("document.activeElement.href"))


@pytest.mark.slow
def test_a_step_is_dragged_into_a_branch(visit: Visit) -> None:
    page = begun(visit(language="en", width=1280))
    page.locator(".plus").nth(1).click()
    page.click(".add-kind[value=branch]")
    expect(page.locator(".node-branch")).to_be_visible()
    page.hover("[data-position='2']")
    page.mouse.down()
    for _ in range(3):  # a browser drags only after some moves
        page.hover(".link[data-place='1.1.0']")
    page.mouse.up()
    expect(page.locator("[data-position='1.1.0']")).to_be_visible()


@pytest.mark.slow
def test_the_second_of_two_people_is_told_and_loses_nothing(visit: Visit) -> None:
    first, second = visit(language="en"), visit(language="en", role="editor")
    page = begun(first)
    other = second.go(page.url.removeprefix(first.site.url) + "?step=1")
    page.locator(".plus").nth(1).click()
    page.click(".add-kind[value=exit]")
    expect(page.locator(".node-exit")).to_be_visible()
    other.fill("#panel [name=count]", "33")
    other.click("#panel #apply")
    expect(other.locator("#notices .alert-danger")).to_contain_text("has changed this draft meanwhile")
    expect(other.locator("#panel [name=count]")).to_have_value("33")


@pytest.mark.slow
def test_the_source_shows_errors_at_their_line_and_saves(visit: Visit) -> None:
    visitor = visit(language="fr", width=390)
    page = begun(visitor)
    page.goto(page.url + "yaml")
    line = page.locator(".cm-line", has_text="10 days")
    line.click()
    page.keyboard.press("End")
    page.keyboard.type("x")
    expect(page.locator("#source-notes li")).to_contain_text(re.compile("wait", re.IGNORECASE))
    visitor.fits()
    visitor.accessible()
    page.keyboard.press("Backspace")
    page.keyboard.type("  # slow")
    expect(page.locator("#source-notes")).not_to_contain_text("10 daysx")
    page.click("form.source .btn-primary")
    expect(page.locator("#workbench")).to_be_visible()


@pytest.mark.slow
def test_a_way_is_asked_by_clicks_or_by_the_builder(visit: Visit) -> None:
    visitor = visit(language="en", width=390)
    page = begun(visitor)
    page.locator(".plus").nth(2).click()
    page.click(".add-kind[value=branch]")
    page.click(".arm-label[data-arm='0']")
    page.select_option("#way-kind", "replied")
    page.click("#panel #apply")
    expect(page.locator(".arm-label[data-arm='0']")).to_contain_text("Answered")
    page.select_option("#way-kind", "when")
    expect(page.locator("#panel [data-shown-for='kind:when']")).to_be_visible()
    expect(page.locator("#panel [data-shown-for='kind:clicked,replied']")).to_be_hidden()
    visitor.accessible()


@pytest.mark.slow
def test_a_message_is_written_in_the_panel_and_a_way_moved_by_keyboard(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen)
    page = begun(visitor)
    page.click("[data-position='0']")
    page.click("#panel .step-words > summary")
    page.locator("#message-words").evaluate("(shown) => { shown.dataset.before = 'yes'; }")
    page.click("#message-words [data-language=en]")
    expect(page.locator("#message-words:not([data-before])")).to_be_visible()  # English may be the one that was shown
    expect(page.locator("#message-words [data-language=en]")).to_have_attribute("aria-pressed", "true")
    subject = page.locator("#words-subject-a")
    expect(subject).to_have_attribute("name", "en.subjects.a")
    page.wait_for_function("!document.querySelector('.htmx-swapping, .htmx-added, .htmx-settling')")  # not heard before
    subject.fill(f"Good to see you {next(NUMBERS)}")
    expect(page.locator("#words-state .badge")).to_be_visible()
    expect(subject).to_be_focused()
    visitor.fits()
    visitor.accessible()
    if visitor.width < 500:
        page.click("[data-panel-close]")
    page.locator(".plus").nth(2).click()
    page.click(".add-kind[value=branch]")
    face = page.locator(".node-branch [data-position]")
    expect(face).to_be_visible()
    face.click()
    page.click("#panel form:has([value=arm-add]) button")
    moves = page.locator("#panel .way-moves")
    expect(moves).to_have_count(2)
    moves.nth(1).locator("button").first.click()
    expect(page.locator("#panel [data-way='0']").nth(1)).to_be_focused()  # it can go no earlier: the other arrow
    visitor.fits()
    visitor.accessible()
    if visitor.width < 500:
        page.click("[data-panel-close]")
    page.focus(".arm-label[data-arm='0']")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator(".arm-label[data-arm='1']")).to_be_focused()


def tabbed(page: Page, selector: str, *, back: bool = False) -> None:
    """Press Tab until the focus is there."""
    for _ in range(120):
        if page.evaluate("(s) => !!document.activeElement && document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab never came to {selector}")
