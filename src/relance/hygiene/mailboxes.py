"""Mailboxes that the former mailing tool found dead: a hard bounce, and no sign of life on that address since."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from relance.core import database
from relance.events import engine
from relance.hygiene.addresses import copy
from relance.intake import sources

# Our own bounces are not read here: feedback judges those, reversibly.
ALIVE = ("message_delivered", "message_clicked", "message_replied")
BOUNCED = f"""
    WITH mail AS (
        SELECT contact_id, type, occurred_at, properties FROM events
        WHERE source_id <> $own AND occurred_at <= $now AND coalesce(channel, 'email') = 'email'
    ), alive AS (
        SELECT contact_id, max(occurred_at) AS at FROM mail
        WHERE type IN {ALIVE} GROUP BY contact_id
    ), bounced AS (
        SELECT contact_id, lower(coalesce(json_extract_string(properties, '$.address'), '')) AS address,
               max(occurred_at) AS at
        FROM mail WHERE type = 'message_bounced' AND json_extract_string(properties, '$.kind') = 'hard' GROUP BY ALL
    )
    SELECT bounced.contact_id, address FROM bounced LEFT JOIN alive USING (contact_id)
    WHERE alive.at IS NULL OR alive.at < bounced.at
"""
# Where the tool did not say which address bounced, only a contact with a single one is judged.
MARK = """
    UPDATE contact_point AS point SET valid = false, reason = 'dead_mailbox', checked_at = %s FROM bounced
    WHERE point.contact_id = bounced.contact_id AND point.channel = 'email' AND point.reason <> 'dead_mailbox'
      AND (point.value = bounced.address
           OR bounced.address = '' AND NOT EXISTS (SELECT 1 FROM contact_point AS other WHERE other.id <> point.id
                AND other.contact_id = point.contact_id AND other.channel = 'email'))
"""


def mark_dead(now: datetime) -> int:
    """Mark the addresses known to be dead and return how many are newly so."""
    with engine.reading(types=("message_bounced", *ALIVE)) as con:
        bounced = con.execute(BOUNCED, {"own": sources.own_id(now), "now": now}).fetchall()
    if not bounced:
        return 0
    with transaction.atomic():
        copy("bounced", "contact_id bigint, address text", bounced)
        return database.execute(MARK, [now])
