"""How long each page takes with a large base: at the server, and in the browser until it is complete.

    .venv/bin/python -m benchmarks.pages --size 1000000 --runs 5 [--folder FOLDER]

Prints JSON: for each page the median of server seconds (request to last byte, signed in, over loopback) and of browser seconds
(navigation to `load` in the system's Chromium), for one segment's live count too. The base is that of
`benchmarks.spine` (contacts with 20 events each), imported, scored, segmented and entered into the shipped journey. With `--folder` it is
kept, and used again by a later run. Asked: every page under 0.5 s at the server and 1.5 s in the browser, the live count under 2 s.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright
from tests.browser import chromium, pages
from tests.browser.site import Site, serving

CONDITION = {
    "all": [{"state": ["dormant", "very_dormant"]}, {"not": {"event": "message_clicked", "within": "6 months"}}]
}


def made(folder: Path, size: int) -> Path:
    """Return the data folder of a base of this size, made if absent."""
    data = folder / str(size) / "data"
    if not (folder / "made").exists():
        files = data.parent
        if not (files / "events.csv").exists():
            parts = ["--parts", "generate", "--sizes", str(size), "--runs", "1", "--folder", str(folder)]
            subprocess.run([sys.executable, "-m", "benchmarks.spine", *parts], check=True, stdout=subprocess.DEVNULL)
        for kind in ("contacts", "events"):
            command = [
                sys.executable,
                "-m",
                "relance.cli.main",
                "import",
                kind,
                str(files / f"{kind}.csv"),
                "--source",
                "shop",
                "--json",
            ]
            environment = os.environ | {"RELANCE_DATA": str(data)}
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        (folder / "made").touch()
    return data


def timed(runs: int, work: Callable[[], object]) -> float:
    """Return the median of the seconds `work` takes, after one run that warms caches."""
    work()
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return round(statistics.median(found), 3)


def measure(site: Site, runs: int) -> dict[str, dict[str, Any]]:
    """Return the seconds of each page, those too that a way through others leads to."""
    found: dict[str, dict[str, Any]] = {}
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        visitor = chromium.Visitor(browser, site, language="fr", width=1280)
        request = visitor.context.request
        seen: set[str] = set()
        for name, way in pages.every():
            path = way if isinstance(way, str) else reached(visitor, way)
            if path and path in seen:
                continue
            seen.add(path)
            status = request.get(path).status if path else 0
            if status != 200:
                found[name] = {"path": path, "status": status}
                continue
            server = timed(runs, lambda path=path: request.get(path).body())
            shown = timed(runs, lambda path=path: visitor.page.goto(path, wait_until="load"))
            found[name] = {"path": path, "server": server, "browser": shown}
        found["live-count"] = {"server": live_count(visitor, runs)}
        browser.close()
    return found


def reached(visitor: chromium.Visitor, way: Callable[[chromium.Visitor], None]) -> str:
    """Return the address a way through the pages ends at; "" where this base has nothing of the kind."""
    visitor.page.set_default_timeout(5000)
    try:
        way(visitor)
    except (PlaywrightError, AssertionError):
        return ""
    finally:
        visitor.page.set_default_timeout(30_000)
    return visitor.page.url.removeprefix(visitor.site.url)


def live_count(visitor: chromium.Visitor, runs: int) -> float:
    """Return the seconds of the segment builder's count of a condition that reads the history."""
    page = visitor.go("/segments/new")
    headers = {
        "X-CSRFToken": page.locator("[name=csrfmiddlewaretoken]").first.input_value(),
        "HX-Request": "true",
        "Referer": f"{visitor.site.url}/segments/new",
    }
    form = {"view": "builder", "title": "Quiet", "name": "quiet", "condition": json.dumps(CONDITION)}

    def count() -> None:
        answer = visitor.context.request.post("/segments/preview", form=form, headers=headers)
        assert answer.status == 200, answer.status
        assert re.search(r"\d{3}", answer.text()), "no figure was counted"

    return timed(runs, count)


def main() -> None:
    """Make the base, serve it, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="relance-pages-"))
    folder.mkdir(parents=True, exist_ok=True)
    data = made(folder, arguments.size)
    with serving(folder, data, "-m", "benchmarks.pages_base") as site:
        found = measure(site, arguments.runs)
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    print(json.dumps({"machine": machine, "size": arguments.size, "pages": found}, indent=2))


if __name__ == "__main__":
    main()
