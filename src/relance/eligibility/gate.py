"""The only door to a channel: one verdict for each message, stored with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import connection

from relance.core import database
from relance.core.durations import Duration
from relance.eligibility import commercial_calendar, facts, moment, permission, person, pressure
from relance.eligibility.facts import Facts, Standing
from relance.eligibility.rules import PRIORITY, Cap, Rules
from relance.eligibility.verdicts import Allow, Defer, Verdict

Check = Callable[[Facts, datetime, Rules], Verdict | None]

# In this order; the first check that does not pass gives the verdict.
CHECKS: tuple[Check, ...] = (
    person.suppressed,
    permission.judge,
    person.state,
    person.timely,
    moment.commercial_period,
    pressure.judge,
)


class Claimed(Protocol):
    """A message row a worker holds."""

    @property
    def id(self) -> int: ...


def check(messages: Sequence[int | Claimed], now: datetime) -> list[Verdict]:
    """Judge each message (an id, or a row with one), in order; take places under the caps for those allowed; store all.

    1. Give back what an earlier check that did not come to its end took for these messages.
    2. Gather what is known of them and the rules in force.
    3. Decide, the purpose with the higher priority first; take the places; decide again for those another worker was
       faster with, until none is left. Each statement commits by itself, so no worker holds a place another waits for:
       call this outside a transaction.
    4. Store the verdicts.
    """
    ids = [message if isinstance(message, int) else message.id for message in messages]
    if not ids:
        return []
    pressure.release(ids)
    known = facts.gather(ids, now)
    rules = rules_in_force({fact.country for fact in known}, now)
    verdicts = _decide_all(known, now, rules)
    _prolong(verdicts, now)
    _store(known, verdicts, now)
    return [verdicts[identifier] for identifier in ids]


def decide(known: Facts, now: datetime, rules: Rules) -> Verdict:
    """Return the verdict of the first check that does not pass, or Allow; reads nothing but its arguments."""
    for judge in CHECKS:
        verdict = judge(known, now, rules)
        if verdict is not None:
            return verdict
    return Allow(known.contact_point_id)


def release(message_ids: Collection[int]) -> int:
    """Give back the places under the caps of messages cancelled or failed before they left."""
    return pressure.release(message_ids)


def rules_in_force(countries: Iterable[str], now: datetime) -> Rules:
    """Return the rules of the settings, the calendar and the declarations, for contacts of these countries."""
    ours = settings.RELANCE
    caps = (Cap(ours.pressure_day, 1), Cap(ours.pressure_week, 7))
    dormant = (*caps, Cap(1, ours.pressure_dormant_days)) if ours.pressure_dormant_days else caps
    wanted = {country or ours.country for country in countries}
    return Rules(
        caps=caps,
        dormant_caps=dormant,
        kept_since=Duration(ours.legal_years, "year").before(now),
        opt_outs_known=permission.opt_outs_known(),
        country=ours.country,
        pauses={country: commercial_calendar.pause(country, now) for country in wanted},
    )


def _decide_all(known: Sequence[Facts], now: datetime, rules: Rules) -> dict[int, Verdict]:
    """Return each message's verdict, with a place under the caps taken for each commercial one allowed."""
    verdicts: dict[int, Verdict] = {}
    besides = [fact.message_id for fact in known]
    left = sorted(known, key=_rank)
    while left:
        contacts = {fact.contact_id for fact in left if fact.commercial}
        standings = pressure.standings(contacts, besides=besides, now=now, rules=rules)
        decided, takers = _decide_round(left, standings, now, rules)
        lost = takers.keys() - pressure.reserve(takers, now)
        verdicts |= {message: verdict for message, verdict in decided.items() if message not in lost}
        left = [fact for fact in left if fact.message_id in lost]
    return verdicts


def _rank(fact: Facts) -> tuple[int, datetime, int]:
    """Return the order messages take places in: by purpose, then the one that waits longest."""
    priority = PRIORITY.index(fact.purpose) if fact.purpose in PRIORITY else len(PRIORITY)
    return priority, fact.not_before, fact.message_id


def _decide_round(
    left: Sequence[Facts], standings: dict[int, Standing], now: datetime, rules: Rules
) -> tuple[dict[int, Verdict], dict[int, tuple[int, int]]]:
    """Return a verdict for each message and, for those that need one, the (contact, place) to take."""
    decided: dict[int, Verdict] = {}
    takers: dict[int, tuple[int, int]] = {}
    for fact in left:
        if not fact.commercial:
            decided[fact.message_id] = decide(fact, now, rules)
            continue
        standing = standings[fact.contact_id]
        verdict = decided[fact.message_id] = decide(fact._replace(standing=standing), now, rules)
        if isinstance(verdict, Allow):
            takers[fact.message_id] = (fact.contact_id, standing.place + 1)
            standings[fact.contact_id] = standing.after(now)
        elif isinstance(verdict, Defer) and fact.purpose == "reactivation":
            standings[fact.contact_id] = standing.expecting(verdict.until)
    return decided, takers


def _prolong(verdicts: dict[int, Verdict], now: datetime) -> None:
    """Give messages that wait for a commercial period to end their full life after it: the gate made them wait."""
    waiting = [(i, v.until) for i, v in verdicts.items() if isinstance(v, Defer) and v.code == "commercial_period"]
    if waiting:
        database.execute(
            """
            UPDATE message SET expires_at = greatest(expires_at, wait.until + %s)
            FROM unnest(%s::bigint[], %s::timestamptz[]) AS wait (id, until) WHERE message.id = wait.id
            """,
            [timedelta(days=settings.RELANCE.message_days), [i for i, _ in waiting], [until for _, until in waiting]],
        )


def _store(known: Sequence[Facts], verdicts: dict[int, Verdict], now: datetime) -> None:
    """Write the verdicts down."""
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY verdict (message_id, contact_id, at, decision, code, until, details) FROM STDIN") as copy,
    ):
        for fact in known:
            verdict = verdicts[fact.message_id]
            details = json.dumps(dict(verdict.details)) if verdict.details else "{}"
            copy.write_row(
                (fact.message_id, fact.contact_id, now, verdict.decision, verdict.code, verdict.until, details)
            )
