"""Where a condition runs: PostgreSQL while the hot rows reach far enough, DuckDB over the lake beyond that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

import ibis
from django.conf import settings

from relance.intake import coverage
from relance.rules import moments
from relance.rules.compiling import Context, compile_condition
from relance.rules.grammar import Compare, Condition, leaves
from relance.rules.vocabulary import CONTACTS, Vocabulary

Covered = Mapping[str, datetime] | None  # None: as the sources say

_EVENTS = "SELECT contact_id, source_id, type, occurred_at, amount, channel, reference, properties FROM event"


def engine_for(
    condition: Condition, now: datetime, vocabulary: Vocabulary = CONTACTS
) -> Literal["postgresql", "duckdb"]:
    """Return the engine that has all the condition asks for: hot rows go back `hot_days`, features live in the lake."""
    border = now - timedelta(days=settings.RELANCE.hot_days)
    for leaf in leaves(condition):
        if isinstance(leaf, Compare):
            known = vocabulary.fields.get(leaf.field)
            if known is not None and not known.hot:
                return "duckdb"
            continue
        window = getattr(leaf, "within", None) or getattr(leaf, "duration", None)
        if window is None or window.before(now) < border:
            return "duckdb"
    return "postgresql"


def contacts_sql(
    condition: Condition, *, now: datetime, covered: Covered = None, vocabulary: Vocabulary = CONTACTS, among: str = ""
) -> str:
    """Return the PostgreSQL query of the ids of the contacts that certainly meet the condition.

    `among` is a query of contact ids: only these people, and their events, are looked at.
    """
    person = f"SELECT * FROM ({vocabulary.person}) AS p WHERE id IN ({among})" if among else vocabulary.person
    events = f"{_EVENTS} WHERE contact_id IN ({among})" if among else _EVENTS
    chosen = _select(condition, now, covered, vocabulary, "postgres")
    return f"WITH person AS ({person}), events AS ({events}) SELECT id FROM ({chosen}) AS chosen"


def duckdb_sql(
    condition: Condition, *, now: datetime, covered: Covered = None, vocabulary: Vocabulary = CONTACTS
) -> str:
    """Return the DuckDB query of those ids, over relations `person` and `events` of the connection."""
    return _select(condition, now, covered, vocabulary, "duckdb")


def _select(condition: Condition, now: datetime, covered: Covered, vocabulary: Vocabulary, dialect: str) -> str:
    since = coverage.covered(now) if covered is None else covered
    return moments.fill(_compiled(condition, tuple(sorted(since.items())), vocabulary, dialect), now)


@lru_cache(maxsize=256)
def _compiled(
    condition: Condition, covered: tuple[tuple[str, datetime], ...], vocabulary: Vocabulary, dialect: str
) -> str:
    """Return the query with its moments still named; kept, since only they change from night to night."""
    context = Context.of(vocabulary, dict(covered))
    chosen = context.person.filter(compile_condition(condition, context)).select("id")
    return str(ibis.to_sql(chosen, dialect=dialect))
