"""A small base to judge: people known for long, what sources cover, what people did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from relance.core import database
from relance.core.definitions import parse
from relance.dormancy import policies, scoring
from relance.events import engine, hot
from relance.events.hot import NewEvent
from relance.intake import sources

ANNA, BORIS, CHLOE, DENIS = 1, 2, 3, 4


def known(contacts: Iterable[int], since: datetime, **columns: object) -> None:
    """Add contacts first seen at an instant."""
    names = "".join(f", {name}" for name in columns)
    places = ", %s" * len(columns)
    for contact in contacts:
        database.execute(
            f"INSERT INTO contact (id, first_seen_at{names}) VALUES (%s, %s{places})",
            [contact, since, *columns.values()],
        )


def cover(now: datetime, *types: str, days: int = 1900) -> None:
    """Let the shop tell of these types since so many days."""
    sources.cover(sources.source_id("shop", now), dict.fromkeys(types, now - timedelta(days=days)))


def did(contact: int, kind: str, at: datetime, *, times: int = 1, **more: Any) -> None:
    """Let a contact do something, some seconds apart."""
    hot.insert(
        NewEvent(contact, 1, kind, at - timedelta(seconds=n), reference=f"{kind}{at}{n}", **more) for n in range(times)
    )


def policy(text: str, now: datetime) -> policies.PolicyDefinition:
    """Keep a policy written as YAML."""
    policies.apply(parse(text, "mine.yaml"), now)
    return next(found for found in policies.in_force() if found.policy in text)


def scored(now: datetime, *columns: str) -> dict[int, tuple[Any, ...]]:
    """Return columns of everybody's scoring at an instant, by contact."""
    with engine.reading() as con:
        scoring.compute(con, now)
        found = con.execute(f"SELECT contact_id, {', '.join(columns)} FROM scored ORDER BY 1").fetchall()
    return {row[0]: tuple(row[1:]) for row in found}


def states(now: datetime) -> dict[int, str]:
    """Return everybody's state at an instant."""
    return {contact: state for contact, (state,) in scored(now, "state").items()}
