"""What the sender's rates were, and what they would have been without the people who were silent already.

Who counts as silent is settled before the window begins: people are silent today *because* they did not click, so leaving out
today's silent people would raise the clicks of the rest by definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb

from relance.core import database
from relance.core.durations import Duration
from relance.dormancy import flows, untold
from relance.events import engine
from relance.feedback import loops
from relance.intake import coverage
from relance.measurement import bill_intervals, mail_rates
from relance.measurement.mail_rates import RateSums

WINDOW = Duration(90, "day")
SIGNALS = {  # each with what it is a share of
    "delivered": "answered",
    "hard_bounced": "answered",
    "clicked": "delivered",
    "unsubscribed": "delivered",
    "complained": "delivered_where_complaints_are_told",
}
TOLD_BY = {"hard_bounced": "bounced"}

# Each person's mails, and whether she was silent before the window; an answer counts once per mail, a machine's never.
_PER_PERSON = """
    CREATE OR REPLACE TEMP TABLE mailed AS WITH mail AS (
        SELECT contact_id, type, coalesce(json_extract_string(properties, '$.message'), nullif(split_part(reference, '/', 1), ''),
               import_file || import_line) AS message, properties
        FROM events
        WHERE type IN ('message_delivered', 'message_bounced', 'message_clicked', 'message_unsubscribed', 'message_complained')
              AND occurred_at > $since AND occurred_at <= $now AND coalesce(channel, 'email') = 'email'
    )
    SELECT coalesce(any_value(standing.state) IN {quiet}, false) AS silent, contact_id,
           count(*) FILTER (type = 'message_delivered') AS delivered,
           count(*) FILTER (type IN ('message_delivered', 'message_bounced')) AS answered,
           count(*) FILTER (type = 'message_bounced' AND json_extract_string(properties, '$.kind') = 'hard') AS hard_bounced,
           count(DISTINCT message) FILTER (type = 'message_clicked'
               AND coalesce(json_extract_string(properties, '$.machine'), 'false') <> 'true') AS clicked,
           count(DISTINCT message) FILTER (type = 'message_unsubscribed') AS unsubscribed,
           count(DISTINCT message) FILTER (type = 'message_complained') AS complained,
           count(*) FILTER (type = 'message_delivered' AND telling.contact_id IS NOT NULL) AS delivered_where_complaints_are_told
    FROM mail LEFT JOIN standing USING (contact_id) LEFT JOIN telling USING (contact_id) GROUP BY contact_id
"""
_STOOD = f"SELECT state, count(*) FROM standing WHERE state NOT IN {flows.COMERS!r} GROUP BY 1"
_MAILED = "SELECT silent, count(*), sum(delivered) FROM mailed GROUP BY 1"
_SUMS = """
    SELECT silent, {sums} FROM mailed GROUP BY 1
"""


def read(con: duckdb.DuckDBPyConnection, now: datetime, known_since: datetime | None) -> dict[str, Any]:
    """Return the rates of the last 90 days: of all mails, and of those to people who were not silent when it began.

    `told_until`: until when mails were told of, where they no longer are; `untold`: of how many people nobody can tell
    whether they were silent then. What is unknown by either has neither people nor mails, and no rate.
    """
    since = WINDOW.before(now)
    source = flows.standing(con, since, known_since)
    engine.load(con, "telling", _telling())
    con.execute(_PER_PERSON.format(quiet=flows.QUIET), {"since": since, "now": now})
    mails = {bool(silent): (people, int(sent)) for silent, people, sent in con.execute(_MAILED).fetchall()}
    signals = {name: _sums(con, name, whole) for name, whole in SIGNALS.items()}
    known, unknown = told(), untold.people(dict(con.execute(_STOOD).fetchall()))
    until = coverage.ended(now).get("message_delivered")
    over = until is not None and until < since
    groups = {"all": (True, False), "without": (False,), "silent": (True,)}
    return {
        "since": since.isoformat(),
        "source": source,
        "told_until": until.isoformat() if until else None,
        "untold": unknown,
        **{
            group: _nothing() if over or (unknown and group != "all") else _group(who, mails, signals, known)
            for group, who in groups.items()
        },
        "spoiled": {
            name: _spoiled(signals[name]) if name in known and not (over or unknown) else None for name in SIGNALS
        },
    }


def _sums(con: duckdb.DuckDBPyConnection, name: str, whole: str) -> dict[bool, RateSums]:
    """Return what a signal's rates rest on, of the silent (True) and of the rest."""
    query = _SUMS.format(sums=mail_rates.sums_sql(name, whole))
    found = {bool(silent): RateSums.of(figures) for silent, *figures in con.execute(query).fetchall()}
    return {silent: found.get(silent, RateSums()) for silent in (True, False)}


