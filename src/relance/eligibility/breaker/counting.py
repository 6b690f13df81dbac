"""Counts of sends and bad answers: noted in the transaction that writes the event, folded into hourly cohorts.

Whoever writes an event notes it by a row of its own, so that no two workers wait for one another; folding takes those
rows away and adds them up in one transaction. What was rolled back was never noted, what was folded is gone: however
many workers tell the same bounce, and whichever of them is killed, it counts once. A bad answer belongs to the hour in
which its message was sent, whenever it comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from relance.core import database
from relance.eligibility.breaker import loops, providers
from relance.eligibility.breaker.limits import Signal
from relance.senders import register

COUNTED: tuple[Signal, ...] = ("hard_bounce", "complaint", "unsubscribe", "block", "trap")
BAD_WAITS = "EXISTS (SELECT FROM breaker_count WHERE hard_bounce + complaint + unsubscribe + block + trap > 0)"
EVENTS: Mapping[str, Signal] = {"message_complained": "complaint", "message_unsubscribed": "unsubscribe"}
BOUNCES: Mapping[str, Signal] = {"hard": "hard_bounce", "block": "block"}
ALL = 0  # the journey that stands for everything a sender sends
# Of everyone nothing is stored: it is the sum of the journey's providers, so that whoever adds them up counts nothing twice.
_OF_PROVIDER = f"c.provider = ANY(CASE one.provider WHEN '{providers.EVERYONE}' THEN %(providers)s::text[] ELSE ARRAY[one.provider] END)"
_TOUCHED = (
    "unnest(%(journeys)s::bigint[], %(senders)s::text[], %(names)s::text[]) AS one (journey_id, sender, provider)"
)

_SENDER = register.domain("m.sender", register.DEFAULT_DOMAIN)

# An hour that somebody closed or opened the breaker in is cut there, so that each watch has cohorts of its own.
COHORT = """
    coalesce((
        SELECT max(cut) FROM breaker_opening, unnest(ARRAY[opened_at, closed_at]) AS cut
        WHERE cut <= {at} AND cut > date_trunc('hour', {at}, 'UTC')
    ), date_trunc('hour', {at}, 'UTC'))
