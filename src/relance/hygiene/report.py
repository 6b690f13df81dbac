"""What hygiene found, counted per reason, each count with what it is a part of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from relance.core import database, ids

REASONS = {
    "email": ("syntax", "mistyped", "disposable", "dead_mailbox", "role", "suppressed"),
    "phone": ("number", "landline"),
}
CHANNELS = {"email": ("email",), "phone": ("sms", "phone")}
COUNTS = """
    SELECT reason, count(*) FILTER (WHERE valid IS NOT NULL), count(*) FILTER (WHERE valid), count(*)
    FROM contact_point WHERE channel = ANY(%s) GROUP BY reason
"""
# Suppressions come later than verdicts, so these are counted as they stand now.
SUPPRESSED = """
    SELECT count(*), count(*) FILTER (WHERE point.valid) FROM contact_point AS point
    JOIN suppression ON suppression.channel = 'email' AND suppression.digest = {digest}
    WHERE point.channel = 'email'
"""
CONTACTS = """
    SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
        SELECT 1 FROM contact_point AS point
        WHERE point.contact_id = contact.id AND point.channel = 'email' AND point.valid))
    FROM contact WHERE erased_at IS NULL
"""


def report(now: datetime) -> dict[str, Any]:
    """Return counts per reason with their denominators."""
    ((contacts, unreachable),) = database.rows(CONTACTS)
    ((merged,),) = database.rows("SELECT count(*) FROM contact_alias")
    email, phone = (_channel(name) for name in ("email", "phone"))
    ((suppressed, usable_suppressed),) = database.rows(SUPPRESSED.format(digest=ids.postgresql_digest("point.value")))
    email["reasons"]["suppressed"] = _share(suppressed, email["addresses"])
    email["usable"] = _share(email["usable"]["count"] - usable_suppressed, email["addresses"])
    return {
        "as_of": now,
        "contacts": contacts,
        "without_valid_email": _share(unreachable, contacts),
        "merged": _share(merged, contacts + merged),
        "email": email,
        "phone": phone,
    }


def _channel(name: str) -> dict[str, Any]:
    """Return the counts of one channel; `of` is every address, judged or not."""
    rows = database.rows(COUNTS, [list(CHANNELS[name])])
    total = sum(row[3] for row in rows)
    found = {row[0]: row[1] for row in rows}
    return {
        "addresses": total,
        "judged": _share(sum(row[1] for row in rows), total),
        "usable": _share(sum(row[2] for row in rows), total),
        "reasons": {reason: _share(found.get(reason, 0), total) for reason in REASONS[name]},
    }


def _share(count: int, of: int) -> dict[str, float | int | None]:
    """Return a count with what it is a part of, and the share; None where there is nothing to divide by."""
    return {"count": count, "of": of, "share": round(count / of, 6) if of else None}
