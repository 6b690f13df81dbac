"""Chromium, and a page that remembers every fault: console errors, requests to elsewhere, broken policy, server errors."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Playwright, Request, Response

from tests.browser.site import DOOR, ROOT, Site

HEIGHTS = {1280: 900, 390: 844}
WIDTHS = tuple(HEIGHTS)
LANGUAGES = ("fr", "en")
AXE = ROOT / "src/relance/web/static/vendor/axe.min.js"
FLAGS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars",
]  # fmt: skip


def found() -> str | None:
    """Return the path of the system's Chromium."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def launch(playwright: Playwright) -> Browser:
    """Start it without a window."""
    return playwright.chromium.launch(executable_path=found(), args=FLAGS, chromium_sandbox=False)


class Visitor:
    """One person at one screen: a browser context of one language, width and role, and the faults it met."""

    def __init__(self, browser: Browser, site: Site, *, language: str, width: int, role: str = "administrator") -> None:
        self.site, self.language, self.width, self.role = site, language, width, role
        self.faults: list[str] = []
        self.meanwhile = ExitStack()  # what holds the page in view as it is
        self.context: BrowserContext = browser.new_context(
            locale=f"{language}-{'FR' if language == 'fr' else 'GB'}", viewport={"width": width, "height": HEIGHTS[width]},
            base_url=site.url, has_touch=width < 500, reduced_motion="reduce",
        )  # fmt: skip
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)
        if role:
            self.sign_in()

    def sign_in(self, role: str = "") -> None:
        """Come in as the account of a role, by the tests' door: the form is slow, counts attempts and has its own tests."""
        answer = self.context.request.get(f"{DOOR}?role={role or self.role}")
        assert answer.status == 204, f"the door answered {answer.status}"

    def go(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(path)
        return self.page

    def widen(self, width: int) -> None:
        """See the page in view on a screen of another width."""
        self.width = width
        self.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})

    def accessible(self) -> None:
        """Note every serious fault axe-core finds on the page in view."""
        result: dict[str, Any] = self._read(
            AXE.read_text("utf-8") + "\n;axe.run(document, {resultTypes: ['violations']})"
        )
        for violation in result["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:4])
                self.faults.append(f"{self.page.url}: {violation['id']}: {violation['help']}: {nodes}")

    def fits(self) -> None:
        """Note a page wider than its screen."""
        wide: int = self._read("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            self.faults.append(f"{self.page.url}: {wide} px wider than the screen of {self.width}")

    def picture(self, folder: Path, name: str) -> Path:
        """Take a screenshot of the whole page in view."""
        path = folder / f"{name}-{self.language}-{self.width}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("scrollTo(0, 0)")  # the menu stays in view, wherever the page is scrolled to
        self.page.screenshot(path=path, full_page=True)
        return path

    def forgive(self, status: int) -> None:
        """Take back what the console said of an answer that was asked for: a refusal."""
        self.faults = [fault for fault in self.faults if f"status of {status}" not in fault]

    def leave(self) -> None:
        """Leave the page in view, and let go of what held it as it is."""
        if self.page.url != "about:blank":
            self.page.goto("about:blank")  # it asks no more
        self.meanwhile.close()

    def close(self) -> None:
        """Leave, and fail if anything was wrong."""
        self.leave()
        self.context.close()
        assert not self.faults, "\n".join(self.faults)

    def _read(self, script: str) -> Any:
        """Return what a script finds in the page in view; a page that renews itself meanwhile (its work has ended) is read again."""
        for _ in range(3):
            self.page.wait_for_load_state()
            try:
                return self.page.evaluate(script)
            except Error as problem:
                gone = problem
        raise gone

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(
                f"{self.page.url}: console {message.type}: {message.text} {json.dumps(message.location)}"
            )

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.site.url, "data:", "blob:", "about:")):
            self.faults.append(f"{self.page.url}: asks {request.url}, which is another host")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.url}: answered {response.status}")
