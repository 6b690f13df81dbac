"""What happens to messages, as events: one per message and type (clicks: per link and second), told once or often."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from relance.core import database
from relance.eligibility.breaker import counting
from relance.intake import sources


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a message; `mark` ends the event's reference where one message can have several."""

    message_id: int
    at: datetime
    mark: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)


def record(event_type: str, happenings: Sequence[Happening], *, now: datetime, source: int | None = None) -> list[int]:
    """Write the events not yet written, and count them for the breaker; return the ids of their messages.

    `source` is the id of Relance's own source, where it is known.
    """
    if not happenings:
        return []
    written = database.rows(
        """
        WITH told AS (
            SELECT message.*, new.at, message.uuid::text || new.mark AS reference, new.properties
            FROM unnest(%(ids)s::bigint[], %(at)s::timestamptz[], %(marks)s::text[], %(properties)s::jsonb[])
                 AS new(message_id, at, mark, properties)
            JOIN message ON message.id = new.message_id
        ), written AS (
            INSERT INTO event (contact_id, source_id, type, occurred_at, channel, reference, properties, recorded_at)
            SELECT contact_id, %(source)s, %(type)s, at, channel, reference,
                   jsonb_build_object('message', id, 'journey', journey_id, 'step', step, 'purpose', purpose,
                                      'variant', variant) || properties,
                   %(now)s
            FROM told
            ON CONFLICT DO NOTHING
            RETURNING (properties ->> 'message')::bigint
        )
        SELECT * FROM written
        """,
        {
            "ids": [one.message_id for one in happenings],
            "at": [one.at for one in happenings],
            "marks": [one.mark for one in happenings],
            "properties": [json.dumps(one.properties) for one in happenings],
            "source": source or sources.own_id(now),
            "type": event_type,
            "now": now,
        },
    )
    new = [message_id for (message_id,) in written]
    kinds = {one.message_id: str(one.properties.get("kind", "")) for one in happenings}
    counting.note_events(event_type, {message_id: kinds[message_id] for message_id in new}, now)
    return new


def known(event_type: str, message_ids: Collection[int]) -> set[int]:
    """Return those of these messages of which such an event is written (one of those told once per message)."""
    if not message_ids:
        return set()
    rows = database.rows(
        """
        SELECT message.id FROM message JOIN event ON event.contact_id = message.contact_id AND event.type = %s
               AND event.reference = message.uuid::text
        WHERE message.id = ANY(%s::bigint[])
        """,
        [event_type, list(message_ids)],
    )
    return {message_id for (message_id,) in rows}
