"""Running a command as the program does, without a process of its own: what it printed, and the exit code."""

import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from relance.cli import main as program
from relance.core import database


@dataclass(frozen=True)
class Ran:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class Runner:
    """Runs `relance` in this process, on the database and folder of the test."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.patch, self.capture = patch, capture
        for name in ("start", "migrate"):
            patch.setattr(database, name, lambda: None)  # the test's own database is open already
        patch.setattr(database, "exists", lambda: True)
        patch.setattr(program, "_logs", lambda: None)
        patch.setenv("COLUMNS", "200")

    def __call__(self, *arguments: object) -> Ran:
        self.patch.setattr(sys, "argv", ["relance", *map(str, arguments)])
        self.capture.readouterr()
        with pytest.raises(SystemExit) as left:
            program.main()
        told = self.capture.readouterr()
        return Ran(int(left.value.code or 0), told.out, told.err)
