"""A short storm; `benchmarks/crash.py` runs the long one."""

import json
import subprocess
import sys

import pytest

from tests.crash.storm import ROOT

pytestmark = pytest.mark.slow


def test_nothing_is_sent_twice_or_lost_and_every_doubt_is_listed() -> None:
    command = [
        sys.executable,
        "-m",
        "tests.crash.storm",
        "--messages",
        "500",
        "--kills",
        "5",
        "--restarts",
        "2",
        "--cuts",
        "10",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found["blows"] == {"kills": 5, "restarts": 2}
    for fault in ("twice", "lost", "sent but never received", "received but neither sent nor in doubt"):
        assert found[fault] == 0, found
    assert found["in doubt"] == found["in doubt and listed"] == found["states"]["unknown"] > 0
    assert found["states"]["sent"] + found["states"]["unknown"] == 500
    assert found["events of sends"] == found["states"]["sent"]
