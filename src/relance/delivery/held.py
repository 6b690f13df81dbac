"""What a named person decides of overdue messages that wait: by journey, they leave or are cancelled."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from relance.core import audit, database
from relance.core.errors import InputError, NotFoundError
from relance.eligibility import gate

NONE = "-"  # stands for messages of no journey


@dataclass(frozen=True)
class Group:
    """Messages of one journey: how many, and when the first and the last of them were due."""

    journey_id: int
    journey: str  # `-` for messages of none
    purpose: str
    messages: int
    first_due: datetime
    last_due: datetime


def groups(condition: str = "m.state = 'held'", values: Collection[object] = ()) -> list[Group]:
    """Return the messages that wait for a person (or those of another condition on `message m`), by journey."""
    found = database.rows(
        f"""
        SELECT coalesce(m.journey_id, 0), coalesce(j.name, '{NONE}'), m.purpose, count(*),
               min(coalesce(m.due_since, m.not_before)), max(coalesce(m.due_since, m.not_before))
        FROM message m LEFT JOIN journey j ON j.id = m.journey_id
        WHERE {condition} GROUP BY 1, 2, 3 ORDER BY 4 DESC, 2, 3
        """,
        list(values),
    )
    return [Group(*row) for row in found]


def count(journey_id: int | None = None) -> int:
    """Return how many messages wait for a person, of one journey or of all."""
    of = "" if journey_id is None else " AND journey_id = %s"
    ((held,),) = database.rows(
        f"SELECT count(*) FROM message WHERE state = 'held'{of}", [] if journey_id is None else [journey_id]
    )
    return int(held)


def release(journey: str, *, by: str, now: datetime) -> int:
    """Let what waits of a journey (`-`: of none) leave, as the gate and the caps allow; return how many messages.

    They have their full life from now on: it was the outage that used it up.
    """
    return _decide(
        journey, "released held messages", by, now,
        "state = 'ready', reason = '', not_before = %(now)s, due_since = NULL, expires_at = greatest(expires_at, %(until)s)",
    )  # fmt: skip


def cancel(journey: str, *, by: str, now: datetime) -> int:
    """Let go of what waits of a journey (`-`: of none): it is never sent; return how many messages."""
    return _decide(
        journey, "cancelled held messages", by, now, "state = 'blocked', reason = 'cancelled: overdue, by ' || %(by)s"
    )


def _decide(journey: str, action: str, by: str, now: datetime, change: str) -> int:
    signed(by)
    of = journey_id(journey)
    values = {"journey": of, "now": now, "until": now + timedelta(days=settings.RELANCE.message_days), "by": by[:400]}
    with transaction.atomic():
        moved = database.rows(
            f"UPDATE message SET {change} WHERE state = 'held' AND journey_id IS NOT DISTINCT FROM %(journey)s RETURNING id",
            values,
        )
        if moved:
            gate.release([message for (message,) in moved])
            audit.record(action, journey, now=now, actor=by, details={"messages": len(moved)})
    return len(moved)


def signed(by: str) -> None:
    """Refuse a decision without a name."""
    if not by.strip():
        raise InputError("A decision on messages that wait needs the name of who takes it.")


def journey_id(name: str) -> int | None:
    """Return the id of a journey by name; None for `-`, the messages of none."""
    if name == NONE:
        return None
    found = database.rows("SELECT id FROM journey WHERE name = %s", [name])
    if not found:
        raise NotFoundError(f"No journey is called {name}. `relance held list` shows those that have messages waiting.")
    return int(found[0][0])
