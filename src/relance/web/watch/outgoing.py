"""The messages asked for: filters that lean on indexes, whatever the number of messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from relance.contacts.models import Contact
from relance.core import database
from relance.journeys.models import Journey
from relance.outbox.models import Message, State
from relance.web import keyset, step_titles, titles
from relance.web.watch import board

SIZE = 50


@dataclass(frozen=True)
class Filters:
    """What is asked for; empty means everything."""

    journey: str = ""
    step: str = ""
    state: str = ""
    reason: str = ""
    since: date | None = None
    until: date | None = None


def read(given: Mapping[str, str]) -> Filters:
    """Return the filters of an address; what is no filter is left out."""
    state = given.get("state", "")
    return Filters(
        given.get("journey", ""), given.get("step", ""), state if state in State.values else "", given.get("reason", ""),
        _day(given.get("since", "")), _day(given.get("until", "")),
    )  # fmt: skip


def asked(wanted: Filters) -> QuerySet[Message]:
    """Return the messages the filters leave.

    Rare states are found by the index that begins with the journey: without one asked for, all journeys are named. Days
    become bounds on the id, which grows with time.
    """
    rows = Message.objects.all()
    if wanted.journey or wanted.state or wanted.reason:
        named = Journey.objects.filter(name=wanted.journey) if wanted.journey else Journey.objects.all()
        rows = rows.filter(journey_id__in=list(named.values_list("pk", flat=True)))
    if wanted.step:
        rows = rows.filter(step=wanted.step)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.reason:
        rows = rows.filter(state__in=("blocked", "deferred", "failed", "held"), reason__startswith=wanted.reason)
    if wanted.since:
        rows = rows.filter(pk__gte=_first_since(_midnight(wanted.since)))
    if wanted.until:
        rows = rows.filter(pk__lt=_first_since(_midnight(wanted.until + timedelta(days=1))))
    return rows


def page(wanted: Filters, after: str) -> keyset.Page[Message]:
    """Return a page, the latest first."""
    return keyset.page(asked(wanted), after, fields=("id",), descending=True, size=SIZE)


def everything(wanted: Filters, size: int = 2_000) -> Iterator[dict[str, Any]]:
    """Go through all messages asked for, a page at a time."""
    rows, last = asked(wanted).order_by("-pk"), None
    while True:
        found = list((rows.filter(pk__lt=last) if last else rows)[:size])
        yield from shown(found)
        if len(found) < size:
            return
        last = found[-1].pk


def shown(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Return what the list shows of these messages."""
    people = Contact.objects.in_bulk({one.contact_id for one in messages})
    journeys = Journey.objects.in_bulk({one.journey_id for one in messages if one.journey_id})
    addresses, called, steps = _addresses(messages), titles.journeys(journeys), step_titles.of_journeys(journeys)
    return [
        {
            "message": one, "contact": people.get(one.contact_id), "journey": journeys.get(one.journey_id or 0),
            "address": addresses.get(one.pk, ""), "reason": why(one), "title": called.get(one.journey_id or 0, ""),
            "step": steps.get((one.journey_id or 0, one.step), one.step),
        }
        for one in messages
    ]  # fmt: skip


def why(message: Message) -> str:
    """Return why a message was held back, waits or failed."""
    if message.state not in {"blocked", "deferred", "failed", "bounced", "unknown", "held"} or not message.reason:
        return ""
    return board.reason(message.reason)


def _addresses(messages: Sequence[Message]) -> dict[int, str]:
    """Return the address each message went to, else the person's first one on the channel."""
    found = database.rows(
        """
        SELECT m.id, coalesce(
            (SELECT value FROM contact_point WHERE id = m.contact_point_id),
            (SELECT value FROM contact_point WHERE contact_id = m.contact_id AND channel = m.channel ORDER BY valid IS FALSE, id LIMIT 1), '')
        FROM message m WHERE m.id = ANY(%s)
        """,
        [[one.pk for one in messages]],
    )
    return dict(found)


def _first_since(at: datetime) -> int:
    """Return the id of the first message written at or after an instant, by halving: ids grow with time."""
    ((low, high),) = database.rows("SELECT coalesce(min(id), 0), coalesce(max(id), 0) + 1 FROM message")
    while low < high:
        middle = (low + high) // 2
        found = database.rows("SELECT id, created_at FROM message WHERE id >= %s ORDER BY id LIMIT 1", [middle])
        if not found or found[0][1] >= at:
            high = middle
        else:
            low = found[0][0] + 1
    return int(low)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(settings.RELANCE.time_zone))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
