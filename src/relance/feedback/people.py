"""What an answer does to the person: permission withdrawn, addresses suppressed; told twice it is done once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from relance.core import database, ids
from relance.intake import sources

# Whom a message went to: who was merged since is the person that remains.
PERSON = """
    coalesce((SELECT survivor_id FROM contact_alias WHERE loser_id = message.contact_id), message.contact_id)
"""


def withdraw(message_ids: Collection[int], proof: str, *, now: datetime) -> int:
    """Withdraw every e-mail permission in force of the people these messages went to; return how many were withdrawn.

    The rows of the contacts are locked first, so that a thousand requests of one person at once make one entry.
    """
    database.rows(
        f"""
        SELECT id FROM contact WHERE id IN (SELECT {PERSON} FROM message WHERE id = ANY(%s::bigint[]))
        ORDER BY id FOR UPDATE
        """,
        [list(message_ids)],
    )
    return database.execute(
        f"""
        WITH person AS (
            SELECT {PERSON} AS contact_id, min(uuid::text) AS message FROM message WHERE id = ANY(%(ids)s::bigint[])
            GROUP BY 1
        ), latest AS (
            SELECT DISTINCT ON (contact_id, topic) contact_id, topic, given, basis
            FROM consent JOIN person USING (contact_id)
            WHERE channel = 'email' ORDER BY contact_id, topic, at DESC, consent.id DESC
        ), standing AS (
            SELECT contact_id, topic FROM latest WHERE given AND basis <> 'contract'
            UNION
            SELECT contact_id, 'marketing' FROM person
            WHERE NOT EXISTS (SELECT FROM latest WHERE latest.contact_id = person.contact_id AND topic = 'marketing')
        )
        INSERT INTO consent (contact_id, channel, topic, given, basis, proof, at, source_id)
        SELECT contact_id, 'email', topic, false, 'opt_in', %(proof)s || ' ' || message, %(now)s, %(source)s
        FROM standing JOIN person USING (contact_id) JOIN contact ON contact.id = contact_id
        ON CONFLICT DO NOTHING
        """,
        {"ids": list(message_ids), "proof": proof, "now": now, "source": sources.own_id(now)},
    )


def suppress(message_ids: Collection[int], reason: str, *, now: datetime) -> int:
    """Suppress every e-mail address of the people these messages went to; return how many were not yet."""
    return _suppress(f"point.contact_id = {PERSON}", message_ids, reason, now)


def suppress_address(message_ids: Collection[int], reason: str, *, now: datetime) -> int:
    """Suppress only the addresses these messages went to; where that is not known, the person's single one."""
    return _suppress(WENT_TO, message_ids, reason, now)


# The address a message went to; a message not yet `sending` does not know it, and then only a single one is sure.
WENT_TO = f"""
    point.id = coalesce(message.contact_point_id, (
        SELECT min(single.id) FROM contact_point AS single
        WHERE single.contact_id = {PERSON} AND single.channel = 'email' HAVING count(*) = 1
    ))
"""


def _suppress(which: str, message_ids: Collection[int], reason: str, now: datetime) -> int:
    return database.execute(
        f"""
        INSERT INTO suppression (channel, digest, reason, at, source_id)
        SELECT DISTINCT 'email', {ids.postgresql_digest("point.value")}, %s, %s::timestamptz, %s::integer
        FROM message JOIN contact_point AS point ON {which}
        WHERE message.id = ANY(%s::bigint[]) AND point.channel = 'email'
        ON CONFLICT DO NOTHING
        """,
        [reason, now, sources.own_id(now), list(message_ids)],
    )
