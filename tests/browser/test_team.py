"""Accounts in the browser, as people do it: the first administrator, an invitation, two-step sign-in."""

import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Dialog, expect

from tests.browser.chromium import Visitor
from tests.browser.conftest import Visit
from tests.browser.prepare import PASSWORD
from tests.browser.site import Site

CHOSEN = "quatre mots sans rapport"


@pytest.mark.slow
def test_the_first_administrator_comes_in_by_the_welcome_link(visit: Visit, bare: Site) -> None:
    visitor = visit(language="fr", width=390, role="", site=bare)
    page = visitor.go("/people/")
    assert "relance account welcome" in page.inner_text("main")
    page.goto(bare.welcome())
    visitor.fits()
    visitor.accessible()
    for name, value in (("name", "Anna"), ("email", "anna@example.org"), ("password", CHOSEN)):
        page.fill(f"input[name={name}]", value)
    page.click("form.fields .btn-primary")
    page.wait_for_selector("nav.sidebar", state="attached")
    assert page.locator(".who strong").text_content() == "Anna"
    visitor.forgive(401)  # the closed door, before


@pytest.mark.slow
def test_someone_invited_chooses_a_password_and_protects_the_account(visit: Visit, screen: dict[str, object]) -> None:
    address = invite(visit(**screen), f"chloe-{time.monotonic_ns()}@example.org")
    chloe = visit(**screen, role="")
    page = chloe.go(address[0])
    chloe.fits()
    chloe.accessible()
    page.fill("input[name=password1]", CHOSEN)
    page.fill("input[name=password2]", CHOSEN)
    page.click("form.fields .btn-primary")
    page.click("main a.btn-primary")
    sign_in(chloe, address[1], CHOSEN)
    page.wait_for_selector("nav.sidebar", state="attached")
    codes = two_steps_on(chloe)
    page.goto("/account/logout/")
    page.click("main .btn-primary")
    sign_in(chloe, address[1], CHOSEN)
    page.wait_for_selector("input[name=code]")
    chloe.fits()
    chloe.accessible()
    page.fill("input[name=code]", codes[0])
    page.click("form.fields .btn-primary")
    page.wait_for_selector("nav.sidebar", state="attached")


def invite(anna: Visitor, email: str) -> tuple[str, str]:
    """Invite someone, and return the link with the address."""
    page = anna.go("/team/")
    page.click("[data-dialog=invite]")
    page.fill("#invite input[name=name]", "Chloé")
    page.fill("#invite input[name=email]", email)
    page.click("#invite .btn-primary")
    page.wait_for_selector("#address")
    return page.input_value("#address"), email


def sign_in(visitor: Visitor, email: str, password: str) -> None:
    """Fill in the sign-in page in view."""
    visitor.page.fill("input[name=login]", email)
    visitor.page.fill("input[name=password]", password)
    visitor.page.click("form.fields .btn-primary")


def two_steps_on(visitor: Visitor) -> list[str]:
    """Switch two-step sign-in on with what a phone would show, and return the recovery codes."""
    page = visitor.go("/account/2fa/")
    page.click("main a.btn-primary")
    page.fill("form.fields input[name=password]", CHOSEN)
    page.click("form.fields .btn-primary")
    page.wait_for_selector(".code-square")
    assert page.evaluate("document.querySelector('.code-square').naturalWidth") > 0
    visitor.fits()
    visitor.accessible()
    secret = page.inner_text("#authenticator_secret").replace(" ", "")
    page.fill("input[name=code]", totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))
    page.click("form.fields .btn-primary")
    page.wait_for_selector(".codes")
    visitor.fits()
    return page.locator(".codes code").all_inner_texts()


def test_a_wrong_password_is_told_and_lets_nobody_in(visit: Visit) -> None:
    visitor = visit(language="fr", width=390, role="")
    page = visitor.go("/team/")
    sign_in(visitor, "nobody@example.org", PASSWORD)
    page.wait_for_selector(".errorlist")
    assert "ne sont pas les bons" in page.inner_text("form.fields")
    page.click("form.fields .form-hint a")
    page.wait_for_url("**/password/reset/")
    assert page.inner_text("h1") == "Mot de passe oublié"
    visitor.fits()
    visitor.accessible()


@pytest.mark.slow
def test_a_role_and_a_new_link_ask_before_they_are_given(visit: Visit) -> None:
    visitor = visit(language="fr", width=390)
    page = visitor.go("/team/")
    asked: list[str] = []
    answers = iter([False, False, True, True])

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        if next(answers):
            dialog.accept()
        else:
            dialog.dismiss()

    page.on("dialog", answer)
    row = page.locator("tr", has_text="reader@example.org")
    row.locator("select").select_option("editor")
    expect(row.locator("select")).to_have_value("reader")  # declined: it goes back to what it was
    row.locator("button[name=link]").click()
    assert page.url.endswith("/team/")
    for role in ("editor", "reader"):
        row.locator("select").select_option(role)
        expect(page.locator(".alert-success")).to_be_visible()
        expect(row.locator("select")).to_have_value(role)
    assert [sentence.split("\u202f?")[0] for sentence in asked] == [
        "Changer le rôle de Reader",
        "Créer un nouveau lien de connexion pour Reader",
        *["Changer le rôle de Reader"] * 2,
    ]
    page = visitor.go("/team/log")
    expect(page.locator("td", has_text="avant").first).to_contain_text("maintenant\u00a0: Lecteur")
    visitor.fits()
    visitor.accessible()
