"""How long the curves of silence take to make for a large base, and how long the slider takes to answer from what is kept.

    .venv/bin/python -m benchmarks.silences --size 1000000 --events 20 --runs 5

Prints JSON. Invented people and events, in a data folder of their own that is deleted afterwards: purchases of buyers
with three rhythms among visits and mails. Asked: the slider within 0.3 s, the curves within 3 s.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NOW = datetime(2026, 7, 27, 6, 0, tzinfo=UTC)

EVENTS = """
    COPY (
        SELECT contact_id, if(hash(contact_id, n) % 4 = 0, 'order_placed', if(hash(contact_id, n) % 4 = 1, 'message_clicked', 'message_delivered')) AS type,
               TIMESTAMPTZ '{now}' - to_seconds((86400 * (1 + (hash(contact_id, 7, n) % 1825) * (1 + contact_id % 3) / 3))::BIGINT) AS occurred_at
        FROM range(1, {size} + 1) c(contact_id), range({events}) e(n)
    ) TO '{folder}/events.parquet' (FORMAT parquet)
"""
PROFILES = """
    COPY (
        SELECT contact_id, ['ecommerce', 'b2b', 'subscription', 'newsletter'][1 + contact_id % 4] AS policy, count(bought) AS orders,
               if(max(bought) < TIMESTAMPTZ '{now}' - INTERVAL 365 DAY, 'dormant', 'active') AS state, 50.0 * count(bought) AS revenue,
               date_diff('day', min(bought), max(bought)) AS recency, max(bought) AS last_purchase_at, max(occurred_at) AS last_engagement_at
        FROM (SELECT *, if(type = 'order_placed', occurred_at, NULL) AS bought FROM '{folder}/events.parquet') GROUP BY 1
    ) TO '{profiles}' (FORMAT parquet)
"""


def seconds(work: Callable[[], Any]) -> float:
    """Return how long the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measured(size: int, events: int, runs: int) -> dict[str, Any]:
    """Return the seconds of making the curves, and of the slider's answers."""
    from relance.core import database, place
    from relance.dormancy import returning, scoring, threshold
    from relance.events import engine
    from relance.intake import sources

    database.start()
    with database.scratch():
        sources.cover(
            sources.source_id("shop", NOW),
            {"order_placed": NOW - timedelta(days=2000), "message_clicked": NOW - timedelta(days=2000)},
        )
        profiles, folder = scoring.profiles_path(), place.folder("benchmark")
        profiles.parent.mkdir(parents=True, exist_ok=True)
        con = engine.connect()
        filled = {"now": NOW.isoformat(), "size": size, "events": events, "folder": folder, "profiles": profiles}
        con.execute(EVENTS.format(**filled))
        con.execute(PROFILES.format(**filled))
        con.execute(f"CREATE VIEW events AS FROM '{folder}/events.parquet'")
        curves = [seconds(lambda: returning.refresh(con, NOW)) for _ in range(runs)]
        answers = [seconds(lambda days=days: threshold.at("ecommerce", days)) for days in range(0, 1095, 5)]
        summary = [seconds(threshold.summary) for _ in range(runs)]
        con.close()
    return {
        "curves_seconds": {"median": statistics.median(curves), "all": curves, "asked": 3.0},
        "slider_seconds": {"median": statistics.median(answers), "slowest": max(answers), "asked": 0.3},
        "summary_seconds": {"median": statistics.median(summary)},
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="relance-silences-") as folder:
        os.environ |= {"RELANCE_DATA": str(Path(folder) / "data"), "DJANGO_SETTINGS_MODULE": "relance.settings"}
        import django

        django.setup()
        found = measured(chosen.size, chosen.events, chosen.runs)
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    json.dump(
        {"machine": machine, "contacts": chosen.size, "events": chosen.size * chosen.events, **found},
        sys.stdout,
        indent=2,
    )
    print()


if __name__ == "__main__":
    main()
