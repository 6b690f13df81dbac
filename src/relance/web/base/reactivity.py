"""Who comes back because of a message, in words: per journey the verdict, the effect, the learners compared."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from relance.dormancy.models import Estimate
from relance.web import titles
from relance.web.language import current

ORDER = ("combined", "two_model", "transformed", "response", "recency", "random")


def told() -> list[dict[str, Any]]:
    """Return the last study of each journey, the latest first; empty where none was made."""
    found = {one.policy: one for one in Estimate.objects.filter(kind="reactivity").order_by("as_of")}
    return [_study(one) for one in sorted(found.values(), key=lambda one: one.as_of, reverse=True)]


def _study(one: Estimate) -> dict[str, Any]:
    figures = one.figures
    verdicts = {
        "uplift": (_("The effect of the message can be told person by person"), "green"),
        "no_evidence": (_("No evidence that it can be told person by person"), "secondary"),
        "response_only": (_("Responses only: nobody was kept without the message"), "secondary"),
    }
    said = "sentence_fr" if current() == "fr" else "sentence"
    return {
        "journey": titles.journey(one.policy),
        "name": one.policy,
        "at": one.as_of,
        "verdict": verdicts[figures["verdict"]],
        "sentence": figures[said],
        "effect": figures["effect"],
        "is_effect": _is_effect(figures),
        "people": figures["rows"],
        "unfinished": figures["unfinished"],
        "objected": figures["objected"],
        "learners": _learners(figures),
        "chart": _chart(figures),
        "tenths": _tenths(figures),
        "columns": [_column(name) for name in figures["columns"]],
        "differing": [] if _is_effect(figures) else _differing(figures),
    }


def _is_effect(figures: dict[str, Any]) -> bool:
    """Tell whether the difference between the groups is the message's: only where a draw alone made them."""
    effect = figures["effect"]
    return bool(effect) and effect["kind"] == "average_effect"


def _differing(figures: dict[str, Any]) -> list[str]:
    """Return in what the two groups differ most, where they were not alike to begin with."""
    columns = (figures["balance"] or {}).get("columns", [])
    notable = sorted((one for one in columns if one["notable"]), key=lambda one: -abs(one["standardised_difference"]))
    return [_column(one["column"]) for one in notable[:3]]


def _learners(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each ranking with its area and interval; none is called an effect where the groups were not alike."""
    effects = {
        "combined": _("Effect of the message (the two below together)"),
        "two_model": _("Effect: with minus without the message"),
        "transformed": _("Effect: learned at once"),
    }
    differences = {
        "combined": _("Difference between the groups (the two below together)"),
        "two_model": _("Difference: with minus without the message"),
        "transformed": _("Difference: learned at once"),
    }
    names = (effects if _is_effect(figures) else differences) | {
        "response": _("Who answers, message or not"),
        "recency": _("Date of the last purchase"),
        "random": _("Chance"),
    }
    found = figures["learners"] or {}
    key = "gain" if figures["verdict"] == "response_only" else "qini"
    ordered = sorted(found, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    return [
        {
            "name": names.get(name, name),
            "value": found[name][key],
            "low": found[name]["interval"][0],
            "high": found[name]["interval"][1],
        }
        for name in ordered
    ]


def _chart(figures: dict[str, Any]) -> dict[str, Any] | None:
    """Return the areas with their intervals, about zero: what a random order gives."""
    rows = _learners(figures)
    if not rows:
        return None
    return {
        "kind": "interval",
        "unit": "points",
        "categories": [row["name"] for row in rows],
        "series": [
            {
                "name": _("Area above chance"),
                "colour": "primary",
                "values": [[r["low"], r["value"], r["high"]] for r in rows],
            }
        ],
    }


def _tenths(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what happened in each tenth of the ranking, people nobody learned from."""
    return [
        {
            "tenth": one["decile"],
            "treated": one["treated"],
            "rate": one["treated_outcomes"] / one["treated"] if one["treated"] else None,
            "control": one.get("control"),
            "control_rate": one["control_outcomes"] / one["control"] if one.get("control") else None,
            "difference": one.get("difference"),
            "interval": one.get("interval"),
        }
        for one in figures["deciles"]
    ]


def _column(name: str) -> str:
    """Return what a column that was learned from is called."""
    known = {
        "days_since_purchase": _("days since the last purchase"),
        "days_since_first_purchase": _("days since the first purchase"),
        "purchases": _("number of purchases"),
        "spent": _("money spent"),
        "store_purchases": _("purchases in the store"),
        "days_since_visit": _("days since the last visit"),
        "days_since_click": _("days since the last click"),
        "delivered_180_days": _("messages received in six months"),
        "days_since_first_seen": _("days since first known"),
        "language": _("language"),
        "country": _("country"),
        "kind": _("person or business"),
        "site": _("shop"),
    }
    return known.get(name, name)
