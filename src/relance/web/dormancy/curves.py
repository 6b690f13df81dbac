"""What the base says of silence, as the page tells it: intervals, the chance of coming back, a threshold, until when a relaunch pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from relance.core.errors import InputError, RefusedError
from relance.dormancy import returning, threshold
from relance.dormancy.models import Estimate
from relance.dormancy.survival import LONGEST
from relance.web import tags

BARS = 36  # of the histogram, at most
WIDTHS = (1, 7, 14, 30, 60)
NEARLY_ALL = 0.97  # of the intervals; the rest stands in one bar
POINTS = 366  # of a curve, at most: more cannot be seen
DEFAULT_DAYS = 180
LABELS = 12  # below a curve, about


def found(policy: str) -> Estimate | None:
    """Return what is kept of a policy's people; empty is everybody."""
    return returning.latest(policy)


def told(estimate: Estimate) -> dict[str, Any]:
    """Return everything the page says of an accepted estimate."""
    figures = estimate.figures
    advice = threshold.recommend(figures, estimate.policy)
    days = _first_days(advice, figures)
    return {
        "figures": figures,
        "known_until": known_until(figures),
        "buys": figures["basis"] == "purchase",
        "advice": advice,
        "cards": [
            _recommended(advice),
            _pays(advice["relaunch"]),
            *([_in_force(advice["in_force"])] if estimate.policy else []),
        ],
        "effect": _effect(advice["relaunch"]["economics"]),
        "curve": curve(figures, advice),
        "intervals": intervals(figures),
        "marks": _marks(advice),
        "days": days,
        "most": most(figures, advice),
        "answer": answer(estimate.policy, str(days)),
    }


def answer(policy: str, days: str) -> dict[str, Any]:
    """Return what a threshold of so many days, as typed, would mean."""
    if not days.isdecimal() or int(days) > LONGEST:
        raise InputError(_("A threshold is a whole number of days from 0 to %(longest)s.") % {"longest": LONGEST})
    estimate = found(policy)
    if estimate is not None and not estimate.accepted:
        raise RefusedError(refused(estimate.refusal)["text"])
    said = threshold.at(policy, int(days))
    return said | {"known_until": known_until(said)}


def known_until(figures: Mapping[str, Any]) -> datetime | None:
    """Return the instant people are counted as of, where nothing is told of after it."""
    return datetime.fromisoformat(figures["known_until"]) if figures.get("known_until") else None


def most(figures: Mapping[str, Any], advice: Mapping[str, Any]) -> int:
    """Return the last day of silence the slider offers."""
    told_days = len(figures["chance"][str(advice["horizon"])]["share"]) - 1
    return min(LONGEST, max(told_days, advice["in_force"] or 0, advice["dormant_from"]["days"] or 0, DEFAULT_DAYS))


