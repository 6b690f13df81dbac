"""Workers that send what is due, on a clock that runs faster than ours; the one that falls is started anew, as a service would.

`python -m tests.crash.workers NUMBER URL BEGUN` forks them, so that what takes a second, the imports, is done once. It writes a
line for each that starts or ends.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import django
import structlog

django.setup()
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))

from django.conf import settings  # noqa: E402

from relance.core import database  # noqa: E402
from relance.core.errors import RelanceError  # noqa: E402
from relance.delivery import dispatch  # noqa: E402
from relance.settings import Settings  # noqa: E402

START = datetime(2026, 7, 27, 8, 0, tzinfo=UTC)
SPEED = 20  # seconds of the workers' clock in one of ours: a lease of five minutes ends after fifteen seconds


def clock(begun: float) -> datetime:
    """Return the workers' instant."""
    return START + timedelta(seconds=(time.time() - begun) * SPEED)


def work(url: str, begun: float) -> None:
    """Send what is due, on and on."""
    settings.RELANCE = Settings(**settings.RELANCE.model_dump() | {"smtp_url": url, "batch": 200})
    database.start()
    while True:
        if not dispatch.run(clock(begun)):
            time.sleep(random.uniform(0.05, 0.2))


def fork(url: str, begun: float) -> int:
    """Start one worker and return its pid."""
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        work(url, begun)
    except RelanceError as error:
        sys.stderr.write(f"worker: {error}\n")
    except Exception as error:
        sys.stderr.write(f"worker: {type(error).__name__}: {error}\n")
        if "--traces" in sys.argv:
            traceback.print_exc()
    os._exit(1)


def main(number: str, url: str, begun: str) -> None:
    """Keep the workers going until told to stop."""
    living: set[int] = set()
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True
        end()

    def end() -> None:
        for pid in list(living):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    while not stopping or living:
        while not stopping and len(living) < int(number):
            pid = fork(url, float(begun))
            living.add(pid)
            _tell({"started": pid})
        if stopping:
            end()  # the one forked while the order came
        pid, status = os.wait()
        living.discard(pid)
        code = os.waitstatus_to_exitcode(status)
        _tell({"ended": pid, "code": code})
        if code > 0:
            time.sleep(0.2)  # what stood in its way may stand there yet


def _tell(line: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:4])
