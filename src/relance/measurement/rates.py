"""What the sender's rates were, and what they would have been without the people who were silent already.

Who counts as silent is settled before the window begins: people are silent today *because* they did not click, so leaving out
today's silent people would raise the clicks of the rest by definition.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb

from relance.core import database
from relance.core.durations import Duration
from relance.dormancy import flows
from relance.events import engine, warehouse
from relance.feedback import loops
from relance.intake import sources

WINDOW = Duration(90, "day")
SIGNALS = {  # each with what it is a share of
    "delivered": "answered",
    "hard_bounced": "answered",
    "clicked": "delivered",
    "unsubscribed": "delivered",
    "complained": "delivered_where_complaints_are_told",
}
TOLD_BY = {"hard_bounced": "bounced"}

# Mails by whether their reader was silent before the window; an answer counts once per mail, a machine's never.
_COUNTS = """
    WITH mail AS (
        SELECT contact_id, type, coalesce(json_extract_string(properties, '$.message'), nullif(split_part(reference, '/', 1), ''),
               import_file || import_line) AS message, properties
        FROM events
        WHERE type IN ('message_delivered', 'message_bounced', 'message_clicked', 'message_unsubscribed', 'message_complained')
              AND occurred_at > $since AND occurred_at <= $now AND coalesce(channel, 'email') = 'email'
    )
    SELECT coalesce(standing.state IN {quiet}, false) AS silent, count(DISTINCT mail.contact_id),
           count(*) FILTER (type = 'message_delivered'),
           count(*) FILTER (type = 'message_bounced'),
           count(*) FILTER (type = 'message_bounced' AND json_extract_string(properties, '$.kind') = 'hard'),
           count(DISTINCT (mail.contact_id, message)) FILTER (type = 'message_clicked'
               AND coalesce(json_extract_string(properties, '$.machine'), 'false') <> 'true'),
           count(DISTINCT (mail.contact_id, message)) FILTER (type = 'message_unsubscribed'),
           count(DISTINCT (mail.contact_id, message)) FILTER (type = 'message_complained'),
           count(*) FILTER (type = 'message_delivered' AND telling.contact_id IS NOT NULL)
    FROM mail LEFT JOIN standing USING (contact_id) LEFT JOIN telling USING (contact_id) GROUP BY 1
"""
_NAMES = (
    "people", "delivered", "bounced", "hard_bounced", "clicked", "unsubscribed", "complained",
    "delivered_where_complaints_are_told",
)  # fmt: skip


def read(con: duckdb.DuckDBPyConnection, now: datetime, known_since: datetime | None) -> dict[str, Any]:
    """Return the rates of the last 90 days: of all mails, and of those to people who were not silent when it began."""
    since = WINDOW.before(now)
    source = flows.standing(con, since, known_since)
    engine.load(con, "telling", _telling())
    rows = con.execute(_COUNTS.format(quiet=flows.QUIET), {"since": since, "now": now}).fetchall()
    counts = {bool(silent): dict(zip(_NAMES, figures, strict=True)) for silent, *figures in rows}
    nothing = dict.fromkeys(_NAMES, 0)
    silent, rest = counts.get(True, nothing), counts.get(False, nothing)
    whole = {name: silent[name] + rest[name] for name in _NAMES}
    known = _known()
    return {
        "since": since.isoformat(),
        "source": source,
        "all": _rates(whole, known),
        "without": _rates(rest, known),
        "silent": _rates(silent, known),
    }


def _telling() -> str:
    """Return PostgreSQL's query of the people whose mailbox provider tells of complaints."""
    patterns = ", ".join("'" + pattern.replace("'", "''") + "'" for pattern in loops.patterns())
    told = f"split_part(value, '@', 2) LIKE ANY(ARRAY[{patterns}])" if patterns else "false"
    return f"SELECT DISTINCT contact_id FROM contact_point WHERE channel = 'email' AND {told}"


def _known() -> set[str]:
    """Return the signals that some source or warehouse, or Relance itself, tells of."""
    covered = set(sources.covered_since() | warehouse.covered_since())
    ((own,),) = database.rows("SELECT EXISTS (SELECT 1 FROM message WHERE sent_at IS NOT NULL)")
    return {name for name in SIGNALS if own or f"message_{TOLD_BY.get(name, name)}" in covered}


def _rates(counts: dict[str, int], known: set[str]) -> dict[str, Any]:
    """Return each signal with what it is a share of: None where nothing tells of it, a share of None where there was no mail."""
    counts = counts | {"answered": counts["delivered"] + counts["bounced"]}
    signals = {
        name: {
            "count": counts[name],
            "of": counts[whole],
            "share": counts[name] / counts[whole] if counts[whole] else None,
        }
        if name in known
        else None
        for name, whole in SIGNALS.items()
    }
    return {"people": counts["people"], "mails": counts["delivered"], **signals}


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
    if "hard_bounced" not in _known():
        return None
    engine.load(con, "addressed", _ADDRESSED.format(since=since.isoformat()))
    then, dead = con.execute(_DEAD, {"since": since, "now": now}).fetchone() or (0, 0)
    return {"then": then, "dead": dead, "share": dead / then if then else None}
