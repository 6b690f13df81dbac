"""Crash suite, long: 20,000 messages, four workers, 100 kills, the database felled three times, connections cut, the disk full once.

`python -m benchmarks.crash [--messages N] [--kills N] [--seed N]`: the options of `tests.crash.storm`, which does it. As root, where a
disk of its own can be mounted (the one that fills); elsewhere everything but that. Prints JSON; leaves with 1 where a message was
received twice or lost, or a doubt is not listed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

FAULTS = ("twice", "lost", "sent but never received", "received but neither sent nor in doubt")


def main() -> None:
    """Run the storm, print its figures, and judge them."""
    full = ["--full"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.storm", *full, *sys.argv[1:]], stdout=subprocess.PIPE, text=True, check=True
    )
    print(done.stdout)
    found = json.loads(done.stdout)
    sound = not any(found[fault] for fault in FAULTS) and found["in doubt"] == found["in doubt and listed"]
    raise SystemExit(0 if sound else 1)


if __name__ == "__main__":
    main()
