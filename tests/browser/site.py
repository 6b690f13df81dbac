"""A real installation for the browser: its own data folder, database, web server and worker, on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import ports

ROOT = Path(__file__).parents[2]
DOOR = "/door-of-the-tests"  # lets a role in without the form


@dataclass(frozen=True)
class Site:
    """An installation that runs."""

    url: str
    folder: Path
    environment: dict[str, str]

    def python(self, *arguments: str) -> str:
        """Run Python on this installation and return what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=1800,
        )
        if done.returncode:
            raise AssertionError(f"{arguments}: {done.stderr[-3000:]}")
        return done.stdout

    @contextmanager
    def alive(self, *arguments: str) -> Iterator[str]:
        """Run Python on this installation until the block ends, which ends its input; the block gets the first line it prints."""
        command = [sys.executable, *arguments]
        with subprocess.Popen(
            command, env=self.environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as program:
            assert program.stdout
            line = program.stdout.readline()
            assert line, f"{arguments} ended at once"
            yield line.strip()
        assert program.returncode == 0, f"{arguments}: {program.returncode}"

    def welcome(self) -> str:
        """Return the address that makes the first administrator."""
        code = "import django; django.setup(); from relance.accounts import invitations; print(invitations.welcome_token())"
        return f"{self.url}/welcome/{self.python('-c', code).strip()}"


@contextmanager
def running(folder: Path, kind: str, **settings: str) -> Iterator[Site]:
    """Make an installation of this kind (see `prepare`), run it, and stop it afterwards."""
    with serving(folder, folder / "data", "-m", "tests.browser.prepare", kind, **settings) as site:
        yield site


@contextmanager
def serving(folder: Path, data: Path, *preparing: str, **settings: str) -> Iterator[Site]:
    """Run Python with `preparing` on the data folder, then its web server and worker; stop them afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    port = ports.free()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RELANCE_")}
    environment = inherited | {
        "RELANCE_DATA": str(data), "RELANCE_PORT": str(port), "RELANCE_DURABLE": "false",
        "RELANCE_BASE_URL": f"http://127.0.0.1:{port}", "DJANGO_SETTINGS_MODULE": "relance.settings", "RELANCE_LOG_LEVEL": "WARNING",
        **settings,
    }  # fmt: skip
    site = Site(f"http://127.0.0.1:{port}", folder, environment)
    site.python(*preparing)
    web = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--blocking-threads", "8", "--no-ws", "--log-level", "warning", "tests.browser.wsgi:application",
    ]  # fmt: skip
    with (folder / "server.log").open("w") as log:
        processes = [
            subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
            for command in (web, [sys.executable, "-m", "tests.browser.worker"])
        ]
        try:
            _wait(site.url, folder)
            yield site
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _wait(url: str, folder: Path) -> None:
    for _ in range(1200):  # two minutes: the machine may be busy
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not answer: {(folder / 'server.log').read_text()[-3000:]}")
