"""Unsubscribing: permission withdrawn, addresses suppressed, one event per message; twice is once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from relance.core import database
from relance.delivery import happenings
from relance.delivery.happenings import Happening
from relance.delivery.tokens import Token
from relance.feedback import deliveries, people


def record(message_id: int, now: datetime) -> bool:
    """Unsubscribe the person a message went to; tell whether this message had not done so before."""
    return record_many([message_id], now) == 1


def record_tokens(told: Collection[Token], now: datetime) -> set[Token]:
    """Unsubscribe the people whose tokens these are; return the tokens whose very message is known."""
    asked = {(token.message_id, token.message_uuid): token for token in told}
    found = database.rows(
        """
        SELECT id, message.uuid FROM message
        JOIN unnest(%s::bigint[], %s::uuid[]) AS told(id, uuid) USING (id) WHERE message.uuid = told.uuid
        """,
        [[number for number, _ in asked], [uuid for _, uuid in asked]],
    )
    record_many(sorted(number for number, _ in found), now)
    return {asked[number, uuid] for number, uuid in found}


def record_many(message_ids: Collection[int], now: datetime) -> int:
    """Unsubscribe the people these messages went to; return how many messages had not done so before.

    Withdrawal does not hang on the event: who opted in again and then uses an old link is unsubscribed again.
    """
    with transaction.atomic():
        deliveries.arrived(message_ids, now)
        people.withdraw(message_ids, "unsubscribe link of message", now=now)
        people.suppress(message_ids, "unsubscribed", now=now)
        return len(happenings.record("message_unsubscribed", [Happening(one, now) for one in message_ids], now=now))
