"""What a restored database might send again, and what a named person decides of it.

While a restoration is open nothing leaves, but people still move along: so all that would leave stands here in the end,
what was due in the gap and what is written anew for steps that may have been done in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from relance.core import audit, database
from relance.core.errors import RefusedError
from relance.delivery import held, restoration
from relance.delivery.held import Group
from relance.eligibility import gate
from relance.outbox.pulse import Restoration

# All that would leave by itself once sending goes on; what waits until later was not due in the gap either.
# Each arm of the OR has a partial index: the few that are due are found without reading the millions that were sent.
DUE = "(m.state IN ('ready', 'deferred') OR m.state = 'claimed' OR m.state = 'held') AND m.not_before <= %s"


@dataclass(frozen=True)
class Standing:
    """An open restoration: why, the gap, what is due by journey, what the lake proved, what is in doubt."""

    restoration: Restoration
    groups: Sequence[Group]
    messages: int
    written_since: int  # of these, written since the restoration was noticed
    in_doubt: int

    @property
    def gap(self) -> tuple[datetime | None, datetime]:
        """From the database's last sign of life to the folder's later one, else to when it was noticed."""
        begins, known = self.restoration.snapshot_at, self.restoration.known_at
        return begins, known if known and begins and known > begins else self.restoration.noticed_at


def standing(now: datetime) -> Standing | None:
    """Return what might be sent again; None where no restoration is open."""
    found = restoration.open_one()
    if found is None:
        return None
    groups = held.groups(DUE, [now])
    ((since, doubts),) = database.rows(
        f"""
        SELECT (SELECT count(*) FROM message m WHERE {DUE} AND created_at >= %s),
               (SELECT count(*) FROM message WHERE state = 'sending') + (SELECT count(*) FROM message WHERE state = 'unknown')
        """,
        [now, found.noticed_at],
    )
    return Standing(found, groups, sum(group.messages for group in groups), since, doubts)


def cancel(journey: str, *, by: str, now: datetime) -> int:
    """Let go of what is due of a journey (`-`: of none): it counts as never sent; return how many messages."""
    held.signed(by)
    with transaction.atomic():
        _open()
        moved = _cancel("AND m.journey_id IS NOT DISTINCT FROM %s", [held.journey_id(journey)], by, now)
        audit.record("cancelled after restoration", journey, now=now, actor=by, details={"messages": moved})
    return moved


def cancel_all(*, by: str, now: datetime) -> int:
    """Let go of all that is due, and let sending go on with what comes due later; return how many messages."""
    held.signed(by)
    with transaction.atomic():
        found = _open()
        moved = _cancel("", [], by, now)
        audit.record("cancelled after restoration", "all journeys", now=now, actor=by, details={"messages": moved})
        _settle(found, by, now, sent=0)
    return moved


def release(*, by: str, now: datetime) -> int:
    """Let sending go on with all that is due, as the gate allows; return how many messages are.

    They have their full life from now on, and are not overdue: a person has looked.
    """
    held.signed(by)
    with transaction.atomic():
        found = _open()
        due = database.execute(
            f"""
            UPDATE message AS m SET not_before = %s, due_since = NULL, expires_at = greatest(m.expires_at, %s)
            WHERE {DUE} AND m.state <> 'held'
            """,
            [now, now + timedelta(days=settings.RELANCE.message_days), now],
        )
        _settle(found, by, now, sent=due)
    return due


def _open() -> Restoration:
    """Return the open restoration, which nobody else settles before this transaction ends."""
    found = Restoration.objects.select_for_update().filter(settled_at=None).first()
    if found is None:
        raise RefusedError("No restored database waits for a decision: messages leave as ever.")
    return found


def _cancel(only: str, values: Sequence[object], by: str, now: datetime) -> int:
    """Let go of what is due, with its places under the caps and its money; return how many messages."""
    moved = database.rows(
        f"""
        UPDATE message AS m SET state = 'blocked', reason = left('cancelled: restored database, by ' || %s, 500), worker = '',
            lease_until = NULL
        WHERE {DUE} {only}
        RETURNING m.id
        """,
        [by, now, *values],
    )
    gate.release([message for (message,) in moved])
    return len(moved)


def _settle(found: Restoration, by: str, now: datetime, *, sent: int) -> None:
    found.settled_at, found.settled_by = now, by
    found.save(update_fields=["settled_at", "settled_by"])
    database.execute(
        """
        UPDATE pulse SET at = %(now)s, worked_at = %(now)s,
            advanced_at = CASE WHEN advanced_at IS NOT NULL THEN %(now)s::timestamptz END
        """,
        {"now": now},
    )
    audit.record("restoration settled", found.kind, now=now, actor=by, details={"messages": sent})
