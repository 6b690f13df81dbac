"""From what people wrote to the tree; every error names the place and what is allowed there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

from relance.core.durations import Duration
from relance.core.errors import DefinitionError
from relance.events.schemas import known_types
from relance.rules.grammar import ONCE, OPERATORS, All, Compare, Condition, Either, Happened, Not, Silent, Test
from relance.rules.vocabulary import BOOLEAN, CONTACTS, DATE, NUMBER, Field, Vocabulary

Where = str | Callable[[Sequence[int | str], str], str]
Location = tuple[int | str, ...]


def parse(data: Any, where: Where = "", *, vocabulary: Vocabulary = CONTACTS) -> Condition:
    """Return the condition written as `data`; raise DefinitionError listing every problem.

    `where` names the place in errors: a text put before them, or a function of (location, sentence).
    """
    reader = _Reader(vocabulary, known_types())
    condition = reader.condition(data, ())
    if reader.problems:
        name = (
            where
            if callable(where)
            else lambda at, sentence: f"{where}{'.' if where and at else ''}{'.'.join(map(str, at))}: {sentence}"
        )
        raise DefinitionError([name(location, sentence) for location, sentence in reader.problems])
    return condition


class _Reader:
    """Reads one condition and gathers its problems."""

    def __init__(self, vocabulary: Vocabulary, types: set[str]) -> None:
        self.vocabulary = vocabulary
        self.types = types
        self.problems: list[tuple[Location, str]] = []

    def condition(self, data: Any, at: Location) -> Condition:
        """Read a condition; a mapping of several fields means that all of them hold."""
        if not isinstance(data, dict) or not data:
            self.problems.append(
                (at, "a condition is a line such as `state: dormant`, or a list under `all:` or `any:`")
            )
            return All(())
        if "event" in data:
            return self.happened(data, at)
        if "without" in data:
            return self.silent(data, at)
        parts = tuple(self.part(key, value, (*at, key)) for key, value in data.items())
        return parts[0] if len(parts) == 1 else All(parts)

    def part(self, key: str, value: Any, at: Location) -> Condition:
        """Read one key of a condition."""
        if key in {"all", "any"}:
            if not isinstance(value, list) or not value:
                self.problems.append((at, f"`{key}:` is followed by a list of conditions, one `- ` each"))
                return All(())
            parts = tuple(self.condition(item, (*at, index)) for index, item in enumerate(value))
            return All(parts) if key == "all" else Either(parts)
        if key == "not":
            return Not(self.condition(value, at))
        return self.compare(key, value, at)

    def happened(self, data: dict[str, Any], at: Location) -> Condition:
        """Read `event: type, count:, within:, where:, same:`."""
        self.only(data, {"event", "count", "within", "where", "same"}, at)
        wheres = data.get("where", {})
        if not isinstance(wheres, dict):
            self.problems.append(((*at, "where"), "`where:` is followed by `field: value` lines"))
            wheres = {}
        kinds = {"amount": NUMBER}
        return Happened(
            types=self.event_types(data["event"], (*at, "event")),
            count=self.count(data["count"], (*at, "count")) if "count" in data else ONCE,
            within=self.duration(data["within"], (*at, "within")) if "within" in data else None,
            where=tuple((k, self.test(v, Field(kinds.get(k, _kind(v))), (*at, "where", k))) for k, v in wheres.items()),
            same=str(data.get("same", "")),
        )

    def count(self, value: Any, at: Location) -> Test:
        """Read how many events; fewer than none cannot happen."""
        found = self.test(value, Field(NUMBER), at)
        for _, bound in found.comparisons:
            numbers = [n for n in (bound if isinstance(bound, tuple) else (bound,)) if isinstance(n, int | float)]
            if any(number < 0 or number != int(number) for number in numbers):
                self.problems.append((at, f"events are counted 0, 1, 2 and so on, not {bound!r}"))
        return found

    def silent(self, data: dict[str, Any], at: Location) -> Condition:
        """Read `without: types, for: duration`."""
        self.only(data, {"without", "for"}, at)
        if "for" not in data:
            self.problems.append((at, "`without:` needs `for:`, such as `for: 12 months`"))
        return Silent(
            self.event_types(data["without"], (*at, "without")), self.duration(data.get("for", "1 day"), (*at, "for"))
        )

    def compare(self, key: str, value: Any, at: Location) -> Condition:
        """Read `field: test`, `attributes.size: test` included."""
        known = self.vocabulary.fields.get(key)
        if known is None and key.startswith("attributes.") and self.vocabulary.attributes:
            known = Field(_kind(value))
        if known is None:
            near = get_close_matches(key, [*self.vocabulary.fields, "event", "without", "all", "any", "not"], 1)
            hint = f"Did you mean `{near[0]}`?" if near else f"Fields are: {', '.join(sorted(self.vocabulary.fields))}."
            self.problems.append((at, f"no field is called `{key}`. {hint}"))
            return All(())
        if known.parse is None:
            return Compare(key, self.test(value, known, at))
        try:
            return Compare(key, known.parse(value))
        except ValueError as error:
            self.problems.append((at, str(error)))
            return All(())

    def test(self, value: Any, known: Field, at: Location) -> Test:
        """Read a value, a list of values, or comparisons."""
        if isinstance(value, list):
            return Test((("in", tuple(self.value(item, known, at) for item in value)),))
        if not isinstance(value, dict):
            return Test((("eq", self.value(value, known, at)),))
        allowed = ("within", "older_than", "before", "after") if known.kind == DATE else OPERATORS
        for operator in value:
            if operator not in allowed:
                self.problems.append(
                    ((*at, operator), f"`{operator}` compares nothing here; use one of {', '.join(allowed)}")
                )
        return Test(
            tuple(
                (operator, self.bound(operator, bound, known, (*at, operator)))
                for operator, bound in value.items()
                if operator in allowed
            )
        )

    def bound(self, operator: str, value: Any, known: Field, at: Location) -> Any:
        """Read what a comparison compares with."""
        return self.duration(value, at) if operator in {"within", "older_than"} else self.value(value, known, at)

    def value(self, value: Any, known: Field, at: Location) -> Any:
        """Read one value of the field's kind."""
        kinds: dict[str, tuple[type, ...]] = {NUMBER: (int, float), BOOLEAN: (bool,), DATE: (str, date)}
        right = isinstance(value, kinds.get(known.kind, (str, int))) and (
            known.kind == BOOLEAN or not isinstance(value, bool)
        )
        if right and known.kind == DATE:
            return self.date(value, at)
        if not right:
            self.problems.append((at, f"a {known.kind} is expected, not {value!r}"))
        elif known.values and value not in known.values:
            self.problems.append((at, f"{value!r} is none of {', '.join(known.values)}"))
        return str(value) if known.kind == "text" else value

    def date(self, value: Any, at: Location) -> str:
        """Read a calendar day written as 2026-07-27."""
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            self.problems.append((at, f"a date is written 2026-07-27, not {value!r}"))
            return "1970-01-01"

    def event_types(self, value: Any, at: Location) -> tuple[str, ...]:
        """Read one event type or a list of them."""
        names = value if isinstance(value, list) else [value]
        for name in names:
            if name not in self.types:
                near = get_close_matches(str(name), sorted(self.types), 1)
                hint = f"Did you mean `{near[0]}`?" if near else "Declare it first with `relance events declare`."
                self.problems.append((at, f"no event type is called `{name}`. {hint}"))
        return tuple(map(str, names))

    def duration(self, value: Any, at: Location) -> Duration:
        """Read a duration such as `12 months`."""
        try:
            found = Duration.parse(value)
        except ValueError as error:
            self.problems.append((at, f"{error}, not {value!r}"))
            return Duration(1, "day")
        if found.count == 0:
            self.problems.append((at, f"nothing fits into {value!r}; write a duration such as `30 days`"))
        return found

    def only(self, data: dict[str, Any], allowed: set[str], at: Location) -> None:
        """Note every key that has no business in this leaf."""
        for key in data.keys() - allowed:
            self.problems.append(
                ((*at, key), f"`{key}` does not belong here; allowed are {', '.join(sorted(allowed))}")
            )


def _kind(value: Any) -> str:
    """Return the kind of an attribute or property by the value it is compared with."""
    sample = (
        next(iter(value.values()), "")
        if isinstance(value, dict)
        else value[0]
        if isinstance(value, list) and value
        else value
    )
    if isinstance(sample, bool):
        return BOOLEAN
    return NUMBER if isinstance(sample, int | float) else "text"
