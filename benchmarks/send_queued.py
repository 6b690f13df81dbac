"""Does a longer queue slow the sending down? Mails a second with 10,000, 100,000 and 1,000,000 messages due.

    apt-get install postfix   (smtp-sink)
    .venv/bin/python -m benchmarks.send_queued --queued 10000 100000 1000000 --seconds 8

Two workers send for some seconds from each queue, as `benchmarks.send` does without DKIM. Prints JSON: mails a second and the
most memory one worker took.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from benchmarks.send import NOW, crowd_of, forked, installation, sink, template

SEED = 10_000
TABLES = {
    "contact": "uuid = gen_random_uuid()",
    "contact_point": "contact_id = contact_id + %(more)s, value = 'anna' || (contact_id + %(more)s) || '@example.org'",
    "consent": "contact_id = contact_id + %(more)s",
    "message": "contact_id = contact_id + %(more)s, uuid = gen_random_uuid()",
}


def fill(queued: int) -> None:
    """Put that many people with a message each into an emptied base: ten thousand, then copies of all of them."""
    from tests.delivery.sending import crowd

    from relance.core import database

    crowd_of(min(SEED, queued), crowd)
    there = min(SEED, queued)
    while there < queued:
        take = min(there, queued - there)
        for table, changes in TABLES.items():
            database.execute(f"CREATE TEMP TABLE copied AS SELECT * FROM {table} WHERE id <= {take}")
            database.execute(f"UPDATE copied SET id = id + {there}, {changes % {'more': there}}")
            database.execute(f"INSERT INTO {table} SELECT * FROM copied")
            database.execute("DROP TABLE copied")
        there += take
    for table in TABLES:
        database.execute(f"VACUUM ANALYZE {table}")


def measured(queued: int, seconds: float) -> dict[str, Any]:
    """Return how fast two workers send from a queue of that length."""
    from django.conf import settings
    from django.db import connections
    from tests.delivery.sending import published

    from relance.delivery import dispatch
    from relance.outbox.models import Message
    from relance.settings import Settings

    published(NOW, template())
    fill(queued)
    connections.close_all()
    with sink() as port:
        settings.RELANCE = Settings(**settings.RELANCE.model_dump() | {"smtp_url": f"smtp://127.0.0.1:{port}"})

        def work(_number: int) -> None:
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0 and dispatch.dispatch(NOW, seconds=left).handled:
                pass

        took, memory = forked(work)
    sent = Message.objects.filter(state="sent").count()
    connections.close_all()
    return {"queued": queued, "sent": sent, "per_second": round(sent / took), "memory_mb": round(memory / 1e6)}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queued", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--seconds", type=float, default=8)
    asked = parser.parse_args()
    with installation():
        print(json.dumps([measured(queued, asked.seconds) for queued in asked.queued], indent=2))


if __name__ == "__main__":
    main()