"""


class Touched(NamedTuple):
    """A journey (0: all that the sender sends) at a mailbox provider or at all together, of which something was counted."""

    journey_id: int
    sender: str
    provider: str

    @property
    def everywhere(self) -> Touched:
        """The same at all providers together."""
        return self._replace(provider=providers.EVERYONE)


@dataclass(frozen=True, slots=True)
class Cohort:
    """What is known of the messages one journey sent to a provider within an hour; `told`: complaints would be known."""

    provider: str
    cohort: datetime
    sends: int
    told: int
    hard_bounce: int
    complaint: int
    unsubscribe: int
    block: int
    trap: int


def sender() -> str:
    """Return the domain of the default sender; mailbox providers know a sender by its domain."""
    return register.default_domain()


def note_events(event_type: str, kinds: Mapping[int, str], now: datetime) -> None:
    """Note the new events of a type: message ids, each with its kind where the event is a bounce."""
    if event_type == "message_sent":
        _note(None, list(kinds), now)
    elif event_type in EVENTS:
        _note(EVENTS[event_type], list(kinds), now)
    elif event_type == "message_bounced":
        for kind, signal in BOUNCES.items():
            _note(signal, [message for message, found in kinds.items() if found == kind], now, told_before=True)


def note(signal: Signal, message_ids: Collection[int], now: datetime) -> None:
    """Note a bad answer of messages that no event tells of: a refusal at the door, a trap."""
    _note(signal, list(message_ids), now)


def _note(signal: Signal | None, message_ids: list[int], now: datetime, *, told_before: bool = False) -> None:
    """Append the counts of these messages; one that never left (refused at the door) counts as sent and refused.

    `told_before`: what was refused for want of a mailbox was noted when it was refused, and the event only repeats it.
    """
    if not message_ids:
        return
    bad = f", {signal}" if signal else ""
    counted = "true" if signal is None else "m.sent_at IS NULL"
    again = "AND NOT (m.state = 'failed' AND m.reason LIKE 'no\\_mailbox%%')" if told_before else ""
    domain = "lower(split_part(coalesce(point.value, ''), '@', 2))"
    database.execute(
        f"""
        INSERT INTO breaker_count (journey_id, sender, provider, cohort, sends, told{bad})
        SELECT journey_id, sender, provider, {COHORT.format(at="at")},
               count(*) FILTER (WHERE counted), count(*) FILTER (WHERE counted AND tells){", count(*)" if bad else ""}
        FROM (
            SELECT coalesce(m.journey_id, 0) AS journey_id, {_SENDER} AS sender,
                   {providers.sql(domain).replace("%", "%%")} AS provider,
                   coalesce(m.sent_at, %(now)s) AS at, {counted} AS counted, {domain} LIKE ANY(%(loops)s) AS tells
            FROM message m LEFT JOIN LATERAL (
                SELECT value FROM contact_point WHERE id = coalesce(m.contact_point_id, (
                    SELECT min(id) FROM contact_point WHERE contact_id = m.contact_id AND channel = 'email'
                )) LIMIT 1
            ) point ON true
            WHERE m.id = ANY(%(ids)s::bigint[]) AND m.channel = 'email' {again}
        ) AS noted
        GROUP BY journey_id, sender, provider, at
        """,
        {"settings_domain": register.settings_domain(), "now": now, "loops": loops.patterns(), "ids": message_ids},
    )


def bad_waiting() -> bool:
    """Tell whether a bad answer was noted that nobody has looked at."""
    return bool(database.rows(f"SELECT {BAD_WAITS}")[0][0])


def fold() -> dict[Touched, int]:
    """Add what was noted to the cohorts, of its journey and of the sender; return the bad answers by what was touched.

    What touched a journey at a provider touched it at all of them together as well. In a transaction.
    """
    names = ", ".join(("sends", "told", *COUNTED))
    sums = ", ".join(f"sum({name}) AS {name}" for name in ("sends", "told", *COUNTED))
    added = ", ".join(f"{name} = breaker_cohort.{name} + excluded.{name}" for name in ("sends", "told", *COUNTED))
    found = database.rows(
        f"""
        WITH taken AS (DELETE FROM breaker_count RETURNING *), summed AS (
            SELECT scope, sender, provider, cohort, {sums}
            FROM taken, LATERAL (SELECT journey_id WHERE journey_id <> {ALL} UNION ALL SELECT {ALL}) AS of (scope)
            GROUP BY scope, sender, provider, cohort
        ), folded AS (
            INSERT INTO breaker_cohort (journey_id, sender, provider, cohort, {names})
            SELECT scope, sender, provider, cohort, {names} FROM summed ORDER BY scope, sender, provider, cohort
            ON CONFLICT (journey_id, sender, provider, cohort) DO UPDATE SET {added}
        )
        SELECT scope, sender, provider, sum({" + ".join(COUNTED)})::bigint FROM summed GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """
    )
    touched = Counter({Touched(*row): int(bad) for *row, bad in found})
    for one, bad in list(touched.items()):
        if one.journey_id != ALL:
            touched[one.everywhere] += bad
    return dict(touched)


def grown(touched: Collection[Touched], share: float) -> set[Touched]:
    """Return those of which more than a share of what was judged has been sent since, and those never judged.

    Sends of the hour in which somebody last judged count as sent since: rather once too often.
    """
    return {
        Touched(*row)
        for row in database.rows(
            f"""
            SELECT journey_id, sender, provider FROM {_TOUCHED}
            LEFT JOIN LATERAL (
                SELECT min(at) AS at, max(sends) AS sends FROM breaker_scope s
                WHERE s.journey_id = one.journey_id AND s.sender = one.sender AND s.provider = one.provider
                  AND s.signal = ANY(%(signals)s)
            ) judged ON true
            WHERE at IS NULL OR %(share)s * judged.sends < (
                SELECT coalesce(sum(c.sends), 0) FROM breaker_cohort c
                WHERE c.journey_id = one.journey_id AND c.sender = one.sender AND {_OF_PROVIDER}
                  AND c.cohort >= date_trunc('hour', judged.at, 'UTC')
            )
            """,
            {**_named(touched), "signals": list(COUNTED), "share": share},
        )
    }


def load(touched: Sequence[Touched], since: datetime) -> dict[Touched, list[Cohort]]:
    """Return the cohorts of these since an instant, in the order sent; of everyone those of each provider."""
    found: dict[Touched, list[Cohort]] = {one: [] for one in touched}
    for journey_id, sent_by, provider, *row in database.rows(
        f"""
        SELECT one.journey_id, one.sender, one.provider, c.provider, cohort, sends, told, {", ".join(COUNTED)}
        FROM {_TOUCHED} JOIN breaker_cohort c ON c.journey_id = one.journey_id AND c.sender = one.sender AND {_OF_PROVIDER}
        WHERE cohort >= %(since)s ORDER BY cohort, c.provider
        """,
        {**_named(touched), "since": since},
    ):
        found[Touched(journey_id, sent_by, provider)].append(Cohort(*row))
    return found


def _named(touched: Collection[Touched]) -> dict[str, Any]:
    """Return the values that `_TOUCHED` and `_OF_PROVIDER` name."""
    journeys, senders, names = ([one[place] for one in touched] for place in range(3))
    return {"journeys": journeys, "senders": senders, "names": names, "providers": list(providers.PROVIDERS)}


def cohorts(journey_id: int, since: datetime, until: datetime | None = None, *, domain: str = "") -> list[Cohort]:
    """Return a journey's cohorts sent from `since` and before `until`, folding nothing; 0 is all that is sent.

    Of one domain, where one is named.
    """
    return [
        Cohort(*row)
        for row in database.rows(
            f"""
            SELECT provider, cohort, sum(sends), sum(told), {", ".join(f"sum({name})" for name in COUNTED)}
            FROM breaker_cohort WHERE journey_id = %s AND cohort >= %s AND cohort < coalesce(%s, 'infinity'::timestamptz)
              AND %s IN ('', sender)
            GROUP BY provider, cohort ORDER BY cohort, provider
            """,
            [journey_id, since, until, domain],
        )
    ]


def tells_of_complaints(provider: str) -> bool:
    """Tell whether some domain of a provider is in a feedback loop; else complaints there are not seen."""
    return any(providers.of(domain.replace("*", "com")) == provider for domain in loops.domains())
