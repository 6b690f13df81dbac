"""Processes for tests to kill: `python -m tests.child` reads tasks, one JSON line each, and forks a process for each.

What takes a second, the imports, is done once; what is killed is a process of its own all the same. The pid is answered
first, then how the process ended (as `os.waitstatus_to_exitcode` says it).
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

from relance.core import place  # noqa: E402
from relance.delivery import dispatch as dispatching  # noqa: E402
from relance.events import flush  # noqa: E402
from relance.intake import contacts, events  # noqa: E402
from relance.intake.options import Options  # noqa: E402
from relance.settings import Settings  # noqa: E402


def import_contacts(now: datetime, *files: str) -> None:
    for file in files:
        contacts.load(Path(file), Options(), now)


def import_events(now: datetime, *files: str) -> None:
    for file in files:
        events.load(Path(file), Options(), now)


def flush_daily(now: datetime, days: str) -> None:
    """Flush as on so many days in a row: each has hot rows of its own that grow too old."""
    for day in range(int(days)):
        flush.run(now + timedelta(days=day))


def flush_on_and_on(now: datetime) -> None:
    """Flush until killed."""
    while True:
        flush.run(now)


def dispatch(now: datetime, url: str) -> None:
    """Send what is due to this server, two connections at once."""
    given = settings.RELANCE.model_dump() | {"smtp_url": url, "smtp_connections": 2, "batch": 80}
    settings.RELANCE = Settings(**given)
    dispatching.run(now)


WORK: dict[str, Callable[..., None]] = {
    "import contacts": import_contacts,
    "import events": import_events,
    "flush daily": flush_daily,
    "flush on and on": flush_on_and_on,
    "dispatch": dispatch,
}  # fmt: skip


def work(task: dict[str, str], arguments: list[str]) -> int:
    """Do one task on the database and lake it names; return the exit code."""
    os.dup2(2, 1)  # the pipe is for answers
    connections["default"].settings_dict["NAME"] = task["database"]
    try:
        with place.elsewhere(data=Path(task["data"]), lake=task["lake"]):
            WORK[task["work"]](datetime.fromisoformat(task["now"]), *arguments)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    for line in sys.stdin:
        task, arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(work(task, arguments))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
