"""A condition in words, in the language in force: what a person reads instead of YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from relance.core import dates
from relance.core.durations import Duration
from relance.measurement import formats
from relance.web.conditions import words
from relance.web.conditions.vocabulary import event_labels
from relance.web.language import current, in_quotes


def sentence(data: Any) -> str:
    """Return the condition as a sentence; what is not a condition is shown as it is written."""
    if not data:
        return _("Everybody.")
    text = _Teller(event_labels()).condition(data, inside=False)
    return formats.typography(f"{text[:1].upper()}{text[1:]}.", current())


def parts(data: Any) -> dict[str, str]:
    """Return a sentence for each part of a condition, by the part as compact JSON: the builder shows it of what it keeps as written."""
    teller, found = _Teller(event_labels()), dict[str, str]()
    for part in _parts(data):
        told = formats.typography(teller.condition(part, inside=False), current())
        found[json.dumps(part, ensure_ascii=False, separators=(",", ":"), default=str)] = (
            f"{told[:1].upper()}{told[1:]}."
        )
    return found


def _parts(data: Any) -> Iterator[Any]:
    """Yield the conditions a condition is made of, itself among them."""
    yield data
    if not isinstance(data, dict):
        return
    if len(data) > 1 and not data.keys() & {"event", "without"}:
        for key, value in data.items():
            yield from _parts({key: value})
    for key in ("all", "any"):
        for part in data[key] if isinstance(data.get(key), list) else ():
            yield from _parts(part)
    if "not" in data:
        yield from _parts(data["not"])


class _Teller:
    """Tells one condition; knows the labels of the events."""

    def __init__(self, labels: dict[str, str]) -> None:
        self.labels = labels

    def condition(self, data: Any, *, inside: bool) -> str:
        """Tell a condition; inside another one, several parts stand in brackets."""
        if not isinstance(data, dict) or not data:
            return _("written in YAML: %(yaml)s") % {"yaml": _written(data)}
        if "event" in data:
            return self.happened(data)
        if "without" in data:
            types = self.types(data["without"])
            return _("no %(events)s for %(duration)s") % {"events": types, "duration": _duration(data.get("for"))}
        if len(data) == 1:
            ((key, value),) = data.items()
            return self.part(str(key), value, inside=inside)
        return self.group("all", [{key: value} for key, value in data.items()], inside=inside)

    def part(self, key: str, value: Any, *, inside: bool) -> str:
        """Tell one key of a condition."""
        if key in {"all", "any"} and isinstance(value, list):
            return self.group(key, value, inside=inside)
        if key == "not":
            return self.denied(value)
        return _("%(field)s: %(test)s") % {"field": _field(key), "test": _test(key, value)}

    def group(self, key: str, parts: Sequence[Any], *, inside: bool) -> str:
        """Tell a group."""
        if len(parts) == 1:
            return self.condition(parts[0], inside=inside)
        between = _("%(first)s, and %(next)s") if key == "all" else _("%(first)s, or %(next)s")
        text = self.condition(parts[0], inside=True) if parts else _written(parts)
        for part in parts[1:]:
            text = between % {"first": text, "next": self.condition(part, inside=True)}
        return f"({text})" if inside else text

    def denied(self, part: Any) -> str:
        """Tell the opposite of a condition; of an event that happened, that it did not."""
        if isinstance(part, dict) and "event" in part and "count" not in part:
            return _("no %(event)s") % {"event": self.happened(part)}
        if isinstance(part, dict) and len(part) == 1 and isinstance(part.get("any"), list) and len(part["any"]) > 1:
            return _("none of: %(parts)s") % {"parts": self.group("any", part["any"], inside=True)}
        return _("not %(part)s") % {"part": self.condition(part, inside=True)}

    def happened(self, data: dict[str, Any]) -> str:
        """Tell a count of events."""
        said = [self.types(data["event"])]
        if "count" in data:
            said.append(_("%(count)s times") % {"count": _test("", data["count"])})
        if "within" in data:
            said.append(_("in %(value)s") % {"value": _duration(data["within"], past=True)})
        where = data.get("where")
        for name, test in where.items() if isinstance(where, dict) else ():
            said.append(_("where %(property)s: %(test)s") % {"property": _property(name), "test": _test(name, test)})
        if data.get("same"):
            said.append(_("for the same %(property)s") % {"property": _property(str(data["same"]))})
        return " ".join(said)

    def types(self, value: Any) -> str:
        """Tell one type or several, in quotes."""
        names = value if isinstance(value, list) else [value]
        return _either([in_quotes(self.labels.get(str(name)) or str(name)) for name in names])


def _field(name: str) -> str:
    if name.startswith("attributes."):
        return name.removeprefix("attributes.")
    label = str(words.FIELDS[name].label) if name in words.FIELDS else name
    return label[:1].lower() + label[1:] if label[1:2] != label[1:2].upper() or len(label) > 2 else label


def _property(name: str) -> str:
    return str(words.PROPERTIES.get(name, name))


def _test(field: str, value: Any) -> str:
    """Tell what a field is compared with."""
    if isinstance(value, dict):
        told = [_comparison(field, str(name), bound) for name, bound in value.items()]
        return (" " + _("and") + " ").join(told) or _written(value)
    if isinstance(value, list):
        return _either([_value(field, item) for item in value]) if value else "…"
    return _value(field, value)


def _comparison(field: str, name: str, bound: Any) -> str:
    if name not in words.OPERATORS:
        return _written({name: bound})
    told = _duration(bound, past=name == "within") if name in {"within", "older_than"} else _test(field, bound)
    return str(words.OPERATORS[name][1]) % {"value": told}


def _value(field: str, value: Any) -> str:
    """Tell one value."""
    if value is None or value == "":
        return "…"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return _number(field, value)
    known = words.VALUES.get(field, {}).get(str(value))
    if known is not None:
        return str(known).lower() if field == "state" else str(known)
    return _day(value) if isinstance(value, str | date) else _written(value)


def _number(field: str, value: float) -> str:
    exact = Decimal(str(value))
    digits = max(0, -int(exact.normalize().as_tuple().exponent)) if exact.is_finite() else 0
    unit = words.FIELDS[field].unit if field in words.FIELDS else ""
    if unit == "money":
        return formats.money(exact, current(), settings.RELANCE.currency, digits=2 if digits else 0)
    text = formats.number(exact, current(), digits)
    return f"{text} {words.UNITS['day'][0]}" if unit == "days" and value != 1 else text


def _day(value: str | date) -> str:
    """Tell a calendar day; any other text stands as it is."""
    try:
        return dates.day(date.fromisoformat(str(value)), current())
    except ValueError:
        return str(value)


def _duration(value: Any, *, past: bool = False) -> str:
    """Tell a length of time; `past`: as the period up to now."""
    try:
        known = Duration.parse(value)
    except ValueError:
        return "…" if value is None else _written(value)
    return str(words.UNITS[known.unit][2 if past else 1] % {"n": known.count})


def _either(told: Sequence[str]) -> str:
    """Join alternatives."""
    if len(told) < 2:
        return told[0] if told else "…"
    return _("%(first)s or %(last)s") % {"first": ", ".join(told[:-1]), "last": told[-1]}


def _written(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, default=str)
