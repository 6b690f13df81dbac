"""Pictures of every page, both languages, both widths, into `screenshots/`: `make screenshots`, or with names to choose."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium, pages
from tests.browser.pages import Way
from tests.browser.site import ROOT, Site, running


def main() -> None:
    """Take them, installation by installation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="beginnings of names, such as `team`")
    parser.add_argument("--language", choices=chromium.LANGUAGES, action="append", help="this language only")
    parser.add_argument("--folder", type=Path, default=ROOT / "screenshots")
    arguments = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = chromium.launch(playwright)
        for kind in ("bare", "empty", "shop"):
            wanted = [
                (name, way)
                for name, way in pages.every(kind)
                if not arguments.only or name.startswith(tuple(arguments.only))
            ]
            if wanted:
                with running(Path(folder) / kind, kind) as site:
                    take(browser, site, kind, wanted, arguments)
        browser.close()


def take(browser: Browser, site: Site, kind: str, wanted: list[tuple[str, Way]], arguments: argparse.Namespace) -> None:
    """Take pictures of an installation's pages, and say what was wrong with them."""
    role = "" if kind == "bare" else "administrator"
    for language in arguments.language or chromium.LANGUAGES:
        for width in chromium.WIDTHS:
            visitor = chromium.Visitor(browser, site, language=language, width=width, role=role)
            for name, way in wanted:
                pages.bring(visitor, way)
                print(visitor.picture(arguments.folder, name), flush=True)
            print("\n".join(visitor.faults), flush=True)
            visitor.leave()
            visitor.context.close()


if __name__ == "__main__":
    main()
