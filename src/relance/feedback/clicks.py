"""Clicks on links in mails: one event per message, link and second; a click also shows that a doubtful mail arrived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from relance.delivery import happenings
from relance.delivery.happenings import Happening
from relance.feedback import deliveries


@dataclass(frozen=True, slots=True)
class Click:
    """A person followed the link at `position` of a message."""

    message_id: int
    position: int
    at: datetime


def record(message_id: int, position: int, now: datetime) -> bool:
    """Write a click; tell whether it was new."""
    return record_many([Click(message_id, position, now)], now) == 1


def record_many(clicks: Iterable[Click], now: datetime) -> int:
    """Write many clicks and return how many were new."""
    told = [Happening(one.message_id, one.at, _mark(one), {"link": one.position}) for one in clicks]
    if not told:
        return 0
    with transaction.atomic():
        deliveries.arrived({one.message_id for one in told}, now)
        return len(happenings.record("message_clicked", told, now=now))


def _mark(click: Click) -> str:
    return f"/{click.position}/{click.at.astimezone(UTC).isoformat(timespec='seconds')}"