def curve(figures: Mapping[str, Any], advice: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chance of coming back by days of silence, with its interval, as a chart."""
    horizon = advice["horizon"]
    lines, step = figures["chance"][str(horizon)], _step(figures, horizon)
    last = most(figures, advice)
    beyond = [None] * (
        last + 1 - len(lines["share"])
    )  # days of which nothing is told, which the slider offers all the same
    thinned = {name: [*lines[name], *beyond][::step] for name in ("share", "low", "high")}
    return {
        "kind": "band",
        "unit": "percent",
        "step": step,
        "min": 0,
        "axis": _("days of silence"),
        "every": _every(last),
        "tried": _("tried"),
        "categories": [tags.number(day) for day in range(0, last + 1, step)],
        "series": [
            {
                "name": _("Comes back within %(days)s days") % {"days": horizon},
                "values": thinned["share"],
                "low": thinned["low"],
                "high": thinned["high"],
                "colour": "primary",
            }
        ],
        "marks": [{"day": mark["days"], "name": mark["name"], "colour": mark["colour"]} for mark in _marks(advice)],
    }


def _every(last: int) -> int:
    """Return how many days apart the labels below a curve stand: months of 30 days, few enough to be read."""
    months = max(1, round(last / 30 / LABELS))
    return 30 * months


def _marks(advice: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the days that the curve shows by a line."""
    pays = advice["relaunch"]
    marks = [
        (advice["dormant_from"]["days"], _("recommended"), "green"),
        (advice["in_force"], _("in force now"), "secondary"),
        (pays["days"] if pays["code"] == "pays_until" else None, _("last day a relaunch pays"), "orange"),
    ]
    return [{"days": days, "name": name, "colour": colour} for days, name, colour in marks if days is not None]


def _step(figures: Mapping[str, Any], horizon: int) -> int:
    return max(1, -(-len(figures["chance"][str(horizon)]["share"]) // POINTS))


def _first_days(advice: Mapping[str, Any], figures: Mapping[str, Any]) -> int:
    """Return the threshold the slider begins at."""
    chosen = advice["dormant_from"]["days"] or advice["in_force"] or DEFAULT_DAYS
    return min(int(chosen), most(figures, advice))


def intervals(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the time between two purchases (or signs of life) as a chart, with the median; both of silences that ended."""
    ended: Sequence[int] = [int(count) for count in figures["silence"]["ended"]]
    total = sum(ended)
    if not total:
        return {"total": 0}
    last = _by(ended, NEARLY_ALL)
    width = next((width for width in WIDTHS if last / width <= BARS), WIDTHS[-1])
    starts = range(1, last + 1, width)
    values = [sum(ended[start : start + width]) for start in starts]
    names = [tags.number(start) if width == 1 else f"{start}\u2013{start + width - 1}" for start in starts]
    rest = sum(ended[starts[-1] + width :])
    more = [(_("more"), rest)] if rest else []
    return {
        "total": total,
        "median": _by(ended, 0.5),
        "ninety": _by(ended, 0.9),
        "chart": {
            "kind": "bar",
            "categories": [*names, *(name for name, _count in more)],
            "series": [{"name": _("Intervals"), "values": [*values, *(count for _name, count in more)]}],
        },
    }


def _by(counts: Sequence[int], share: float) -> int:
    """Return the day by which this share of the counts is reached."""
    wanted, running = share * sum(counts), 0
    for day, count in enumerate(counts):
        running += count
        if running >= wanted:
            return day
    return len(counts)


def _recommended(advice: Mapping[str, Any]) -> dict[str, str]:
    """Return the card of the recommended threshold: the day, and why."""
    day, places = advice["dormant_from"], {"horizon": tags.number(advice["horizon"])}
    label = _("Recommended threshold")
    if day["code"] != "nine_in_ten":
        why = {
            "stays_high": _("As far as your history reaches, the chance of coming back never falls to half of its highest. Bring older purchases in, or wait: a day told now would be too early."),
            "nobody_returns": _("Nobody who was watched ever came back, so silence of one length means as much as of another."),
            "unknown": _("The history is too short to watch anybody for %(horizon)s days. Bring older events in.") % places,
        }[day["code"]]  # fmt: skip
        return {"label": label, "value": _("none"), "why": why}
    why = _(
        "By then nine in ten of those who come back have come back: later silence is unusual here. Whoever is still silent "
        "comes back within %(horizon)s days in %(chance)s of cases, against %(peak)s at the highest."
    )
    chances = {
        "chance": tags.percent(advice["chance"]["share"] if advice["chance"] else None),
        "peak": tags.percent(day["peak"]["share"]),
    }
    return {"label": label, "value": days_of(day["days"]), "of": between(day), "why": why % (places | chances)}


def between(day: Mapping[str, Any]) -> str:
    """Return the days between which the data leave a day; empty where they tell neither end."""
    if day["low"] is None and day["high"] is None:
        return ""
    if day["high"] is None:
        return _("95%%: at least %(low)s") % {"low": days_of(day["low"])}
    low = tags.number(day["low"] or 0)
    return _("95%%: %(low)s to %(high)s") % {"low": low, "high": days_of(day["high"])}


def days_of(days: int) -> str:
    """Return a number of days in words."""
    return _("%(days)s days") % {"days": tags.number(days)}


def _pays(pays: Mapping[str, Any]) -> dict[str, str]:
    """Return the card of the last day on which one more relaunch pays."""
    money = pays["economics"]
    places = {"cost": tags.money(money["cost"], 3), "margin": tags.money(money["margin"], 2)}
    label = _("One more relaunch pays until")
    why = {
        "pays_until": _("It costs %(cost)s, all in; a return is worth %(margin)s of margin. Beyond that day it brings less than it costs."),
        "pays_beyond": _("It costs %(cost)s, all in; a return is worth %(margin)s of margin. It still pays on the last day that could be watched."),
        "never_pays": _("It costs %(cost)s, all in, which is more than it brings on any day of silence; a return is worth %(margin)s of margin."),
        "unknown": _("What a return is worth is unknown: no purchase of theirs has an amount. Ask the person who runs Relance to set the margin of a return."),
    }[pays["code"]]  # fmt: skip
    value = {"never_pays": _("never"), "unknown": _("unknown")}.get(pays["code"]) or (
        _("beyond %(days)s days") % {"days": tags.number(pays["days"])}
        if pays["code"] == "pays_beyond"
        else days_of(pays["days"])
    )
    bounds = between(pays) if pays["code"] == "pays_until" else ""
    return {"label": label, "value": value, "of": bounds, "why": why if pays["code"] == "unknown" else why % places}


def _effect(money: Mapping[str, Any]) -> str:
    """Return where the effect of a relaunch comes from."""
    effect = money["effect"]
    places = {name: tags.percent(effect[name], 0) for name in ("lift", "low", "high")}
    if effect["source"] == "measured":
        text = _(
            "That a relaunch brings %(lift)s more returns (%(low)s to %(high)s) was measured by the control group of "
            "%(journey)s."
        )
        return text % (places | {"journey": effect["journey"]})
    text = _(
        "That a relaunch brings %(lift)s more returns is assumed (a setting): no finished control group of yours tells "
        "otherwise yet."
    )
    return text % places


def _in_force(days: int | None) -> dict[str, str]:
    """Return the card of the threshold the policy has."""
    label = _("In force today")
    if days is None:
        why = _("No single silence decides here: points of several do, as said above.")
        return {"label": label, "value": "–", "of": "", "why": why}
    why = _("Below it, nobody is dormant under this policy.")
    return {"label": label, "value": days_of(days), "of": "", "why": why}


def refused(code: str) -> dict[str, str]:
    """Return why there is no estimate, and what to do."""
    return {
        "not_scored": {
            "title": _("Nobody was scored yet"),
            "text": _("Who belongs to which policy is known once the base was scored: each night, or at the end of an import."),
        },
        "not_covered": {
            "title": _("No source says since when it tells of purchases"),
            "text": _("Silence counts only where a purchase would have been seen. Bring your orders in, and say from which day on they are complete."),
        },
        "short_history": {
            "title": _("The history is too short"),
            "text": _("At least %(days)s days of complete history are needed to see anybody come back. Bring older events in, or wait.") % {"days": returning.LEAST_DAYS},
        },
        "few_silences": {
            "title": _("Too few silences to tell"),
            "text": _("Fewer than %(few)s silences were watched: a curve of so few would be chance. The page will tell once there are more.") % {"few": returning.FEW_TO_TELL},
        },
    }[code]  # fmt: skip
