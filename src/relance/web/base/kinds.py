"""The kinds of quiet people in words: how many, what to write to them, what not to do; and the micro-targets by worth."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from relance.dormancy.kinds import TRADES
from relance.journeys import definition, library
from relance.segments.models import Segment
from relance.web import tags
from relance.web.language import current

Kept = dict[str, Any]


def told(kept: Kept) -> dict[str, Any]:
    """Return what the page shows of what the night kept."""
    overview, targets = kept["overview"], kept["targets"]
    known = set(Segment.objects.values_list("name", flat=True))
    recipes = _recipes()
    return {
        "at": datetime.fromisoformat(overview["as_of"]),
        "people": overview["people"],
        "quiet": overview["quiet"],
        "quiet_other": overview["quiet_other"],
        "untold": overview.get("untold", 0),
        "objected": overview["objected"],
        "kinds": [_kind(one, known, recipes) for one in overview["kinds"]],
        "funnel": [_part(one, known) for one in overview["funnel"][::-1]],
        "reasons": [_part(one, known) for one in overview["reasons"]],
        "targets": [_target(one, known, recipes) for one in targets["targets"]],
        "least": targets["least"],
        "horizon": targets["horizon"],
        "too_small": targets["too_small"],
        "beyond": targets["beyond"],
        "sources": _sources(targets["targets"]),
    }


def _said(words: dict[str, str]) -> str:
    """Return a text in the language in force, without the marks of written definitions."""
    return (words.get(current(), "") or words.get("en", "")).replace("`", "")


def _bare(title: str) -> str:
    """Return a title without what it begins with in the list of segments, such as `Funnel:`."""
    bare = title.rpartition(":")[2].strip()
    return bare[:1].upper() + bare[1:]


def _recipes() -> dict[str, str]:
    """Return what the shipped journeys are called, by name."""
    return {one.name: definition.said(one.journey.title or "", current()) or one.name for one in library.recipes()}


def _kind(one: dict[str, Any], known: set[str], recipes: dict[str, str]) -> dict[str, Any]:
    return _group(one, known) | {
        "avoid": _said(one["avoid"]),
        "counts": _counts(one["quiet"], one["reachable"]),
        "left_out": one["left_out"],
        "recipes": [(name, recipes[name]) for name in one["recipes"] if name in recipes],
    }


def _counts(quiet: int | None, reachable: int | None) -> str:
    """Return how many dormant people have it as their main kind, and how many of its people can be reached; nothing of what is unknown."""
    told = {"quiet": tags.number(quiet), "reachable": tags.number(reachable)}
    if reachable is None:
        return ""
    if quiet is None:
        return _("People of this card who can be reached: %(reachable)s.") % told
    return _("Main kind of dormant people: %(quiet)s. People of this card who can be reached: %(reachable)s.") % told


def _group(one: dict[str, Any], known: set[str]) -> dict[str, Any]:
    return {
        "code": one["code"],
        "segment": one["segment"],
        "applied": one["segment"] in known,
        "title": _said(one["title"]),
        "description": _said(one["description"]),
        "people": one["people"],
        "unknown": one["unknown"],
    }


def _part(one: dict[str, Any], known: set[str]) -> dict[str, Any]:
    found = _group(one, known)
    return found | {"title": _bare(found["title"])}


def _target(one: dict[str, Any], known: set[str], recipes: dict[str, str]) -> dict[str, Any]:
    return one | {
        "title": _said(one["title"]),
        "band": _band(one["value_band"]),
        "trade_title": _said(TRADES.get(one.get("trade", ""), {})),
        "silence": _silence(*one["silent_months"]),
        "recipe_title": recipes.get(one["recipe"], ""),
        "applied": one["segment"] in known,
    }


def _band(code: str) -> str:
    words = {"high": _("High value"), "medium": _("Medium value"), "low": _("Low value"), "none": _("Never bought")}
    return words.get(code, _("Value not told"))


def _silence(start: int, end: int | None) -> str:
    """Return a span of silence in words."""
    if end is None:
        return _("silent for more than %(n)s months") % {"n": start}
    if not start:
        return _("silent for less than %(n)s months") % {"n": end}
    return _("silent for %(low)s to %(high)s months") % {"low": start, "high": end}


def _sources(targets: list[dict[str, Any]]) -> str:
    """Return where the expected values come from."""
    valued, modelled = (sum(one[name] for one in targets) for name in ("valued", "modelled"))
    if not valued:
        return _("Nothing is known yet of what these people may spend: the groups are ranked by size.")
    if modelled == valued:
        return _("Expected values are those of the lifetime model in force.")
    if not modelled:
        return _(
            "Expected values are the mean purchase of the value band, times the chance of coming back after such a silence."
        )
    return _("Expected values come from the lifetime model for %(share)s of the people; for the others, from the mean purchase of their value band times the chance of coming back after such a silence.") % {
        "share": tags.share(modelled, valued)
    }  # fmt: skip
