"""Starting processes on a test's own database and lake, and killing them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from django.db import connection

from relance.core import place

SOME, KILLS = 4, 20  # in `make test`, and in `make test-long`


@dataclass(frozen=True)
class Nursery:
    """The process of `tests/child.py`, which forks those that are killed."""

    process: "subprocess.Popen[str]"

    def start(self, work: str, now: datetime, *arguments: object) -> int:
        """Start a process on the database and lake in force and return its pid."""
        here = place.current()
        task = {
            "work": work, "now": now.isoformat(), "database": str(connection.settings_dict["NAME"]), "data": str(here.data),
            "lake": here.lake,
        }  # fmt: skip
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([task, [str(argument) for argument in arguments]]) + "\n")
        self.process.stdin.flush()
        return int(self._answer())

    def kill(self, pid: int) -> bool:
        """Kill -9 the process started last; tell whether that ended it (else it had come to its end, and well)."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return self.ended() == -signal.SIGKILL

    def finish(self, work: str, now: datetime, *arguments: object) -> float:
        """Let a process come to its end and return the seconds it took."""
        began = time.monotonic()
        self.start(work, now, *arguments)
        assert self.ended() == 0
        return time.monotonic() - began

    def ended(self) -> int:
        """Wait for the process started last; return how it ended: 0, or -9 where it was killed."""
        status = int(self._answer())
        assert status in {0, -signal.SIGKILL}, "the process failed by itself; its traceback is on stderr"
        return status

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Give what starts processes, until the block ends."""
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "tests.child"]
    with subprocess.Popen(command, cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(params=[SOME, pytest.param(KILLS, marks=pytest.mark.long)])
def kills(request: pytest.FixtureRequest) -> int:
    """How many processes are killed."""
    return int(request.param)


@pytest.fixture
def children(db: None) -> Iterator[Nursery]:
    """Processes to kill, on the test's own database and lake."""
    with nursery() as found:
        yield found


def at_random(draw: Random, seconds: float) -> None:
    """Let a random part of `seconds` pass: the moment of a kill, not a wait for a result."""
    time.sleep(draw.uniform(0, seconds))
