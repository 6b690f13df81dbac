"""The segments' pages as a person uses them: build a condition by mouse, touch and keyboard, see the count, save, delete."""

import json
import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from relance.rules import Condition
from relance.rules.parsing import _Reader
from relance.segments.vocabulary import PEOPLE_AND_SEGMENTS
from tests.browser.chromium import Visitor
from tests.browser.conftest import Visit
from tests.browser.pages.segments import builder
from tests.rules.test_same_people import TYPES, conditions

COUNTED = "#preview .segments-size"


def condition(visitor: Visitor) -> object:
    """Return the condition the form would send."""
    return json.loads(visitor.page.input_value("input[name=condition]"))


def settled(visitor: Visitor) -> None:
    """Wait until the count is that of what the page says: an act during it would cut it off."""
    visitor.page.wait_for_timeout(600)
    visitor.page.wait_for_function("() => !document.querySelector('#counting.htmx-request, #preview.segments-stale')")


def test_a_segment_is_built_counted_saved_and_deleted(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="editor")
    page, french = visitor.page, screen["language"] == "fr"
    visitor.go("/segments/")
    page.get_by_role("link", name="Nouveau segment" if french else "New segment").click()
    page.wait_for_selector(COUNTED)
    title = f"Dormants {screen['language']} {screen['width']}"
    page.fill("#title", title)
    page.click(".condition-add button >> nth=0")
    page.select_option(".condition-what", "state")
    page.select_option(".condition-chips select", "dormant")
    page.wait_for_selector(COUNTED)
    page.select_option(".condition-chips select", "very_dormant")
    page.click(".condition-root > .condition-add button >> nth=0")
    page.select_option(".condition-line:nth-child(2) .condition-what", "done")
    page.select_option(".condition-line:nth-child(2) .condition-chips select", "message_clicked")
    page.click(".condition-line:nth-child(2) .condition-not")
    said = (
        "pas de « Clic dans un message » dans les 6 derniers mois"
        if french
        else "no “Link in a message clicked” in the last 6 months"
    )
    page.wait_for_function(
        "(said) => document.querySelector('#preview').innerText.replaceAll('\\u202f', ' ').includes(said)", arg=said
    )
    wanted = {
        "all": [{"state": ["dormant", "very_dormant"]}, {"not": {"event": "message_clicked", "within": "6 months"}}]
    }
    assert condition(visitor) == wanted
    visitor.fits()
    visitor.accessible()
    counted = page.inner_text(f"{COUNTED} strong")
    page.click("#editor button.btn-primary")
    page.wait_for_url(re.compile(r"/segments/\d+$"))
    assert page.inner_text("[data-size] strong") == counted
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("form[action$='/delete'] button")
    page.wait_for_url("**/segments/")
    assert title in page.inner_text("#notices")
    assert title not in page.inner_text("main table")


@pytest.mark.slow
def test_what_is_edited_in_one_view_shows_in_the_other(visit: Visit) -> None:
    visitor = visit(role="editor")
    page = visitor.page
    builder(visitor)
    page.click(".condition-line:last-child summary")
    page.click(".condition-line:last-child [data-act=remove]")
    page.click("#tab-yaml")
    page.wait_for_selector(".cm-content")
    text = page.input_value("#yaml")
    assert "journey_sunset" not in text
    page.click(".cm-content")
    page.keyboard.press("Control+End")
    page.keyboard.type("  - langage: fr\n")
    page.wait_for_selector("#yaml-problems div")
    line = len(text.splitlines()) + 1
    assert f"Ligne {line}" in page.inner_text("#yaml-problems")
    page.click("#tab-builder")
    assert page.is_visible(".cm-content"), "an error keeps the YAML in view, nothing typed is lost"
    page.click(".cm-content")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text + "  - language: fr\n")
    page.click("#tab-builder")
    page.wait_for_selector(".condition-root", state="visible")
    assert {"language": "fr"} in condition(visitor)["all"]  # type: ignore[index]


@pytest.mark.slow
def test_the_keyboard_alone_builds_groups(visit: Visit) -> None:
    visitor = visit(language="en", role="editor")
    page = visitor.page
    visitor.go("/segments/new")
    page.wait_for_selector(COUNTED)
    page.focus(".condition-add button >> nth=1")
    page.keyboard.press("Enter")
    page.keyboard.type("State")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Dor")
    page.keyboard.press("Enter")
    assert condition(visitor) == {"all": [{"any": [{"state": "dormant"}]}]}
    page.keyboard.type("Very")
    page.keyboard.press("Tab")
    assert condition(visitor) == {"all": [{"any": [{"state": ["dormant", "very_dormant"]}]}]}
    page.focus(".condition-group .condition-group .condition-line summary")
    page.keyboard.press("Enter")
    page.focus("[data-act=outdent] >> visible=true")
    page.keyboard.press("Enter")
    assert condition(visitor) == {"all": [{"state": ["dormant", "very_dormant"]}]}


@pytest.mark.slow
def test_an_unknown_form_is_kept_and_shown_as_source(visit: Visit) -> None:
    visitor = visit(role="editor", language="en")
    visitor.go("/segments/new").wait_for_selector(COUNTED)
    visitor.page.evaluate(
        "(data) => { document.querySelector('[data-condition-builder]').builder.put(data, true); }",
        {"all": [{"state": "dormant"}, {"first_seen": "2026-01-01"}]},
    )
    assert '{"first_seen":"2026-01-01"}' in visitor.page.inner_text(".condition-source")
    assert visitor.page.inner_text(".condition-said") == "Written in YAML:"
    assert {"first_seen": "2026-01-01"} in condition(visitor)["all"]  # type: ignore[index]
    settled(visitor)
    visitor.page.fill("#title", "Every kind of line")
    settled(visitor)
    visitor.page.click("#tab-yaml")
    visitor.page.wait_for_selector(".cm-content")
    settled(visitor)
    visitor.page.click("#tab-builder")
    expect(visitor.page.locator(".condition-said")).to_have_text("First seen: 1 January 2026.")
    settled(visitor)


@pytest.mark.slow
def test_the_builder_gives_back_every_condition_it_is_given(visit: Visit) -> None:
    """Untouched, the very data; every line written anew from its controls, the same condition."""
    page = visit(role="editor").go("/segments/new")
    page.wait_for_selector(".condition-root")
    found: list[object] = []

    @settings(max_examples=150, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(conditions, min_size=1, max_size=3))
    def gather(some: list[object]) -> None:
        found.extend(some)

    gather()
    answers = page.evaluate(
        """(found) => { const builder = document.querySelector("[data-condition-builder]");
           return found.map((data) => { builder.condition = data; return [builder.condition, JSON.parse(builder.querySelector("input[type=hidden]").value), builder.rewritten(data)]; }); }""",
        found,
    )
    assert len(found) >= 150
    for data, (read, sent, rewritten) in zip(found, answers, strict=True):
        assert read == sent == data
        assert _meant(rewritten) == _meant(data)


def _meant(data: object) -> Condition:
    """Return what a condition means; without a database, beside which Playwright's loop cannot run."""
    reader = _Reader(PEOPLE_AND_SEGMENTS, set(TYPES))
    meant = reader.condition(data, ())
    assert not reader.problems
    return meant
