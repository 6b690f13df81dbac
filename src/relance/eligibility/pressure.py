"""Caps on commercial messages per person across everything; places are taken one by one, whoever races for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from relance.core import database
from relance.eligibility.arrays import numbers, words
from relance.eligibility.facts import Facts, Slot, Standing
from relance.eligibility.person import day
from relance.eligibility.rules import Cap, Rules
from relance.eligibility.verdicts import Defer, Verdict


class Place(NamedTuple):
    """The nth place of a contact, asked for one message."""

    contact_id: int
    number: int
    channel: str
    purpose: str


def judge(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Defer a commercial message that would exceed a cap, or take the place a reactivation is to have."""
    standing = facts.standing
    if not (standing.taken or standing.awaited or rules.closed) or not facts.commercial:
        return None
    caps = rules.caps_of(facts.channel, facts.purpose, dormant=facts.is_dormant, fewer=facts.fewer)
    full = next((cap for cap in caps if near(standing.taken, now, cap) >= cap.limit), None)
    if full is not None:
        code = "pressure_fewer" if facts.fewer else _code(full)
        return Defer(room(standing.taken, now, caps), code, _details(full))
    if facts.purpose == "reactivation" or not standing.awaited:
        return None
    return _beside_reactivation(standing, now, caps)


def _code(cap: Cap) -> str:
    """Return the reason of a cap: of everything, of a channel, of a purpose."""
    return "pressure_channel" if cap.channel else "pressure_purpose" if cap.purpose else "pressure"


def _details(cap: Cap) -> dict[str, str]:
    scope = {"channel": cap.channel} if cap.channel else {"purpose": cap.purpose} if cap.purpose else {}
    return {"count": str(cap.limit), "days": str(cap.days), **scope}


def _beside_reactivation(standing: Standing, now: datetime, caps: Sequence[Cap]) -> Verdict | None:
    """Defer a message that leaves no room for a reactivation on its way."""
    everything = (*standing.taken, *standing.awaited)
    if all(near(everything, now, cap) < cap.limit for cap in caps):
        return None
    details = {"since": day(min(slot.at for slot in standing.awaited))}
    return Defer(room(everything, now, caps), "reserved_for_reactivation", details)


def near(slots: Iterable[Slot], at: datetime, cap: Cap) -> int:
    """Return how many slots that the cap counts share a window of it with `at`."""
    first, last = at - cap.window, at + cap.window
    return sum(first < slot[0] < last and cap.counts(slot[1], slot[2]) for slot in slots)


def room(slots: Sequence[Slot], now: datetime, caps: Sequence[Cap]) -> datetime:
    """Return the first instant after `now` at which every cap has room."""
    ends = sorted({slot.at + cap.window for slot in slots for cap in caps if slot.at + cap.window > now})
    free = (end for end in ends if all(near(slots, end, cap) < cap.limit for cap in caps))
    return next(free, now + max(cap.window for cap in caps))  # a cap of zero never has room: it is asked again


def standings(
    contact_ids: Collection[int], *, besides: Collection[int], now: datetime, rules: Rules
) -> dict[int, Standing]:
    """Return how contacts stand under the caps, those who got nothing left out.

    Messages in `besides` are being judged and do not wait.
    """
    ids = list(set(contact_ids))
    awaited = _awaited(ids, besides, now, now + rules.longest)
    taken = _taken(ids, now - rules.longest)
    found = {
        contact: Standing(place, tuple(slots), awaited.get(contact, ())) for contact, (place, slots) in taken.items()
    }
    return found | {contact: Standing(0, (), slots) for contact, slots in awaited.items() if contact not in taken}


