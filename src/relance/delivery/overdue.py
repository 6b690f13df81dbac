"""What became overdue while nothing was sent waits for a person: a greeting of four days ago does not leave by itself.

How late a message is counts only where an outage lies behind it: no dispatch ran, or its channel was shut, for longer than
the grace of its purpose. What the gate made wait, what a paused journey kept, and the tail of a long campaign leave as ever.
Transactional messages and notices have their expiry and never wait here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from relance.core import database, place
from relance.delivery import beats, team
from relance.delivery.ledger import GOING
from relance.eligibility import gate

FRESH = timedelta(hours=1)  # after this a passage noted late has come to other steps
ONE_OUTAGE = 2 * FRESH  # in which what is held one after the other is of one outage: late passages write for an hour


def graces() -> dict[str, timedelta]:
    """Return how late a message of each purpose may leave by itself after an outage."""
    ours = settings.RELANCE
    return {
        "reactivation": timedelta(hours=ours.grace_reactivation_hours),
        "promotion": timedelta(hours=ours.grace_promotion_hours),
        "relationship": timedelta(hours=ours.grace_relationship_hours),
    }


@transaction.atomic
def notice(now: datetime) -> int:
    """Before people move on: note the passages whose step was due while nobody moved them for longer than the grace.

    That people move on again is written down with these passages or not at all: else nobody would know of the outage.
    """
    if place.current().simulated:
        return 0
    last = last_advance()
    database.execute(
        """
        INSERT INTO pulse (id, advanced_at) VALUES (1, %s)
        ON CONFLICT (id) DO UPDATE SET advanced_at = greatest(pulse.advanced_at, EXCLUDED.advanced_at)
        """,
        [now],
    )
    passed = {purpose: grace for purpose, grace in graces().items() if last and now - last > grace}
    if not passed:
        return 0
    return database.execute(
        """
        INSERT INTO late_passage (enrolment_id, due_at, noticed_at, outage_since)
        SELECT e.id, e.due_at, %s, %s
        FROM enrolment e JOIN journey j ON j.id = e.journey_id JOIN journey_version v ON v.id = e.version_id
        JOIN unnest(%s::text[], %s::timestamptz[]) AS late (purpose, before) ON late.purpose = v.definition ->> 'purpose'
        WHERE j.running AND NOT e.control AND e.ended_at IS NULL AND e.due_at < late.before
        ON CONFLICT (enrolment_id) DO UPDATE SET due_at = EXCLUDED.due_at, noticed_at = EXCLUDED.noticed_at,
            outage_since = EXCLUDED.outage_since
        """,
        [now, last, list(passed), [now - grace for grace in passed.values()]],
    )


def last_advance() -> datetime | None:
    """Return when people were last moved along, which a worker does that runs everything; None: never."""
    found = database.rows("SELECT advanced_at FROM pulse")
    return found[0][0] if found else None


def hold(now: datetime) -> int:
    """Hold what is overdue after an outage, and what late passages wrote; return how many messages that is.

    They give back their places under the caps and their money, and the team is told: all of it or nothing.
    """
    _, worked_at = beats.last()
    passed = {purpose: grace for purpose, grace in graces().items() if worked_at and now - worked_at > grace}
    if not passed and not database.rows("SELECT 1 FROM late_passage LIMIT 1"):
        return 0
    with transaction.atomic():
        held, since = _hold_late(now)
        if passed and worked_at:
            held += (due := _hold_due(passed, now))
            since = worked_at if due else since
        if held and since:
            gate.release(held)
            team.tell_overdue(since, len(held), now - ONE_OUTAGE, now)
    return len(held)


def _hold_due(passed: dict[str, timedelta], now: datetime) -> list[int]:
    """Hold the messages due for longer than the grace; those of a journey that rests stay, since a person resumes it."""
    held = database.rows(
        f"""
        UPDATE message AS m SET state = 'held', reason = 'overdue', due_since = coalesce(m.due_since, m.not_before)
        FROM unnest(%s::text[], %s::timestamptz[]) AS late (purpose, before)
        WHERE m.state IN ('ready', 'deferred') AND m.not_before <= %s AND m.purpose = late.purpose
          AND coalesce(m.due_since, m.not_before) < late.before AND {GOING}
        RETURNING m.id
        """,
        [list(passed), [now - grace for grace in passed.values()], now],
    )
    return [message for (message,) in held]


def _hold_late(now: datetime) -> tuple[list[int], datetime | None]:
    """Hold what late passages wrote, and tell since when nobody moved them; who wrote nothing for an hour is forgotten."""
    ((held, since),) = database.rows(
        """
        WITH held AS (
            UPDATE message AS m SET state = 'held', reason = 'overdue', due_since = late.due_at
            FROM late_passage AS late
            WHERE m.enrolment_id = late.enrolment_id AND m.state IN ('ready', 'deferred') AND m.created_at >= late.noticed_at
            RETURNING m.id, m.enrolment_id, late.outage_since
        ), done AS (
            DELETE FROM late_passage WHERE enrolment_id IN (SELECT enrolment_id FROM held) OR noticed_at < %s
        )
        SELECT coalesce(array_agg(id), '{}'), min(outage_since) FROM held
        """,
        [now - FRESH],
    )
    return held, since
