"""Policies in the browser: opened, the slider moved, compared, applied; and the source with its errors at their line."""

import re

import pytest

from tests.browser.conftest import Visit
from tests.browser.pages.dormancy import POLICY

ANSWER = "#answer dd strong"


def count(text: str) -> int:
    """Return the number in a text, whatever the language groups it by."""
    return int(re.sub(r"\D", "", text) or 0)


def test_the_slider_moves_the_numbers_and_leads_to_who_would_move(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="editor")
    page = visitor.go("/dormancy/")
    visitor.fits()
    visitor.accessible()
    page.click("a[href='/dormancy/policies/ecommerce/']")
    page.wait_for_selector("#curve canvas")
    before = page.locator(ANSWER).nth(1).inner_text()
    page.locator("#days-range").focus()
    with page.expect_response(lambda answer: "/dormancy/threshold" in answer.url):
        page.keyboard.press("Home")
    page.wait_for_function(
        "([where, was]) => document.querySelectorAll(where)[1].innerText !== was", arg=[ANSWER, before]
    )
    assert page.input_value("#days") == "0"
    everybody = count(page.locator(ANSWER).nth(1).inner_text())
    with page.expect_response(lambda answer: "days=150" in answer.url):
        page.fill("#days", "150")
    page.wait_for_function(
        "([where, was]) => document.querySelectorAll(where)[1].innerText !== was", arg=[ANSWER, str(everybody)]
    )
    assert page.input_value("#days-range") == "150"
    visitor.fits()
    visitor.accessible()
    page.click("form.threshold button.btn-primary")
    page.wait_for_selector("#matrix-title")
    page.locator("[hx-target='#some-people']:visible").first.click()
    page.wait_for_selector(".dormancy-some a")
    visitor.fits()
    visitor.accessible()


@pytest.mark.slow
def test_the_slider_moves_its_line_on_the_curve(visit: Visit) -> None:
    page = visit(language="en", role="reader").go(POLICY)
    page.wait_for_selector("#curve canvas")
    page.fill("#days", "100")
    line = """() => { const figure = document.querySelector("#curve [data-chart]"), { step } = JSON.parse(figure.dataset.chart);
        return step * echarts.getInstanceByDom(figure).getOption().series.find((one) => one.id === "cursor").markLine.data[0].xAxis; }"""
    assert abs(page.evaluate(line) - 100) <= 2
    assert page.locator("form.threshold button.btn-primary").count() == 0


@pytest.mark.slow
def test_a_change_in_the_form_is_compared_then_applied(visit: Visit) -> None:
    visitor = visit(language="fr", role="editor")
    page = visitor.go(POLICY + "edit")
    points = page.locator("[data-points]").last
    known = points.input_value()
    most = count(page.inner_text("#points-most"))
    points.fill(str(int(known) + 1))
    assert count(page.inner_text("#points-most")) == most + 1
    visitor.accessible()
    page.click("form.dormancy-edit button.btn-primary")
    page.wait_for_selector("#matrix-title")
    page.once("dialog", lambda question: question.dismiss())
    page.click(".dormancy-apply button")
    assert "/comparisons/" in page.url
    page.once("dialog", lambda question: question.accept())
    page.click(".dormancy-apply button")
    page.wait_for_selector(".alert-success")
    assert page.locator("form[action='/dormancy/score']").count() == 1
    visitor.accessible()
    page.goto(POLICY + "edit")  # back to what it was, for those who come after
    page.locator("[data-points]").last.fill(known)
    page.click("form.dormancy-edit button.btn-primary")
    page.once("dialog", lambda question: question.accept())
    page.click(".dormancy-apply button")
    page.wait_for_selector(".alert-success")


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_the_source_tells_its_errors_at_their_line(visit: Visit, width: int) -> None:
    visitor = visit(language="fr", width=width, role="editor")
    page = visitor.go(POLICY + "source")
    page.wait_for_selector(".cm-content")
    lines = page.input_value("#source-text", strict=True).count("\n")
    page.click(".cm-content")
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("colour: red\n")
    page.wait_for_function(
        "(line) => document.getElementById('source-notes').innerText.includes(`ligne ${line}`)", arg=lines + 1
    )
    assert "ce champ n’existe pas ici" in page.inner_text("#source-notes")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text("policy: [")
    page.wait_for_function("() => document.getElementById('source-notes').innerText.includes('YAML')")
    visitor.fits()
    visitor.accessible()


@pytest.mark.slow
def test_a_preset_is_tried_in_the_place_of_a_policy(visit: Visit) -> None:
    visitor = visit(language="en", role="editor")
    page = visitor.go("/dormancy/")
    page.click("#preset-ecommerce-6-months summary")
    visitor.accessible()
    form = page.locator("form[action='/dormancy/presets/ecommerce-6-months/try']")
    form.locator("select").select_option("ecommerce")
    form.locator("button").click()
    page.wait_for_selector("#matrix-title")
    assert count(page.locator(".dormancy-cards .figure-value").first.inner_text()) > 0
    page.click("a[href$='/source']")
    page.wait_for_selector(".cm-content")
