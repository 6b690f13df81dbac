"""Complaints ("this is spam"): the person is never written to again; a complaint is not a bounce."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from relance.delivery import happenings
from relance.delivery.happenings import Happening
from relance.feedback import deliveries, people


def record(message_id: int, now: datetime) -> bool:
    """Write a complaint; tell whether it was new."""
    return record_many([message_id], now) == 1


def record_many(message_ids: Collection[int], now: datetime) -> int:
    """Write many complaints, withdraw the permissions and suppress the addresses; return how many were new."""
    with transaction.atomic():
        deliveries.arrived(message_ids, now)
        people.withdraw(message_ids, "complaint about message", now=now)
        people.suppress(message_ids, "complained", now=now)
        return len(happenings.record("message_complained", [Happening(one, now) for one in message_ids], now=now))
