"""Pictures of every page, both languages, both widths, into `screenshots/`: `make screenshots`, or with names to choose."""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import chromium, pages
from tests.browser.site import ROOT, running


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="beginnings of names, such as `team`")
    parser.add_argument("--folder", type=Path, default=ROOT / "screenshots")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), "shop") as site,
        sync_playwright() as playwright,
    ):
        browser = chromium.launch(playwright)
        for language in chromium.LANGUAGES:
            for width in chromium.WIDTHS:
                visitor = chromium.Visitor(browser, site, language=language, width=width)
                for name, way in pages.every():
                    if not arguments.only or name.startswith(tuple(arguments.only)):
                        pages.bring(visitor, way)
                        print(visitor.picture(arguments.folder, name))
                print("\n".join(visitor.faults))
                visitor.context.close()
        browser.close()


if __name__ == "__main__":
    main()
