"""What holds for every page, in both languages at both widths: it fits, it is accessible, nothing fails or leaves."""

from tests.browser import pages
from tests.browser.conftest import Visit


def test_every_page_fits_and_is_accessible(visit: Visit, screen: dict[str, object]) -> None:
    """The look for barriers takes most of the time, so each language gets it at one width; the areas' tests do the rest."""
    visitor = visit(**screen)
    searched = (screen["language"], screen["width"]) in {("fr", 1280), ("en", 390)}
    for _name, way in pages.every():
        pages.bring(visitor, way)
        visitor.fits()
        if searched:
            visitor.accessible()