def _group(
    who: Sequence[bool], mails: dict[bool, tuple[int, int]], signals: dict[str, dict[bool, RateSums]], known: set[str]
) -> dict[str, Any]:
    """Return people, mails, and each signal with what it is a share of and its interval.

    None where nothing tells of a signal, a share of None where there was no mail.
    """
    people, delivered = (sum(mails.get(silent, (0, 0))[place] for silent in who) for place in (0, 1))
    rated = {
        name: _rate(sum((sums[silent] for silent in who[1:]), sums[who[0]])) if name in known else None
        for name, sums in signals.items()
    }
    return {"people": people, "mails": delivered, **rated}


def _nothing() -> dict[str, Any]:
    """Return a group of which nothing is known."""
    return {"people": None, "mails": None, **dict.fromkeys(SIGNALS)}


def _rate(sums: RateSums) -> dict[str, Any]:
    count, whole = int(sums.events), int(sums.mails)
    # More answers than mails: those to mails of before the window.
    found = mail_rates.rate(sums) if count <= whole else None
    return {
        "count": count,
        "of": whole,
        "share": count / whole if whole else None,
        "interval": [found.interval.low, found.interval.high] if found else None,
    }


def _spoiled(sums: dict[bool, RateSums]) -> dict[str, Any] | None:
    """Return the rate of all mails minus the rate without the silent; None where either side got no mail."""
    if any(one.events > one.mails for one in sums.values()):
        return None
    found = bill_intervals.spoiled(sums[True], sums[False])
    return {"difference": found.value, "interval": [found.interval.low, found.interval.high]} if found else None


def _telling() -> str:
    """Return PostgreSQL's query of the people whose mailbox provider tells of complaints."""
    patterns = ", ".join("'" + pattern.replace("'", "''") + "'" for pattern in loops.patterns())
    heard = f"split_part(value, '@', 2) LIKE ANY(ARRAY[{patterns}])" if patterns else "false"
    return f"SELECT DISTINCT contact_id FROM contact_point WHERE channel = 'email' AND {heard}"


def told() -> set[str]:
    """Return the signals that some source or warehouse, or Relance itself, tells of."""
    covered = coverage.begun()
    ((own,),) = database.rows("SELECT EXISTS (SELECT 1 FROM message WHERE sent_at IS NOT NULL)")
    return {name for name in SIGNALS if own or f"message_{TOLD_BY.get(name, name)}" in covered}


# People with an e-mail address who were there at the beginning, and those whose address was said dead since.
_DEAD = """
    SELECT count(*), count(dead.contact_id) FROM addressed LEFT JOIN (
        SELECT DISTINCT contact_id FROM events WHERE type = 'message_bounced' AND occurred_at > $since AND occurred_at <= $now
               AND json_extract_string(properties, '$.kind') = 'hard' AND coalesce(channel, 'email') = 'email'
    ) dead USING (contact_id)
"""

_ADDRESSED = """
    SELECT DISTINCT contact_id FROM contact_point JOIN contact ON contact.id = contact_id
    WHERE channel = 'email' AND first_seen_at <= '{since}' AND erased_at IS NULL
"""


def dead_addresses(con: duckdb.DuckDBPyConnection, since: datetime, now: datetime) -> dict[str, Any] | None:
    """Return which share of the addresses of then has bounced for good since; None where no source tells of bounces."""
    if "hard_bounced" not in told():
        return None
    engine.load(con, "addressed", _ADDRESSED.format(since=since.isoformat()))
    then, dead = con.execute(_DEAD, {"since": since, "now": now}).fetchone() or (0, 0)
    return {"then": then, "dead": dead, "share": dead / then if then else None}
