"""Thousands of messages sent by workers that are killed, over a server that hangs up, from a database that falls and a disk that fills.

`python -m tests.crash.storm --messages 20000 --kills 100 --restarts 3 --full` makes an installation of its own, and prints what
it did and what it found as JSON. The questions: was a message received twice, was one lost, is every doubt listed?
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SHARE = 0.9  # of the messages by which the last blow has fallen
LONGEST = 1800  # seconds after which a storm is given up


class Lines:
    """A process that tells what it does, a line of JSON each."""

    def __init__(self, *command: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.told: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.append(json.loads(line))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def disk(full: bool) -> Iterator[Path]:
    """A folder for the installation; one of its own disk of 1.5 GB where that is to fill up."""
    folder = Path(tempfile.mkdtemp(prefix="relance-storm-"))
    try:
        if full:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1536m,mode=700", "tmpfs", str(folder)], check=True)
        yield folder
    finally:
        if full:
            subprocess.run(["umount", "-l", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


class Storm:
    """What is thrown at the workers, and how often it was."""

    def __init__(self, folder: Path, recorder: Lines, workers: Lines, seed: int) -> None:
        self.folder, self.recorder, self.workers = folder, recorder, workers
        self.draw = random.Random(seed)
        self.blows: Counter[str] = Counter()

    def received(self) -> int:
        return sum("to" in line for line in list(self.recorder.told))

    def living(self) -> list[int]:
        told = list(self.workers.told)
        ended = {line["ended"] for line in told if "ended" in line}
        return [line["started"] for line in told if "started" in line and line["started"] not in ended]

    def kill(self) -> None:
        """Kill -9 a worker, wherever it is."""
        time.sleep(self.draw.uniform(0, 0.3))
        living = self.living()
        if living:
            with suppress(ProcessLookupError):
                os.kill(self.draw.choice(living), signal.SIGKILL)
                self.blows["kills"] += 1

    def restart(self) -> None:
        """Fell the database: its head is killed, or told to stop at once; the next worker that asks starts it anew."""
        pid = int((self.folder / "data/postgres/cluster/postmaster.pid").read_text().split()[0])
        hard = self.blows["restarts"] % 2
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL if hard else signal.SIGQUIT)
            self.blows["restarts"] += 1

    def fill(self) -> None:
        """Fill the disk for some seconds."""
        ballast = self.folder / "ballast"
        with suppress(OSError), ballast.open("wb") as file:
            while True:
                file.write(b"\0" * 1_000_000)
        time.sleep(4)
        ballast.unlink()
        self.blows["disk full"] += 1


def plan(kills: int, restarts: int, *, full: bool, messages: int, draw: random.Random) -> list[tuple[int, str]]:
    """Return after how many mails received each blow falls."""
    last = int(messages * SHARE)
    blows = [(draw.randrange(1, last), "kill") for _ in range(kills)]
    blows += [(last * (number + 1) // (restarts + 1), "restart") for number in range(restarts)]
    return sorted(blows + ([(last * 3 // 8, "fill")] if full else []))


def weather(storm: Storm, blows: list[tuple[int, str]], begun: float) -> None:
    """Let the blows fall when it is their turn."""
    for at, blow in blows:
        while storm.received() < at:
            if time.time() - begun > LONGEST:
                raise AssertionError(f"stuck: {storm.received()} received, {dict(storm.blows)}")
            time.sleep(0.02)
        getattr(storm, blow)()


def main() -> None:
    """Run a storm and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("messages", 20_000), ("workers", 4), ("kills", 100), ("restarts", 3), ("seed", 20260727)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--cuts", type=float, default=2.0, help="connections cut, of a thousand mails")
    parser.add_argument("--full", action="store_true", help="fill the disk once (root: it gets a disk of its own)")
    asked = parser.parse_args()
    with disk(asked.full) as folder:
        for name in [name for name in os.environ if name.startswith("RELANCE_")]:
            del os.environ[name]  # above all RELANCE_DURABLE, which tests turn off
        os.environ.update(
            RELANCE_DATA=str(folder / "data"), RELANCE_LANGUAGE="en", RELANCE_SECRET_KEY="a key of the storm's own",
            DJANGO_SETTINGS_MODULE="relance.settings", RELANCE_LOG_LEVEL="ERROR",
        )  # fmt: skip
        sys.stdout.write(json.dumps(run(asked, folder), indent=2) + "\n")


def run(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Make the installation, let the storm pass over it, and return what it left."""
    import django

    django.setup()
    from relance.core import database
    from tests.crash import left
    from tests.crash.workers import START
    from tests.delivery.sending import crowd

    database.start()
    database.migrate()
    crowd(asked.messages, START)
    left.close()
    begun = time.time()
    recorder = Lines("tests.crash.recorder", str(asked.cuts), str(asked.seed))
    while not recorder.told:
        time.sleep(0.02)
    url = f"smtp://127.0.0.1:{recorder.told[0]['port']}"
    workers = Lines("tests.crash.workers", str(asked.workers), url, str(begun))
    storm = Storm(folder, recorder, workers, asked.seed)
    try:
        blows = plan(asked.kills, asked.restarts, full=asked.full, messages=asked.messages, draw=storm.draw)
        weather(storm, blows, begun)
        while left.open_messages() and time.time() - begun < LONGEST:
            time.sleep(0.5)
    finally:
        workers.stop()
        recorder.stop()
    return left.found(asked.messages, storm, time.time() - begun)


if __name__ == "__main__":
    main()
