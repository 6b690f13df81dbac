"""A policy as it is written: from the form's fields, from YAML, from a preset, or with another threshold."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.core import dates
from relance.core.definitions import Document, parse
from relance.core.durations import Duration
from relance.core.errors import InputError, NotFoundError, RefusedError
from relance.dormancy import policies
from relance.dormancy.models import Policy
from relance.dormancy.policies import SILENT_STATES, PolicyDefinition
from relance.dormancy.presets import preset
from relance.web.conditions.vocabulary import event_labels
from relance.web.dormancy import words
from relance.web.segments import yaml_text
from relance.web.segments.forms import Problem, problems

__all__ = ["Problem", "check", "find", "form", "from_form", "problems", "text_of", "tried", "with_threshold"]

UNITS = {
    "day": gettext_lazy("days"), "week": gettext_lazy("weeks"), "month": gettext_lazy("months"), "year": gettext_lazy("years"),
}  # fmt: skip
_CRITERION = ("without", "never", "event", "count", "for", "within", "points", "after", "channel", "exposed_to")


def find(name: str) -> tuple[Policy, PolicyDefinition]:
    """Return a policy in force and what it says."""
    kept = Policy.objects.filter(name=name).first()
    if kept is None:
        raise NotFoundError(_("No policy is called “%(name)s”. The list shows those there are.") % {"name": name})
    return kept, PolicyDefinition.model_validate(kept.definition)


def ordered(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition with its parts in the order people write them in; the database keeps none."""
    found = {name: data[name] for name in PolicyDefinition.model_fields if name in data}
    criteria = sorted(data["criteria"].items(), key=lambda item: (_lighter(item[1]), item[0]))
    found["criteria"] = {key: _in_order(one, _CRITERION) for key, one in criteria}
    for one in found["criteria"].values():
        if isinstance(one.get("exposed_to"), dict):
            one["exposed_to"] = _in_order(one["exposed_to"], ("event", "count", "within"))
    states = [name for name in SILENT_STATES if name in data["states"]]
    found["states"] = {name: _in_order(data["states"][name], ("points", "needs")) for name in states}
    return found


def _lighter(criterion: Mapping[str, Any]) -> int:
    points = criterion.get("points")
    return -points if isinstance(points, int) else 0


def _in_order(data: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: data[name] for name in names if name in data}


def text_of(data: Mapping[str, Any]) -> str:
    """Return a definition as YAML."""
    return yaml_text.write(ordered(data))


def check(text: str) -> tuple[Document, PolicyDefinition]:
    """Read a policy from YAML; every error names its line."""
    document = parse(text, _("The policy"))
    return document, policies.check(document)


def form(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the form for a definition."""
    definition, labels = PolicyDefinition.model_validate(dict(data)), event_labels()
    criteria = [
        {
            "key": key,
            "name": words.name(one, labels),
            "events": words.quoted(one.types, labels),
            "count": one.duration.count,
            "unit": one.duration.unit,
            "points": one.points,
            "times": one.exposed_to.count.gte if one.exposed_to else one.count.gte if one.count else None,
            "counted": bool(one.event),
        }
        for key, one in sorted(definition.criteria.items(), key=lambda item: -item[1].points)
    ]
    states = [
        {
            "name": name,
            "points": definition.states[name].points,
            "needs": definition.states[name].needs or "",
        }
        for name in SILENT_STATES
        if name in definition.states
    ]
    return {
        "criteria": criteria,
        "states": states,
        "units": UNITS.items(),
        "overdue_at": f"{definition.cadence.overdue_at:g}" if definition.cadence else "",
        "most": sum(one.points for one in definition.criteria.values()),
        "description": words.said(definition.description),
        "reason": words.said(definition.reason),
    }


def from_form(data: Mapping[str, Any], post: Mapping[str, str]) -> str:
    """Return the YAML of a definition with the form's durations, points, thresholds and words."""
    changed = copy.deepcopy(dict(data))
    for key, one in changed["criteria"].items():
        _criterion(one, key, post)
    for name, rule in changed["states"].items():
        rule["points"] = _whole(post.get(f"state-{name}-points", ""), rule["points"])
        needs = post.get(f"state-{name}-needs")
        if needs is not None:
            rule.pop("needs", None)
            rule |= {"needs": needs} if needs else {}
    _cadence(changed, post.get("overdue_at"))
    for field in ("description", "reason"):
        told, known = post.get(field), changed.get(field) or {}
        if told is not None and told.strip() != words.said(known):
            changed[field] = {**known, words.current_key(): told.strip()}
    return text_of(changed)


def _criterion(one: dict[str, Any], key: str, post: Mapping[str, str]) -> None:
    """Put what the form says of a criterion into it."""
    window = "within" if "within" in one else "for"
    count, unit = post.get(f"criterion-{key}-count"), post.get(f"criterion-{key}-unit", "")
    if count is not None and unit in UNITS:
        if not count.isdecimal():
            raise InputError(_("A duration is a whole number of days, weeks, months or years."))
        written = Duration(int(count), unit)
        one[window] = str(written)
    one["points"] = _whole(post.get(f"criterion-{key}-points", ""), one["points"])
    times = post.get(f"criterion-{key}-times")
    if times:
        if one.get("event"):
            one["count"] = {"gte": _whole(times, 1)}
        elif one.get("exposed_to"):
            one["exposed_to"]["count"] = {"gte": _whole(times, 1)}
        elif one.get("without") or one.get("never"):
            one["exposed_to"] = {"event": "message_delivered", "count": {"gte": _whole(times, 1)}}


def _cadence(data: dict[str, Any], typed: str | None) -> None:
    if typed is None:
        return
    data.pop("cadence", None)
    if typed.strip():
        try:
            data["cadence"] = {"overdue_at": float(typed.replace(",", "."))}
        except ValueError as error:
            raise InputError(_("How many times one’s own rhythm is a number, such as 3.")) from error


def _whole(typed: str, otherwise: Any) -> Any:
    """Return the whole number typed; what is none is kept for the definition's own check to refuse."""
    if not typed.strip():
        return otherwise
    return int(typed) if typed.strip().isdecimal() else typed


def with_threshold(data: Mapping[str, Any], days: int, today: date) -> str:
    """Return the YAML of a policy whose dormant people have been silent for so many days."""
    changed = copy.deepcopy(dict(data))
    needs = changed["states"]["dormant"].get("needs")
    if needs is None:
        raise RefusedError(
            _(
                "In this policy no single silence makes people dormant: points of several do. Change their durations on the edit "
                "page instead."
            )
        )
    if days < 1:
        raise InputError(_("A threshold is at least one day of silence."))
    changed["criteria"][needs]["for"] = f"{days} days"
    known = changed.get("description") or {}
    changed["description"] = {language: (text.split(". ")[0].rstrip(".") + ".") for language, text in known.items()}
    changed["reason"] = {
        "en": f"Threshold of {days} days, chosen on {dates.day(today, 'en')} on the curve of returns of this base.",
        "fr": f"Seuil de {days} jours, choisi le {dates.day(today, 'fr')} sur la courbe de retour de cette base.",
    }
    return text_of(changed)


def tried(name: str, instead: str) -> str:
    """Return the YAML of a preset: as it is, or under the name of the policy in whose place it is tried."""
    chosen = preset(name)
    if not instead:
        return chosen.path.read_text("utf-8")
    kept, _definition = find(instead)
    return text_of({**dict(chosen.document.data), "policy": kept.name})