# Places are numbered in the order of time: the last ones stand at the end of a contact's part of the key, read backwards.
# Who got nothing lately costs one row, anybody else `most` rows at most, however long the history is.
TAKEN = """
    SELECT contact.id, last.place, lately.at, lately.channel, lately.purpose, lately.released
    FROM unnest(%(contacts)s::bigint[]) AS contact (id)
    CROSS JOIN LATERAL (
        SELECT place, at FROM pressure_reservation WHERE contact_id = contact.id ORDER BY place DESC LIMIT 1
    ) last
    LEFT JOIN LATERAL (
        SELECT * FROM (
            SELECT at, channel, purpose, released FROM pressure_reservation
            WHERE contact_id = contact.id AND last.at > %(since)s - interval '1 day' ORDER BY place DESC LIMIT %(most)s
        ) AS place WHERE at > %(since)s
    ) lately ON true
"""
USUAL, ALL = 16, 2_000_000_000
# A message that waits, and the due step of a passage; journeys that rest keep no place. `{who}` says for whom.
AWAITED = """
    SELECT contact_id, greatest(at, %(now)s) AS at, channel FROM (
        SELECT contact_id, not_before AS at, channel FROM message m
        WHERE {who} AND purpose = 'reactivation' AND state IN ('ready', 'deferred', 'claimed') AND expires_at > %(now)s
          AND id <> ALL(%(besides)s::bigint[])
          AND (journey_id IS NULL OR journey_id <> ALL (ARRAY(SELECT id FROM journey WHERE NOT running)))
          AND NOT EXISTS (SELECT FROM pressure_reservation r WHERE r.message_id = m.id AND NOT r.released)
        UNION ALL
        SELECT e.contact_id, e.due_at, '' FROM enrolment e JOIN journey_version v ON v.id = e.version_id
        WHERE {who} AND e.ended_at IS NULL AND NOT e.control AND e.due_at IS NOT NULL
          AND v.definition ->> 'purpose' = 'reactivation' AND EXISTS (SELECT FROM journey WHERE id = e.journey_id AND running)
    ) AS waiting WHERE at < %(until)s
"""


def _taken(contact_ids: list[int], since: datetime, most: int = USUAL) -> dict[int, tuple[int, list[Slot]]]:
    """Return each contact's last place and when, how and why the messages that hold one were let go since an instant."""
    given = {"contacts": numbers(contact_ids), "since": since, "most": most}
    found: dict[int, tuple[int, list[Slot]]] = {}
    seen: Counter[int] = Counter()
    for contact, place, at, channel, purpose, released in database.rows_in_binary(TAKEN, given):
        slots = found.setdefault(contact, (place, []))[1]
        if at is not None:
            seen[contact] += 1
            if not released:
                slots.append(Slot(at, channel, purpose))
    longer = [contact for contact, number in seen.items() if number == most]
    return found | (_taken(longer, since, ALL) if longer else {})


def _awaited(
    contact_ids: list[int], besides: Collection[int], now: datetime, until: datetime
) -> dict[int, tuple[Slot, ...]]:
    """Return when reactivations are to reach each contact: messages that wait, and due steps of running journeys."""
    found = database.rows_in_binary(
        AWAITED.format(who="contact_id = ANY(%(contacts)s::bigint[])"),
        {"contacts": numbers(contact_ids), "besides": numbers(besides), "now": now, "until": until},
    )
    slots: dict[int, tuple[Slot, ...]] = {}
    for contact, at, channel in found:
        slots[contact] = (*slots.get(contact, ()), Slot(at, channel, "reactivation"))
    return slots


RESERVE = """
    INSERT INTO pressure_reservation (contact_id, place, channel, purpose, message_id, at)
    SELECT *, %s::timestamptz FROM unnest(%s::bigint[], %s::integer[], %s::text[], %s::text[], %s::bigint[])
    ON CONFLICT (contact_id, place) DO NOTHING RETURNING message_id
"""


def reserve(takers: Mapping[int, Place], now: datetime) -> set[int]:
    """Take for each message its place and return the messages that got theirs.

    Two workers that both saw the same free place ask for the same number: the unique constraint gives it to one. Rows
    go in by contact, so that workers wait for one another in one order only.
    """
    ordered = sorted((*place, message) for message, place in takers.items())
    if not ordered:
        return set()
    contacts, places, channels, purposes, messages = zip(*ordered, strict=True)
    given = [now, numbers(contacts), numbers(places), words(channels), words(purposes), numbers(messages)]
    return set(chain.from_iterable(database.rows_in_binary(RESERVE, given)))


def release(message_ids: Collection[int]) -> int:
    """Give back the places of messages that will not leave, and return how many these were."""
    return database.execute(
        "UPDATE pressure_reservation SET released = true WHERE message_id = ANY(%s::bigint[]) AND NOT released",
        [numbers(message_ids)],
    )


def resting() -> list[int]:
    """Return the messages that hold a place and wait in a journey that rests."""
    found = database.rows(
        """
        SELECT m.id FROM journey j JOIN message m ON m.journey_id = j.id JOIN pressure_reservation r ON r.message_id = m.id
        WHERE NOT j.running AND m.state IN ('ready', 'deferred') AND NOT r.released
        """
    )
    return [message for (message,) in found]
