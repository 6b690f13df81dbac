"""Consents a file brings, added to the append-only ledger.

A dated entry is added as it is, once. An undated one never overrules what is known: permission is added only where the
ledger says nothing yet of that channel and topic, a withdrawal only where permission is in force. A column that says no
of somebody who never said yes is no withdrawal: that entry rests on no basis ("").
"""

from __future__ import annotations

from datetime import datetime

from relance.contacts.models import STOPS_ADDRESS
from relance.core import database
from relance.intake import loading
from relance.intake.table import Table

CHANNELS = ("email", "sms", "postal", "phone")
ARRIVING = (
    "contact_id bigint, channel text, topic text, given boolean, basis text, proof text, at timestamptz, expires_at timestamptz, "
    "line bigint"
)


def _entries(fate: str) -> str:
    """Return the query of the consents of groups of this fate; an opt-out in the row withdraws that of the e-mail."""
    stopped = f"stop IS NOT NULL AND stop NOT IN {STOPS_ADDRESS}"
    parts = []
    for channel in CHANNELS:
        given, dated, refused = f"consent_{channel}", "consent_at", f"NOT consent_{channel}"
        if channel == "email":
            given, dated = (
                f"CASE WHEN {stopped} THEN false ELSE {given} END",
                f"CASE WHEN {stopped} THEN stop_at ELSE {dated} END",
            )
            refused = f"{refused} AND NOT coalesce({stopped}, false)"
        parts.append(
            f"SELECT contact_id, '{channel}' AS channel, 'marketing' AS topic, {given} AS given, "
            f"CASE WHEN {refused} THEN '' ELSE coalesce(consent_basis, 'opt_in') END AS basis, "
            f"coalesce(consent_proof, '') AS proof, {dated} AS dated, "
            f"NULL::TIMESTAMPTZ AS expires_at, grp, first_seen FROM arrival WHERE fate = '{fate}'"
        )
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE given IS NOT NULL"


def write_new(table: Table, now: datetime, source: int) -> int:
    """Write the consents of contacts just created; an undated permission counts from the day the contact was first seen."""
    return loading.copy(
        table.con,
        f"""
        SELECT contact_id, channel, topic, given, basis, proof,
            coalesce(dated, CASE WHEN given THEN first_seen END, '{now.isoformat()}'::TIMESTAMPTZ), {source}
        FROM ({_entries("loaded")}) ORDER BY contact_id
        """,
        "consent", "contact_id, channel, topic, given, basis, proof, at, source_id",
    )  # fmt: skip


def write_known(table: Table, now: datetime, source: int, *, withdrawn_only: bool) -> int:
    """Write the consents of contacts known before and return how many are new."""
    only = "WHERE NOT given" if withdrawn_only else ""
    query = f"SELECT contact_id, channel, topic, given, basis, proof, dated, expires_at, grp FROM ({_entries('known')}) {only}"
    return add(table, query, now, source)


def add(table: Table, query: str, now: datetime, source: int) -> int:
    """Add the entries of a query, columns as ARRIVING, and return how many are new."""
    if not loading.temporary(table.con, query, "arriving_consent", ARRIVING):
        return 0
    return database.execute(
        """
        INSERT INTO consent (contact_id, channel, topic, given, basis, proof, at, expires_at, source_id)
        SELECT a.contact_id, a.channel, a.topic, a.given, CASE WHEN latest.given AND a.basis = '' THEN latest.basis ELSE a.basis END,
            a.proof, coalesce(a.at, %s), a.expires_at, %s
        FROM arriving_consent AS a
            LEFT JOIN LATERAL (
                SELECT given, basis FROM consent AS c WHERE c.contact_id = a.contact_id AND c.channel = a.channel AND c.topic = a.topic
                ORDER BY at DESC, id DESC LIMIT 1
            ) AS latest ON true
        WHERE a.at IS NOT NULL OR (a.given AND latest.given IS NULL) OR (NOT a.given AND latest.given IS NOT FALSE)
        ORDER BY line ON CONFLICT DO NOTHING
        """,
        [now, source],
    )


def held() -> dict[str, int]:
    """Return how many people the base has, and how many of them have no consent in the ledger, their last words counted."""
    ((people, consenting),) = database.rows(
        """
        SELECT (SELECT count(*) FROM contact WHERE erased_at IS NULL), count(DISTINCT contact_id) FILTER (WHERE given)
        FROM (
            SELECT DISTINCT ON (contact_id, channel) contact_id, given FROM consent WHERE topic = 'marketing'
            ORDER BY contact_id, channel, at DESC, given
        ) latest
        """
    )
    return {"people": people, "without_consent": people - consenting}
