"""Clicks on links in mails: one event per message, link and second; a click also shows that a doubtful mail arrived."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from relance.delivery import doubts, happenings
from relance.delivery.happenings import Happening

_MACHINES = re.compile(
    r"bot\b|crawl|spider|scan|preview|proxy|monitor|curl|wget|python|java/|go-http|okhttp|headless|facebookexternalhit|slack|whatsapp",
    re.IGNORECASE,
)


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
    with transaction.atomic():
        doubts.clear([one.message_id for one in told], now=now)
        return len(happenings.record("message_clicked", told, now=now))


def is_person(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a request may be a person's click: not a HEAD, not a prefetch, not a program that says it is one."""
    agent = headers.get("User-Agent", "")
    fetched_ahead = any("prefetch" in headers.get(name, "") for name in ("Purpose", "Sec-Purpose", "X-Moz"))
    return method == "GET" and bool(agent) and not fetched_ahead and not _MACHINES.search(agent)


def _mark(click: Click) -> str:
    return f"/{click.position}/{click.at.astimezone(UTC).isoformat(timespec='seconds')}"
