"""The tree a condition is parsed into; every node is frozen and says what it asks, not how."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from relance.core.durations import Duration

OPERATORS = ("eq", "not", "gt", "gte", "lt", "lte")


_CHECKS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "not": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, bounds: value in bounds,
}


@dataclass(frozen=True)
class Test:
    """Comparisons that all hold: (operator, value) pairs; the operator `in` has a tuple of values."""

    __test__ = False  # not a class of tests, whatever pytest thinks of the name

    comparisons: tuple[tuple[str, Any], ...]

    def holds(self, value: float) -> bool:
        """Tell whether a number passes."""
        return all(_CHECKS[name](value, bound) for name, bound in self.comparisons)


ONCE = Test((("gte", 1),))


@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Condition


@dataclass(frozen=True)
class Happened:
    """Events of these types, counted within a window; `same` counts apart for each value of a property."""

    types: tuple[str, ...]
    count: Test = ONCE
    within: Duration | None = None
    where: tuple[tuple[str, Test], ...] = ()
    same: str = ""


@dataclass(frozen=True)
class Silent:
    """No event of these types for a duration, counted from the later of the last one and the day first seen."""

    types: tuple[str, ...]
    duration: Duration


@dataclass(frozen=True)
class Compare:
    """A field passes a test; `value` is as the field's owner parsed it."""

    field: str
    value: Any


Condition = All | Either | Not | Happened | Silent | Compare


def event_types(condition: Condition) -> set[str]:
    """Return the types of the events that the condition asks for."""
    return {name for leaf in leaves(condition) if not isinstance(leaf, Compare) for name in leaf.types}


def leaves(condition: Condition) -> Iterator[Happened | Silent | Compare]:
    """Yield the leaves of the tree."""
    if isinstance(condition, All | Either):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, Not):
        yield from leaves(condition.part)
    else:
        yield condition
