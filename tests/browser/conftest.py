"""Fixtures of the browser tests. Without Chromium they are skipped, and say so."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import chromium
from tests.browser.chromium import Visitor
from tests.browser.site import Site, running

Visit = Callable[..., Visitor]
SCREENS = [(language, width) for width in chromium.WIDTHS for language in chromium.LANGUAGES]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave each flow one screen of its four in `make test`, the next flow the next one; `make test-long` has the others."""
    flows: dict[object, int] = {}
    for item in items:
        if isinstance(item, pytest.Function) and "screen" in getattr(item, "fixturenames", ()):
            turn = flows.setdefault(getattr(item.function, "__wrapped__", item.function), len(flows))
            if item.callspec.params["screen"] != SCREENS[turn % len(SCREENS)]:
                item.add_marker(pytest.mark.long)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium; only while this folder's tests run, since Playwright keeps an event loop in the thread."""
    if chromium.found() is None:
        pytest.skip(
            "Chromium is not on this machine: the pages are NOT tested. Install it (Debian: apt-get install chromium)."
        )
    expect.set_options(
        timeout=15_000
    )  # two cores that other tests use too: a page that is kept as one types takes its time
    with sync_playwright() as playwright:
        started = chromium.launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="package")
def shop(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation with the sample shop, one running journey and an account for each role; tests leave it usable."""
    with running(tmp_path_factory.mktemp("shop"), "shop") as site:
        yield site


@pytest.fixture
def visit(browser: Browser, shop: Site) -> Iterator[Visit]:
    """Come to the shop's pages: `visit(language="fr", width=390, role="editor")`; faults met fail the test at its end."""
    visitors: list[Visitor] = []

    def come(
        *, language: str = "fr", width: int = 1280, role: str = "administrator", site: Site | None = None
    ) -> Visitor:
        visitors.append(Visitor(browser, site or shop, language=language, width=width, role=role))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.close()


@pytest.fixture(params=SCREENS, ids=lambda p: f"{p[0]}-{p[1]}")
def screen(request: pytest.FixtureRequest) -> dict[str, object]:
    """Each language at each width: `visit(**screen)`."""
    language, width = request.param
    return {"language": language, "width": width}


@pytest.fixture
def bare(browser: Browser, tmp_path: Path) -> Iterator[Site]:
    """An installation nobody has entered yet."""
    with running(tmp_path / "bare", "bare") as site:
        yield site
