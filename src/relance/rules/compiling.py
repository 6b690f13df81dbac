"""From the tree to one Ibis expression, the same for every engine.

Windows are instants named here and put in when the query runs (`moments`). What no source covered is NULL, and
SQL's three-valued logic carries it: a contact is selected only where the condition is certainly true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.expr import datatypes as kinds

from relance.intake import coverage
from relance.rules import moments
from relance.rules.grammar import All, Compare, Condition, Either, Happened, Not, Silent, Test
from relance.rules.vocabulary import DATE, Field, Vocabulary

TIMESTAMP = "timestamp('UTC')"

EVENTS = ibis.table(
    {
        "contact_id": "int64", "source_id": "int32", "type": "string", "occurred_at": TIMESTAMP, "amount": "decimal(18, 4)",
        "channel": "string", "reference": "string", "properties": kinds.JSON(binary=True),
    },
    name="events",
)  # fmt: skip


@dataclass(frozen=True)
class Context:
    """What a condition is compiled against: the person relation, its fields, and since when each type is covered."""

    vocabulary: Vocabulary
    covered: Mapping[str, datetime]
    person: ir.Table
    events: ir.Table = field(default_factory=lambda: EVENTS)

    @classmethod
    def of(cls, vocabulary: Vocabulary, covered: Mapping[str, datetime]) -> Context:
        """Return the context of the unbound tables `person` and `events`."""
        columns = {**vocabulary.columns(), "attributes": kinds.JSON(binary=True)}
        return cls(vocabulary, covered, ibis.table(columns, name="person"))

    def table(self, name: str) -> ir.Table:
        """Return one of the tables the vocabulary's owners declared."""
        return ibis.table(dict(self.vocabulary.tables[name]), name=name)


def compile_condition(condition: Condition, context: Context) -> ir.BooleanValue:
    """Return the condition as a boolean expression over `context.person`: true, false, or NULL where unknown."""
    if isinstance(condition, All):
        return ibis.and_(*(compile_condition(part, context) for part in condition.parts))
    if isinstance(condition, Either):
        return ibis.or_(*(compile_condition(part, context) for part in condition.parts))
    if isinstance(condition, Not):
        return ~compile_condition(condition.part, context)
    if isinstance(condition, Happened):
        return _happened(condition, context)
    if isinstance(condition, Silent):
        return _silent(condition, context)
    return _compare(condition, context)


def _happened(rule: Happened, context: Context) -> ir.BooleanValue:
    """Compile a count of events; a test that zero passes is the complement of the contacts that fail it."""
    start = moments.before(rule.within) if rule.within else None
    events = _window(context, rule.types, start)
    for name, test in rule.where:
        events = events.filter(compare(_property(events, name, test), test))
    groups = {"contact_id": events.contact_id}
    if rule.same:
        groups["same"] = events.properties[rule.same].str
        events = events.filter(groups["same"].notnull())
    counted = events.group_by(**groups).aggregate(n=events.count())
    passes = compare(counted.n, rule.count)
    covered = _covered(context, rule.types, start)
    if not rule.count.holds(0):
        found = context.person.id.isin(counted.filter(passes).contact_id)
        return ibis.ifelse(found, True, ibis.ifelse(covered, False, ibis.null("boolean")))
    failed = context.person.id.isin(counted.filter(~passes).contact_id)
    return ibis.ifelse(failed, False, ibis.ifelse(covered, True, ibis.null("boolean")))


def _silent(rule: Silent, context: Context) -> ir.BooleanValue:
    """Compile a silence: nothing since the start of the window, and first seen before it."""
    start = moments.before(rule.duration)
    heard = context.person.id.isin(_window(context, rule.types, start).contact_id)
    old_enough = context.person.first_seen_at <= start
    covered = _covered(context, rule.types, start)
    return ibis.ifelse(heard | ~old_enough, False, ibis.ifelse(covered, True, ibis.null("boolean")))


def _window(context: Context, types: tuple[str, ...], start: Any) -> ir.Table:
    """Return the events of these types from `start` to `now`."""
    events = context.events
    chosen = events.filter(events.type.isin(types), events.occurred_at <= moments.now())
    return chosen if start is None else chosen.filter(chosen.occurred_at > start)


def _covered(context: Context, types: tuple[str, ...], start: Any) -> ir.BooleanValue:
    """Tell whether silence of these types means silence: some source told of them over the person's whole window.

    What the types of one list need is said in `coverage.since`.
    """
    since = coverage.since(context.covered, types)
    if since is None:
        return ibis.literal(False)
    seen_after = context.person.first_seen_at >= moments.at(since)
    return seen_after if start is None else seen_after | (start >= moments.at(since))


def _property(events: ir.Table, name: str, test: Test) -> ir.Value:
    """Return a column of the event, or one of its properties in the kind it is compared with."""
    if name in {"amount", "channel", "reference"}:
        return events[name]
    return _json(events.properties, name, test)


def _json(column: Any, name: str, test: Test) -> ir.Value:
    """Return a key of a JSON column in the kind it is compared with."""
    sample = next((value[0] if isinstance(value, tuple) else value for _, value in test.comparisons), "")
    if isinstance(sample, bool):
        return column[name].bool
    return column[name].float if isinstance(sample, int | float) else column[name].str


def _compare(rule: Compare, context: Context) -> ir.BooleanValue:
    """Compile a field's test."""
    known = context.vocabulary.fields.get(rule.field, Field())
    if known.build is not None:
        built: ir.BooleanValue = known.build(context, rule.value)
        return built
    if rule.field.startswith("attributes."):
        column = _json(context.person.attributes, rule.field.removeprefix("attributes."), rule.value)
    else:
        column = context.person[known.column]
    return compare(column, rule.value, date=known.kind == DATE)


def compare(column: Any, test: Test, *, date: bool = False) -> ir.BooleanValue:
    """Compile a test of a column."""
    parts = [
        _dated(column, operator, value) if date else _one(column, operator, value)
        for operator, value in test.comparisons
    ]
    return ibis.and_(*parts)


def _one(column: Any, operator: str, value: Any) -> Any:
    operations = {
        "eq": lambda: column == value, "not": lambda: column != value, "gt": lambda: column > value,
        "gte": lambda: column >= value, "lt": lambda: column < value, "lte": lambda: column <= value,
        "in": lambda: column.isin(value),
    }  # fmt: skip
    return operations[operator]()


def _dated(column: Any, operator: str, value: Any) -> Any:
    """Compile a test of a date: durations count back from now, days start at midnight UTC."""
    if operator == "within":
        return column > moments.before(value)
    if operator == "older_than":
        return column <= moments.before(value)
    day = moments.at(datetime.fromisoformat(value).replace(tzinfo=UTC))
    return column < day if operator == "before" else column >= day
