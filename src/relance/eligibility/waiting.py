"""What waits at the gate, why, and until when: messages it put off, by reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from relance.core import database

DAY, WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class Waiting:
    """Messages put off for one reason: how many are asked about again within a day, a week, later; the first and the last."""

    code: str
    messages: int
    within_day: int
    within_week: int  # after the first day
    later: int
    first: datetime
    last: datetime


def waiting(now: datetime, *, purpose: str = "", channel: str = "") -> list[Waiting]:
    """Return what waits, the most frequent reason first; of one purpose or channel where named."""
    return [
        Waiting(*row)
        for row in database.rows(
            """
            SELECT split_part(split_part(reason, ':', 1), ' ', 1), count(*), count(*) FILTER (WHERE not_before < %(day)s),
                   count(*) FILTER (WHERE not_before >= %(day)s AND not_before < %(week)s),
                   count(*) FILTER (WHERE not_before >= %(week)s), min(not_before), max(not_before)
            FROM message WHERE state = 'deferred' AND %(purpose)s IN ('', purpose) AND %(channel)s IN ('', channel)
            GROUP BY 1 ORDER BY 2 DESC, 1
            """,
            {"day": now + DAY, "week": now + WEEK, "purpose": purpose, "channel": channel},
        )
    ]
