"""What holds for every page, in both languages at both widths: it fits, it is accessible, nothing fails or leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import pages
from tests.browser.chromium import LANGUAGES, WIDTHS, Visitor
from tests.browser.conftest import Visit
from tests.browser.site import running

SCREEN, PHONE = WIDTHS
# The look for barriers takes most of the time, so each language gets it at one width; the areas' tests do a part of the rest.
SEARCHED = {"fr": SCREEN, "en": PHONE}
OTHER = {"fr": PHONE, "en": SCREEN}


def look(visitor: Visitor, kind: str, searched: int) -> None:
    """Visit every page of an installation, at both widths, and look for barriers at one."""
    for _name, way in pages.every(kind):
        visitor.widen(SCREEN)
        pages.bring(visitor, way)
        for width in WIDTHS:
            visitor.widen(width)
            visitor.fits()
            if width == searched:
                visitor.accessible()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.long)])
def test_every_page_fits_and_is_accessible(visit: Visit, language: str) -> None:
    look(visit(language=language, width=SCREEN), "shop", SEARCHED[language])


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_accessible_at_the_other_width(visit: Visit, language: str) -> None:
    look(visit(language=language, width=SCREEN), "shop", OTHER[language])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bare", "empty"])
@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.long)])
def test_every_page_where_nothing_has_come_in_fits_and_is_accessible(
    browser: Browser, tmp_path: Path, kind: str, language: str
) -> None:
    with running(tmp_path / kind, kind) as site:
        role = "administrator" if kind == "empty" else ""
        visitor = Visitor(browser, site, language=language, width=SCREEN, role=role)
        look(visitor, kind, SEARCHED[language])
        visitor.close()
