"""People, as a person uses them: find somebody, understand, act."""

import json
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

JOURNEY = "reactivation-ecommerce"


def test_somebody_is_found_filtered_and_explained(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen, role="reader")
    page = visitor.go("/people/")
    if screen["width"] == 390:
        page.click("[data-toggle=people-choices]")
    page.select_option("#f-state", "dormant")
    expect(page.locator(".chip").first).to_be_visible()
    assert page.url.endswith("/people/?state=dormant")
    page.fill("#q", "mar")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"q=mar"))
    rows = page.locator(".people-who")
    shown = rows.all_inner_texts()
    assert shown
    assert all(re.search(r"(?i)\bmar", text) for text in shown)
    page.locator(".chip").first.click()
    page.wait_for_url(re.compile(r"/people/\?state=dormant$"))
    visitor.fits()
    rows.first.locator("a").click()
    expect(page.locator(".standing .criteria li").first).to_be_visible()
    expect(page.locator("#timeline .moment").first).to_be_visible()
    page.select_option("#about", f"journey/{JOURNEY}")
    page.click(".why-form button")
    expect(page.locator("#why .answer p").first).to_be_visible()
    visitor.fits()


@pytest.mark.slow
def test_the_timeline_shows_one_kind_and_goes_back(visit: Visit) -> None:
    visitor = visit(language="fr", role="reader")
    page = visitor.go("/people/?sort=purchase&band=high")
    page.locator(".people-who a").first.click()
    expect(page.locator("#timeline .moment").first).to_be_visible()
    page.get_by_label("Achats").check()
    expect(page.locator("#timeline .moment").first).to_contain_text(
        re.compile("Achat en magasin|Commande en ligne|Remboursement")
    )
    page.get_by_label("Achats").uncheck()
    more = page.locator("#timeline .more button")
    expect(more).to_be_visible()
    before = page.locator("#timeline .moment").count()
    more.click()
    expect(page.locator("#timeline .moment").nth(before)).to_be_visible()
    expect(page.locator("[data-dialog=suppress]")).to_have_count(0)


@pytest.mark.slow
def test_a_list_is_taken_away_as_csv(visit: Visit) -> None:
    visitor = visit(language="fr", role="data_protection_officer")
    page = visitor.go("/people/?band=high&reachable=email")
    page.click("[data-dialog=export]")
    with page.expect_download() as waited:
        page.click("dialog[open] button.btn-primary")
    lines = Path(waited.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("Numéro client;Prénom;Nom;E-mail")
    assert len(lines) > 10


@pytest.mark.slow
def test_a_person_gets_their_data_and_is_suppressed(visit: Visit) -> None:
    visitor = visit(language="en", width=390, role="data_protection_officer")
    page = visitor.go("/people/?state=very_dormant&reachable=email")
    page.locator(".people-who a").first.click()
    page.click("[data-dialog=rights]")
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download all data").click()
    with zipfile.ZipFile(waited.value.path()) as archive:
        assert json.loads(archive.read("data.json"))["identity"]
    page.get_by_role("button", name="Close").click()
    page.click("[data-dialog=suppress]")
    page.fill("#why-suppress", "asked by telephone")
    page.click("dialog[open] .btn-danger")
    expect(page.locator("#notices")).to_contain_text("Suppressed")
    expect(page.locator(".person-side")).to_contain_text("suppression list")


@pytest.mark.slow
def test_an_objection_is_noted_then_withdrawn_and_the_page_follows(visit: Visit) -> None:
    visitor = visit(language="fr", role="data_protection_officer")
    page = visitor.go("/people/?state=dormant")
    page.locator(".people-who a").nth(1).click()
    expect(page.locator(".standing")).to_contain_text("Ce qui changerait cet état")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("[data-dialog=rights]")
    page.fill("#why-object", "par courrier")
    page.get_by_role("button", name="Noter l’opposition").click()
    expect(page.locator(".standing")).to_contain_text("s’est opposée au profilage")
    expect(page.locator(".standing")).not_to_contain_text("Ce qui changerait cet état")
    page.click("[data-dialog=rights]")
    visitor.accessible()
    page.fill("#why-withdraw", "par téléphone")
    page.get_by_role("button", name="Lever l’opposition").click()
    expect(page.locator(".standing")).to_contain_text("Ce qui changerait cet état")
