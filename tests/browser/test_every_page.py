"""What holds for every page, in both languages at both widths: it fits, it is accessible, nothing fails or leaves."""

import pytest

from tests.browser import pages
from tests.browser.chromium import LANGUAGES, WIDTHS
from tests.browser.conftest import Visit

SCREEN, PHONE = WIDTHS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_and_is_accessible(visit: Visit, language: str) -> None:
    """The look for barriers takes most of the time, so each language gets it at one width; the areas' tests do the rest."""
    visitor = visit(language=language, width=SCREEN)
    searched = SCREEN if language == "fr" else PHONE
    for _name, way in pages.every():
        visitor.widen(SCREEN)
        pages.bring(visitor, way)
        for width in WIDTHS:
            visitor.widen(width)
            visitor.fits()
            if width == searched:
                visitor.accessible()
