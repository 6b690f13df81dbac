"""What services told, written down in sets: events of others' messages are counted and left, told twice is once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db import transaction

from relance.core import database, texts
from relance.delivery import happenings, names
from relance.delivery.mailing_services import METADATA
from relance.feedback import bounces, complaints, deliveries, people, unsubscribes
from relance.feedback.bounces import Bounce
from relance.feedback.deliveries import Delivery
from relance.feedback.services import judging
from relance.feedback.services.judging import Heard

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


class Tracking(Protocol):
    """What is read of an event that django-anymail parsed (its AnymailTrackingEvent)."""

    esp_event: Any
    message_id: Any
    metadata: Any
    recipient: Any
    timestamp: Any


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a service: which message it speaks of, to whom, and what happened."""

    heard: Heard
    uuid: UUID | None
    provider_id: str
    recipient: str
    at: datetime | None = None
    id: int | None = None  # of the message, where the service told its whole name


@dataclass(frozen=True)
class Received:
    """What came of a webhook: events of our messages by what they say, and how many were of none of ours."""

    counts: Counter[str] = field(default_factory=Counter)
    foreign: int = 0


class Matched(NamedTuple):
    """An event and the message it is about."""

    told: Told
    message_id: int
    state: str
    reason: str
    created_at: datetime


def read(service: str, events: Iterable[Tracking]) -> list[Told]:
    """Return the events of a service in our vocabulary; never raises, whatever they hold."""
    return [
        Told(
            judging.judge(service, one.esp_event), uuid, texts.plain(one.message_id, 200),
            _mailbox(texts.plain(one.recipient, 320)), _aware(one.timestamp), number,
        )
        for one in events
        for uuid, number in [_own(one)]
    ]  # fmt: skip


def receive(told: Sequence[Told], now: datetime) -> Received:
    """Write down what services told, in one transaction and a number of statements that does not hang on how much it is.

    1. The messages are found by our uuid, or by the service's id, where they went to the recipient named; by their whole
       name also where the person has that address no more, and a refusal to be written to whomever it names.
    2. What left after all is in doubt no more; then deliveries, bounces, complaints and unsubscriptions.
    3. Opens are not recorded, and clicks only show that a mail arrived: links lead through our own addresses.
    """
    with transaction.atomic():
        found = _matched(told)
        deliveries.arrived({one.message_id for one in found if _shows_it_left(one.told.heard)}, now)
        _deliver(found, now)
        _bounce(found, now)
        for what, record in (("complained", complaints.record_many), ("unsubscribed", unsubscribes.record_many)):
            ids = {one.message_id for one in found if one.told.heard.what == what}
            record(sorted(ids - happenings.known(f"message_{what}", ids)), now)
    return Received(Counter(one.told.heard.what for one in found), len(told) - len(found))


_REFUSALS = frozenset({"complained", "unsubscribed"})
_FOUND = """
    WITH new AS MATERIALIZED (
        SELECT * FROM unnest(%s::integer[], %s::text[], %s::uuid[], %s::text[], %s::bigint[], %s::boolean[])
            AS new(place, address, uuid, provider_id, id, refuses)
    ), found AS MATERIALIZED (
        SELECT new.place, message.id
        FROM new JOIN contact_point AS point ON point.channel = 'email' AND point.value = new.address
        CROSS JOIN LATERAL (
            SELECT point.contact_id UNION ALL SELECT loser_id FROM contact_alias WHERE survivor_id = point.contact_id
        ) AS person(id)
        JOIN message ON message.contact_id = person.id AND message.channel = 'email'
             AND coalesce(message.contact_point_id, point.id) = point.id
             AND (message.uuid = new.uuid OR (new.provider_id <> '' AND message.provider_id = new.provider_id))
        UNION ALL
        SELECT new.place, message.id
        FROM new JOIN message ON message.id = new.id AND message.uuid = new.uuid AND message.channel = 'email'
        WHERE message.contact_point_id IS NOT NULL
          AND (new.refuses OR NOT EXISTS (SELECT FROM contact_point AS point WHERE point.id = message.contact_point_id))
    )
    SELECT found.place, message.id, message.state, message.reason, message.created_at
    FROM message JOIN found USING (id) ORDER BY message.id FOR UPDATE OF message
"""


def _matched(told: Sequence[Told]) -> list[Matched]:
    """Return the events of our messages, in the order told, with the rows locked in the order of their ids.

    From the recipient's address to the person, to those merged into them, to their messages: each by an index.
    """
    if not told:
        return []
    rows = database.rows(
        _FOUND,
        [
            list(range(len(told))),
            [one.recipient for one in told],
            [one.uuid for one in told],
            [one.provider_id for one in told],
            [one.id for one in told],
            [one.heard.what in _REFUSALS for one in told],
        ],
    )
    found = {place: Matched(told[place], *row) for place, *row in rows}
    return [found[place] for place in sorted(found)]


def _shows_it_left(heard: Heard) -> bool:
    """Tell whether such an event comes only of a mail that the service took; of opens no use is made, not even this."""
    return heard.what not in {"unknown", "opened"}


def _deliver(found: Sequence[Matched], now: datetime) -> None:
    """Write the deliveries, each at the moment the service names where that can be."""
    delivered = {
        one.message_id: Delivery(one.message_id, min(max(one.told.at or now, one.created_at), now))
        for one in reversed(found)
        if one.told.heard.what == "delivered"
    }
    deliveries.record_many(list(delivered.values()), now)


def _bounce(found: Sequence[Matched], now: datetime) -> None:
    """Write the bounces not known yet, the worst of each message; a soft one may still turn out hard, never the reverse."""
    worst: dict[int, Matched] = {}
    for one in found:
        hard = one.told.heard.kind == "hard"
        known = one.state == "bounced" and (one.reason.startswith("hard") or not hard)
        if one.told.heard.kind and not known and (hard or one.message_id not in worst):
            worst[one.message_id] = one
    bounces.record_many([_told_bounce(message_id, one.told.heard) for message_id, one in worst.items()], now)
    _heed_lists({message_id: one.told.heard for message_id, one in worst.items()}, now)


def _told_bounce(message_id: int, heard: Heard) -> Bounce:
    return Bounce(message_id, heard.kind or "soft", heard.reason)


def _heed_lists(heard: Mapping[int, Heard], now: datetime) -> None:
    """Respect refusals that a service's list remembers, without counting them as answers to the mail of today."""
    for refusal in ("complained", "unsubscribed"):
        ids = [message_id for message_id, one in heard.items() if one.refused == refusal]
        if ids:
            people.withdraw(ids, f"{refusal} before, by the list of the mailing service; message", now=now)
            people.suppress(ids, refusal, now=now)


def _own(event: Tracking) -> tuple[UUID | None, int | None]:
    """Return our uuid and id, as far as told: what our mail carries, or the Message-ID we gave it."""
    given = event.metadata.get(METADATA) if isinstance(event.metadata, Mapping) else None
    for text in (given, event.message_id):
        said = texts.plain(text, 200).lower()
        if named := names.found(f"{said.partition('@')[0]}@"):
            return named[0].uuid, named[0].id
        if found := _UUID.search(said):
            return UUID(found[0]), None
    return None, None


def _mailbox(address: str) -> str:
    """Return the address as contact points hold it: lower case, the domain in its own letters."""
    local, at, domain = address.strip().strip("<>").lower().rpartition("@")
    try:
        return local + at + domain.encode("ascii").decode("idna")
    except UnicodeError:
        return local + at + domain


def _aware(at: object) -> datetime | None:
    if not isinstance(at, datetime):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
