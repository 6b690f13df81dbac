"""How long each page takes with a large base: at the server, and in the browser until nothing more comes.

    .venv/bin/python -m benchmarks.pages --size 1000000 --runs 5 [--folder FOLDER]

Prints JSON: for each page the median of server seconds (request to last byte, signed in, over loopback) and of browser seconds
(navigation until what the page fetches after `load` has come too, in the system's Chromium). Beside the pages that pictures are
taken of, one address of each kind is timed that a page links to, fetches by itself, or fetches after a click; parts of pages and
files at the server alone. `acts` are the seconds of what the way to a page sent (once each, the slowest), `over` what takes longer
than asked, `untimed` the named addresses that nothing led to and that `pages_addresses.LEFT_OUT` gives no reason for.
The base is that of `benchmarks.spine` (contacts with 20 events each), imported, scored, segmented and entered into the shipped
journey. With `--folder` it is kept, and used again by a later run. Asked: every page under 0.5 s at the server and 1.5 s in the
browser, the live count under 2 s.
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

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django

django.setup()

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright
from tests.browser import chromium, pages
from tests.browser.site import Site, serving

from benchmarks.pages_addresses import FURTHER, Met, kind_of, unmet

SERVER, BROWSER, LIVE = 0.5, 1.5, 2.0  # seconds asked

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


def measure(site: Site, runs: int) -> dict[str, Any]:
    """Return the seconds of each page and of its parts, those too that a way through others leads to."""
    found: dict[str, dict[str, Any]] = {}
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        visitor = chromium.Visitor(browser, site, language="fr", width=1280)
        met, seen = Met(visitor), set[str]()
        for name, way in (*pages.every(), *FURTHER.items()):
            path = way if isinstance(way, str) else reached(visitor, way)
            if path and path in seen:
                continue
            seen.add(path)
            met.look()
            found[name] = line(visitor, path, runs) if path else {"path": "", "status": 0}
            if "server" in found[name]:
                met.known.add(kind_of(path))
            met.look()
        for name, path, part in met.rest():
            if path not in seen:
                found[name] = line(visitor, path, runs, part=part)
                met.look()
        found["live-count"] = {"server": live_count(visitor, runs)}
        untimed = unmet(visitor, met.known)
        browser.close()
    return {"pages": found, "acts": met.acts, "over": over(found), "untimed": untimed}


def line(visitor: chromium.Visitor, path: str, runs: int, *, part: bool = False) -> dict[str, Any]:
    """Return the seconds of one address: at the server, and, of a whole page, in the browser."""
    print(path, file=sys.stderr, flush=True)  # how far it is
    request, headers = visitor.context.request, {"HX-Request": "true"} if part else {}
    answer = request.get(path, headers=headers)
    if answer.status not in {200, 204}:
        return {"path": path, "status": answer.status}
    told: dict[str, Any] = {"path": path, "server": timed(runs, lambda: request.get(path, headers=headers).body())}
    if not part and answer.headers.get("content-type", "").startswith("text/html"):
        told["browser"] = settled(visitor, path, runs)
    return told


def settled(visitor: chromium.Visitor, path: str, runs: int) -> float:
    """Return the median of the seconds from navigation until the last answer the page waited for, after one run."""
    page, heard = visitor.page, [0.0]

    def hear(_: object) -> None:
        heard[0] = time.perf_counter()

    events: tuple[Any, ...] = ("load", "requestfinished", "requestfailed")
    for event in events:
        page.on(event, hear)
    found = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        page.goto(path, wait_until="networkidle")
        found.append(heard[0] - start)
    for event in events:
        page.remove_listener(event, hear)
    return round(statistics.median(found[1:]), 3)


def over(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what takes longer than asked, or does not answer."""
    asked = {name: LIVE if name == "live-count" else SERVER for name in found}
    return {
        name: told
        for name, told in found.items()
        if told.get("server", 9) > asked[name] or told.get("browser", 0) > BROWSER
    }


def reached(visitor: chromium.Visitor, way: Callable[[chromium.Visitor], None]) -> str:
    """Return the address a way through the pages ends at; "" where this base has nothing of the kind."""
    visitor.page.set_default_timeout(5000)
    try:
        way(visitor)
    except (PlaywrightError, AssertionError):
        return ""
    finally:
        visitor.page.set_default_timeout(30_000)
    url = visitor.page.url
    return url.removeprefix(visitor.site.url) if url.startswith(visitor.site.url) else ""


def live_count(visitor: chromium.Visitor, runs: int) -> float:
    """Return the seconds of the segment builder's count of a condition that reads the history."""
    page = visitor.go("/segments/new")
    headers = {
        "X-CSRFToken": page.locator("[name=csrfmiddlewaretoken]").first.input_value(),
        "HX-Request": "true",
        "Referer": f"{visitor.site.url}/segments/new",
    }
    form: dict[str, str | float | bool] = {
        "view": "builder",
        "title": "Quiet",
        "name": "quiet",
        "condition": json.dumps(CONDITION),
    }

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
    print(json.dumps({"machine": machine, "size": arguments.size, **found}, indent=2))


if __name__ == "__main__":
    main()
