"""Messages as a person writes them: from a starter to a published version, by blocks and in source, seen as somebody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.pictures import PNG


def started(page: Page, title: str, origin: str) -> None:
    """Make a draft from a starter."""
    page.goto("/messages/")
    page.click("button.btn-primary[data-dialog=new-template]")
    page.fill("#title", title)
    page.check(f"input[name=origin][value={origin}]", force=True)
    page.click("#new-template .btn-primary")
    page.wait_for_url(lambda url: url.endswith("/messages/" + title.lower().replace(" ", "-") + "/"))


def see(page: Page) -> None:
    if page.locator("[data-show=see]").is_visible():
        page.click("[data-show=see]")


def awake(page: Page, selector: str) -> None:
    """Wait until what has just come is bound to its acts: some milliseconds, which no hand is quick enough to notice."""
    page.locator(selector).wait_for()
    page.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-added, .htmx-settling')")


def write(page: Page) -> None:
    if page.locator("[data-show=write]").is_visible():
        page.click("[data-show=write]")


def test_a_message_is_written_by_blocks_seen_and_published(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="editor")
    page, name = visitor.page, f"summer-{visitor.language}-{visitor.width}"
    started(page, name.replace("-", " "), "hello")
    page.click("#open-b1")
    page.locator("#wordsfr-b1fr").fill("Un été au")
    page.locator("#wordsfr-b1fr").press("End")
    page.locator("#wordsfr-b1fr").press_sequentially(
        " calme", delay=20
    )  # as a hand types: after the panel has come to life
    see(page)
    frame = page.frame_locator("[data-frame]").first
    expect(frame.get_by_text("Un été au calme")).to_be_visible()
    write(page)
    page.locator("[data-block=b1] .adder > summary").click()
    page.locator("[data-block=b1] .palette button").nth(5).click()  # a divider
    expect(page.locator("[data-block]")).to_have_count(6)
    page.locator("#undo").click()
    expect(page.locator("[data-block]")).to_have_count(5)
    page.locator(".page-actions [data-dialog=publish]").click()
    page.click("#publish .btn-primary")
    expect(page.locator(".alert-success")).to_be_visible()
    visitor.fits()
    visitor.accessible()


@pytest.mark.slow
def test_what_is_missing_is_said_and_leads_to_its_block(visit: Visit) -> None:
    visitor = visit(language="fr", role="editor")
    page = visitor.page
    started(page, "Rien encore", "blank")
    expect(page.locator("#state .finding-error").first).to_be_visible()
    page.goto("/messages/rien-encore/?language=both&open=b1")
    page.fill("#wordsfr-b1fr", "Bonjour {{ contact.surnom }}")
    expect(page.locator("#state")).to_contain_text("contact.surnom")
    page.goto("/messages/rien-encore/")
    page.locator("#state [data-go=b1]").first.click()
    expect(page.locator("#open-b1")).to_have_attribute("aria-expanded", "true")


@pytest.mark.slow
def test_blocks_move_by_keyboard_and_by_hand(visit: Visit) -> None:
    page = visit(role="editor").page
    started(page, "Keyboard", "hello")
    order = "els => els.map(e => e.dataset.block).join()"
    page.locator("#open-b1").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#open-b1")).to_have_attribute("aria-expanded", "true")
    awake(page, "#down-b1")
    page.locator("#down-b1").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-block]").first).to_have_attribute("data-block", "b2")
    assert page.evaluate("document.activeElement.id") == "down-b1"
    page.locator("[data-block=b4]").drag_to(page.locator("[data-block=b2]"), target_position={"x": 60, "y": 8})
    expect(page.locator("[data-block]").first).to_have_attribute("data-block", "b4")
    assert page.locator("[data-block]").evaluate_all(order) == "b4,b2,b1,b3,b5"
    page.locator("h1").click()
    page.keyboard.press("Control+z")
    expect(page.locator("[data-block]").first).to_have_attribute("data-block", "b2")


@pytest.mark.slow
def test_a_value_is_picked_into_the_subject(visit: Visit) -> None:
    page = visit(language="en", role="editor").page
    started(page, "Values", "news")
    page.goto("/messages/values/?language=en")
    page.locator("#en-subject-a").press("End")
    page.locator("#envelope [data-dialog=variables]").click()
    page.locator("#variables [data-variable]").nth(1).click()
    expect(page.locator("#inbox-en .inbox-subject")).to_have_text("New in the shop, Anna")
    page.locator(".viewer-tools [data-dialog=person]").click()
    page.fill("#who", "a")
    page.locator("#who").press_sequentially("n")
    page.locator("#found [data-person]").first.click()
    page.wait_for_url("**person=*")
    expect(page.locator("#inbox-en .inbox-subject")).to_contain_text("New in the shop")


@pytest.mark.slow
def test_source_is_edited_with_its_errors_at_their_line(visit: Visit) -> None:
    page = visit(language="fr", role="editor").page
    page.goto("/messages/")
    page.locator("[data-origin='copy:last-call']").click()
    page.fill("#title", "Source copy")
    page.click("#new-template .btn-primary")
    page.wait_for_url("**/messages/source-copy/")
    content = page.locator(".cm-content")
    expect(content).to_contain_text("mj-head")
    content.press("Control+End")
    page.keyboard.type("<mj-nothing></mj-nothing>")
    expect(page.locator("#state .finding-error").first).to_contain_text("<mj-nothing>")
    expect(page.locator(".cm-lint-marker-error").first).to_be_attached()
    expect(page.frame_locator("[data-frame]").locator("body")).to_contain_text("reviendra")


@pytest.mark.slow
def test_an_image_is_brought_and_shown(visit: Visit, tmp_path: Path) -> None:
    page = visit(role="editor").page
    started(page, "Picture", "blank")
    page.locator("[data-block=b1] .adder > summary").click()
    page.locator("[data-block=b1] .palette button").nth(2).click()
    (tmp_path / "a.png").write_bytes(PNG)
    page.locator("input[type=file]").set_input_files(tmp_path / "a.png")
    expect(page.locator("input[name=src]")).to_have_value(re.compile("/images/"))
    assert page.locator("input[name=width]").input_value() == "300"


@pytest.mark.slow
def test_a_test_is_sent_to_oneself(visit: Visit, shop: Site) -> None:
    visitor = visit(language="fr", width=390, role="approver")
    page = visitor.page
    started(page, "Essai", "hello")
    page.locator(".page-actions [data-dialog=test-send]").click()
    visitor.accessible()
    page.locator("#test-send .btn-primary").click()
    expect(page.locator(".alert-success")).to_be_visible()
    mails = [
        path
        for path in (shop.folder / "data" / "maildir" / "new").iterdir()
        if b"approver@example.org" in path.read_bytes()
    ]
    assert len(mails) == 1
