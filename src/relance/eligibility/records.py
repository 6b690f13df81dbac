"""Verdicts written down, and how many of each kind there were."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from relance.core import database
from relance.eligibility.facts import Facts
from relance.eligibility.verdicts import Verdict

COPY = "COPY verdict (message_id, contact_id, at, decision, code, until, details) FROM STDIN"
COUNT = """
    INSERT INTO verdict_count (day, journey_id, channel, purpose, decision, code, verdicts)
    SELECT %s::date, * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
    ON CONFLICT (day, journey_id, channel, purpose, decision, code) DO UPDATE SET verdicts = verdict_count.verdicts + EXCLUDED.verdicts
"""


def store(known: Sequence[Facts], verdicts: Mapping[int, Verdict], now: datetime) -> None:
    """Write the verdicts down and count them, in one transaction."""
    at = _instant(now)
    rows = [_row(fact, verdicts[fact.message_id], at) for fact in known]
    counts = Counter(_kind(fact, verdicts[fact.message_id]) for fact in known)
    ordered = sorted((*kind, number) for kind, number in counts.items())  # workers meet the rows in one order
    with transaction.atomic():
        with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            copy.write("".join(rows))
        database.execute(COUNT, [day_of(now), *map(list, zip(*ordered, strict=True))])


def _row(fact: Facts, verdict: Verdict, at: str) -> str:
    """Return a line of COPY's text format."""
    until = "\\N" if verdict.until is None else _instant(verdict.until)
    details = _details(tuple(verdict.details.items())) if verdict.details else "{}"
    return f"{fact.message_id}\t{fact.contact_id}\t{at}\t{verdict.decision}\t{verdict.code}\t{until}\t{details}\n"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


@lru_cache(maxsize=4096)
def _details(items: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(dict(items)).replace("\\", "\\\\")


def _kind(fact: Facts, verdict: Verdict) -> tuple[int, str, str, str, str]:
    return fact.journey_id or 0, fact.channel, fact.purpose, verdict.decision, verdict.code


def day_of(now: datetime) -> date:
    """Return the day verdicts of an instant are counted under: the installation's."""
    return now.astimezone(ZoneInfo(settings.RELANCE.time_zone)).date()


def counts(
    since: date, until: date, *, journey_id: int | None = None, purpose: str = "", channel: str = ""
) -> list[dict[str, object]]:
    """Return how many verdicts of each kind were given from a day to another, both included, the most frequent first."""
    found = database.rows(
        """
        SELECT decision, code, channel, purpose, sum(verdicts)::bigint FROM verdict_count
        WHERE day BETWEEN %(since)s AND %(until)s AND (%(journey)s::bigint IS NULL OR journey_id = %(journey)s)
          AND %(purpose)s IN ('', purpose) AND %(channel)s IN ('', channel)
        GROUP BY decision, code, channel, purpose ORDER BY 5 DESC, 1, 2, 3, 4
        """,
        {"since": since, "until": until, "journey": journey_id, "purpose": purpose, "channel": channel},
    )
    names = ("decision", "code", "channel", "purpose", "verdicts")
    return [dict(zip(names, row, strict=True)) for row in found]


def daily(since: date, until: date, *, purpose: str = "", channel: str = "") -> dict[date, dict[str, int]]:
    """Return how many verdicts of each decision (allow, defer, block) were given on each day of these, oldest first."""
    found: dict[date, dict[str, int]] = {
        since + timedelta(days=number): {"allow": 0, "defer": 0, "block": 0}
        for number in range((until - since).days + 1)
    }
    for day, decision, verdicts in database.rows(
        """
        SELECT day, decision, sum(verdicts)::bigint FROM verdict_count
        WHERE day BETWEEN %(since)s AND %(until)s AND %(purpose)s IN ('', purpose) AND %(channel)s IN ('', channel)
        GROUP BY 1, 2
        """,
        {"since": since, "until": until, "purpose": purpose, "channel": channel},
    ):
        found[day][decision] = verdicts
    return found


def first_since(day: date) -> int:
    """Return the id of the first verdict of a day or after it, by halving: ids grow with time."""
    at = datetime.combine(day, time(), ZoneInfo(settings.RELANCE.time_zone))
    ((low, high),) = database.rows("SELECT coalesce(min(id), 0), coalesce(max(id), 0) + 1 FROM verdict")
    while low < high:
        middle = (low + high) // 2
        found = database.rows("SELECT id, at FROM verdict WHERE id >= %s ORDER BY id LIMIT 1", [middle])
        if not found or found[0][1] >= at:
            high = middle
        else:
            low = found[0][0] + 1
    return int(low)
