"""Old points of the charts are thinned and old hours added up to days; no evidence rests on either.

Evidence is worked out anew from the cohorts of the last `watched_days` (85 at most) and of a journey's first hour, which
stays. Points are only drawn.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from relance.core import database
from relance.eligibility.breaker.counting import COUNTED

MOST, FRESH, DRAWN = (
    1_000,
    200,
    300,
)  # points of a scope before it is thinned; its newest, which stay; the others' number
HOURLY = timedelta(days=400)  # cohorts stay hours for so long: a year can be compared with the one before


def run(now: datetime) -> int:
    """Thin the points of scopes that have more than `MOST`, add hours up to days; return the rows that went. Nightly."""
    return _points() + _cohorts(now)


def _points() -> int:
    """Keep the newest `FRESH` of a scope and, of `DRAWN` equal stretches of the others, where the evidence stood highest."""
    return database.execute(
        """
        DELETE FROM breaker_point USING (
            SELECT id, row_number() OVER (PARTITION BY scope_id, stretch ORDER BY evidence - threshold DESC, id) AS place
            FROM (
                SELECT p.*, width_bucket(
                    row_number() OVER (PARTITION BY scope_id ORDER BY p.at, id), 1, many - %(fresh)s + 1, %(drawn)s
                ) AS stretch
                FROM breaker_point p JOIN (
                    SELECT scope_id, count(*) AS many FROM breaker_point GROUP BY 1 HAVING count(*) > %(most)s
                ) AS full_scope USING (scope_id)
            ) AS numbered
            WHERE stretch <= %(drawn)s
        ) AS ranked
        WHERE breaker_point.id = ranked.id AND place > 1
        """,
        {"most": MOST, "fresh": FRESH, "drawn": DRAWN},
    )


def _cohorts(now: datetime) -> int:
    """Make one row of a day's hours, at the first of them."""
    names = ("sends", "told", *COUNTED)
    same = "c.journey_id = d.journey_id AND c.sender = d.sender AND c.provider = d.provider"
    return int(
        database.rows(
            f"""
            WITH day AS (
                SELECT journey_id, sender, provider, min(cohort) AS first, max(cohort) AS last,
                       {", ".join(f"sum({name}) AS {name}" for name in names)}
                FROM breaker_cohort WHERE cohort < date_trunc('day', %s::timestamptz, 'UTC')
                GROUP BY journey_id, sender, provider, date_trunc('day', cohort, 'UTC') HAVING count(*) > 1
            ), added AS (
                UPDATE breaker_cohort c SET {", ".join(f"{name} = d.{name}" for name in names)}
                FROM day d WHERE {same} AND c.cohort = d.first
            ), gone AS (
                DELETE FROM breaker_cohort c USING day d
                WHERE {same} AND c.cohort > d.first AND c.cohort <= d.last RETURNING c.id
            )
            SELECT count(*) FROM gone
            """,
            [now - HOURLY],
        )[0][0]
    )
