"""Caps on commercial messages per person across everything; places are taken one by one, whoever races for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import chain

from relance.core import database
from relance.eligibility.facts import Facts, Standing
from relance.eligibility.person import day
from relance.eligibility.rules import Cap, Rules
from relance.eligibility.verdicts import Defer, Verdict


def judge(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Defer a commercial message that would exceed a cap, or take the place a reactivation is to have."""
    if not facts.commercial:
        return None
    caps = rules.dormant_caps if facts.is_dormant else rules.caps
    taken = facts.standing.taken
    for cap in caps:
        if near(taken, now, cap) >= cap.limit:
            details = {"count": str(cap.limit), "days": str(cap.days)}
            return Defer(room(taken, now, caps), "pressure", details)
    if facts.purpose == "reactivation" or not facts.standing.awaited:
        return None
    return _beside_reactivation(facts, now, caps)


def _beside_reactivation(facts: Facts, now: datetime, caps: tuple[Cap, ...]) -> Verdict | None:
    """Defer a message that leaves no room for a reactivation on its way."""
    everything = (*facts.standing.taken, *facts.standing.awaited)
    if all(near(everything, now, cap) < cap.limit for cap in caps):
        return None
    details = {"since": day(min(facts.standing.awaited))}
    return Defer(room(everything, now, caps), "reserved_for_reactivation", details)


def near(instants: Sequence[datetime], at: datetime, cap: Cap) -> int:
    """Return how many instants share a window of the cap with `at`."""
    return sum(at - cap.window < instant < at + cap.window for instant in instants)


def room(instants: Sequence[datetime], now: datetime, caps: tuple[Cap, ...]) -> datetime:
    """Return the first instant after `now` at which every cap has room."""
    ends = sorted(instant + cap.window for instant in instants for cap in caps if instant + cap.window > now)
    free = (end for end in ends if all(near(instants, end, cap) < cap.limit for cap in caps))
    return next(free, now + max(cap.window for cap in caps))  # a cap of zero never has room: it is asked again


def standings(
    contact_ids: Collection[int], *, besides: Collection[int], now: datetime, rules: Rules
) -> dict[int, Standing]:
    """Return how each contact stands under the caps; messages in `besides` are being judged and do not wait."""
    ids = list(set(contact_ids))
    awaited = dict(_awaited(ids, besides, now, now + rules.longest))
    return {
        contact: Standing(place, tuple(taken), tuple(awaited.get(contact, ())))
        for contact, place, taken in _taken(ids, now - rules.longest)
    }


def _taken(contact_ids: list[int], since: datetime) -> list[tuple[int, int, list[datetime]]]:
    """Return each contact's last place and when the messages that hold one were let go since an instant."""
    return database.rows_in_binary(
        """
        SELECT contact.id, (SELECT coalesce(max(place), 0) FROM pressure_reservation WHERE contact_id = contact.id),
               ARRAY(SELECT at FROM pressure_reservation WHERE contact_id = contact.id AND NOT released AND at > %s)
        FROM unnest(%s::bigint[]) AS contact (id)
        """,
        [since, contact_ids],
    )


def _awaited(
    contact_ids: list[int], besides: Collection[int], now: datetime, until: datetime
) -> list[tuple[int, list[datetime]]]:
    """Return when reactivations are to reach each contact: messages that wait, and due steps of running journeys."""
    return database.rows_in_binary(
        """
        SELECT contact_id, array_agg(greatest(at, %(now)s)) FROM (
            SELECT contact_id, not_before AS at FROM message m
            WHERE contact_id = ANY(%(contacts)s::bigint[]) AND purpose = 'reactivation'
              AND state IN ('ready', 'deferred', 'claimed') AND expires_at > %(now)s AND id <> ALL(%(besides)s::bigint[])
              AND NOT EXISTS (SELECT FROM pressure_reservation r WHERE r.message_id = m.id AND NOT r.released)
            UNION ALL
            SELECT e.contact_id, e.due_at FROM enrolment e JOIN journey_version v ON v.id = e.version_id
            WHERE e.contact_id = ANY(%(contacts)s::bigint[]) AND e.ended_at IS NULL AND NOT e.control AND e.due_at IS NOT NULL
              AND v.definition ->> 'purpose' = 'reactivation'
        ) AS waiting WHERE at < %(until)s GROUP BY contact_id
        """,
        {"contacts": contact_ids, "besides": list(besides), "now": now, "until": until},
    )


def reserve(takers: Mapping[int, tuple[int, int]], now: datetime) -> set[int]:
    """Take for each message (contact, place) its place and return the messages that got theirs.

    Two workers that both saw the same free place ask for the same number: the unique constraint gives it to one. Rows
    go in by contact, so that workers wait for one another in one order only.
    """
    ordered = sorted((contact, place, message) for message, (contact, place) in takers.items())
    contacts, places, messages = map(list, zip(*ordered, strict=True)) if ordered else ([], [], [])
    return set(
        chain.from_iterable(
            database.rows_in_binary(
                """
                INSERT INTO pressure_reservation (contact_id, place, message_id, at)
                SELECT *, %s::timestamptz FROM unnest(%s::bigint[], %s::integer[], %s::bigint[])
                ON CONFLICT (contact_id, place) DO NOTHING RETURNING message_id
                """,
                [now, contacts, places, messages],
            )
        )
    )


def release(message_ids: Collection[int]) -> int:
    """Give back the places of messages that will not leave, and return how many these were."""
    return database.execute(
        "UPDATE pressure_reservation SET released = true WHERE message_id = ANY(%s) AND NOT released",
        [list(message_ids)],
    )
