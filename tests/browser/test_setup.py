"""First run and imports, as a person does them: a new installation to the health of its base, and files that go wrong."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import Visitor
from tests.browser.conftest import Visit
from tests.browser.pages import setup as pages
from tests.browser.prepare import PASSWORD
from tests.browser.site import Site

pytestmark = pytest.mark.slow

ORDERS = """Numéro client;Date de commande;Numéro de commande;Montant
1001;14/02/2025;C-1;89,90
1002;20/03/2026;C-2;39,80
1003;02/07/2026;C-3;54,00
;03/07/2026;C-4;12,00
""".encode()


def enter(visitor: Visitor, site: Site) -> None:
    """Make the first administrator."""
    page = visitor.page
    page.goto(site.welcome())
    page.fill("input[name=name]", "Marie Durand")
    page.fill("input[name=email]", "marie@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.click("form button.btn-primary")
    page.wait_for_url(lambda address: "/welcome/" not in address)


def checked(visitor: Visitor, name: str, content: bytes) -> None:
    """Bring a file at the step in view, and have it checked."""
    page = visitor.page
    page.set_input_files("input[name=file]", {"name": name, "mimeType": "text/csv", "buffer": content})
    page.click("form[data-upload] button.btn-primary")
    page.wait_for_url("**/imports/file/*/")
    page.click("button[name=check]")
    page.wait_for_url("**/found")


def look(visitor: Visitor) -> None:
    """Note what is wider than the screen, or out of reach of some."""
    visitor.fits()
    visitor.accessible()


def bring_in(visitor: Visitor) -> None:
    """Import what was checked; a file that ends long ago asks what of the days since."""
    for today in visitor.page.locator("input[name=told][value=today]").all():
        today.check()
    visitor.page.click("form[action$=import] button")
    visitor.page.wait_for_url("**/start/*came=*")


def test_a_new_installation_comes_to_the_health_of_its_base(browser: Browser, bare: Site) -> None:
    """Four people at four screens share it: each takes a step, and looks at those of the others."""
    newcomer = Visitor(browser, bare, language="fr", width=1280, role="")
    enter(newcomer, bare)
    bare.python("-m", "tests.browser.prepare", "empty")  # the colleagues: each sees the language of the browser
    others = [
        Visitor(browser, bare, language=language, width=width)
        for language, width in (("en", 390), ("fr", 390), ("en", 1280))
    ]
    buyer, objector, finisher = others
    team = (newcomer, *others)
    for one in team:
        one.page.on("dialog", lambda dialog: dialog.accept())
        one.go("/start/")
        look(one)
    brought(newcomer, "clients.csv", pages.MESSY)
    buyer.go("/start/?step=orders")
    checked(buyer, "commandes.csv", ORDERS)
    expect(buyer.page.locator(".part-anonymous strong")).to_have_text("1")
    bring_in(buyer)
    objector.go("/start/?step=optouts")
    objector.page.fill("#note", "boutique neuve")
    objector.page.click("form[action$=declare] button")
    objector.page.click("form[action$=skip] button")
    objector.page.wait_for_url("**/start/coverage")
    for one in team:
        page = one.go("/start/coverage")
        expect(page.locator(".coverage tbody tr").first).to_contain_text(
            "14 février 2025" if one.language == "fr" else "14 February 2025"
        )
        look(one)
    finisher.page.click("form[action$=finish] button")
    finisher.page.wait_for_url(lambda address: address.rstrip("/") == bare.url, timeout=60_000)
    for one in team:
        one.go("/")
        expect(one.page.locator(".state-lines").first).to_be_visible()
        look(one)
        one.close()


def brought(visitor: Visitor, name: str, content: bytes) -> None:
    """Check a file and bring it in, looking at what is said on the way."""
    checked(visitor, name, content)
    look(visitor)
    bring_in(visitor)
    look(visitor)


def test_the_sample_shop_is_one_button_in_and_one_out(browser: Browser, bare: Site) -> None:
    code = "import django; django.setup(); from relance.rehearsal import demonstration; demonstration.files(lambda *_: None, contacts=300)"
    bare.python("-c", code)
    visitor = Visitor(browser, bare, language="fr", width=390, role="")
    page = visitor.page
    page.on("dialog", lambda dialog: dialog.accept())
    enter(visitor, bare)
    page.goto("/start/")
    page.click("form[action$=sample] button")
    page.wait_for_url(lambda address: address.rstrip("/") == bare.url, timeout=60_000)
    page.goto("/imports/")
    expect(page.locator("table.folds tbody tr")).to_have_count(8)
    page.click("form[action$=remove] button")
    page.wait_for_url("**/start/")
    page.goto("/imports/")
    expect(page.locator(".empty")).to_be_visible()
    visitor.close()


def test_columns_are_said_otherwise_and_the_preview_follows(visit: Visit, screen: dict[str, object]) -> None:
    visitor = visit(**screen)
    page = visitor.page
    pages.bring(visitor)
    expect(page.locator("#column-9")).to_have_value("")
    page.select_option("#column-9", "custom")
    expect(page.locator("input[name=name-9]")).to_have_value("niveau_fidelite")
    page.select_option("#column-7", "")
    expect(page.locator("#column-7")).to_have_value("")
    expect(page.locator("tr.refused")).to_have_count(3)
    look(visitor)
    discard(visitor)


def test_an_open_date_is_asked_for_and_settled(visit: Visit) -> None:
    visitor = visit(language="en", width=1280)
    pages.asked(visitor)
    expect(visitor.page.locator("#columns .alert-info")).to_contain_text("a later line may tell")
    visitor.page.click("button[name=check]")
    visitor.page.wait_for_selector("#dates")
    look(visitor)
    visitor.page.select_option("#dates", "day-first")
    expect(visitor.page.locator("#columns .alert")).to_have_count(0)
    visitor.page.click("details.counts summary")
    expect(visitor.page.locator(".became").first).to_contain_text("3 April 2024")
    discard(visitor)


def test_a_reader_looks_and_brings_nothing(visit: Visit) -> None:
    visitor = visit(role="reader")
    visitor.go("/imports/")
    expect(visitor.page.locator("a[href$='/imports/new']")).to_have_count(0)
    visitor.go("/start/?step=contacts")
    expect(visitor.page.locator("input[type=file]")).to_have_count(0)


def discard(visitor: Visitor) -> None:
    """Throw the file in view away."""
    visitor.page.on("dialog", lambda dialog: dialog.accept())
    visitor.page.click("[form=discard]")
    visitor.page.wait_for_url(lambda address: "/imports/file/" not in address)
