"""A result as a director reads it: a headline, five figures, how it was measured, what to know before believing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.measurement import director
from relance.measurement.director import Summary
from relance.measurement.figures import Effect, Result
from relance.measurement.intervals import Interval
from relance.measurement.overview import Overview
from relance.web import tags
from relance.web.language import current


@dataclass(frozen=True)
class Told:
    """Everything the page and its PDF show, in the language in force."""

    name: str
    journey: str  # its title, or its name where it has none
    period: str
    finished: bool
    status: str
    headline: str
    figures: list[dict[str, str]]
    arms: list[dict[str, str]]
    chart: dict[str, Any] | None
    method: list[str]
    notes: list[str]


def tell(result: Result, base: Overview | None, called: str = "") -> Told:
    """Return the page of a result; `called` is what people call its journey."""
    summary = director.summary(result, base)
    return Told(
        result.journey,
        called or result.journey,
        _period(result),
        result.finished,
        _status(result),
        _headline(result, summary),
        _figures(result, summary),
        [_arm(effect) for effect in result.effects if effect.known],
        _chart(result),
        _method(result),
        list(result.notes.get(current(), [])),
    )


def line(name: str, result: Result | None, called: str = "") -> dict[str, Any]:
    """Return a journey's line in the list."""
    if result is None:
        return {"journey": name, "title": called or name, "result": None}
    summary = director.summary(result, None)
    return {
        "journey": name,
        "title": called or name,
        "result": result,
        "status": _status(result),
        "revenue": "–" if summary.revenue is None or result.revenue.scarce else tags.money(summary.revenue),
        "interval": _("too few purchases to tell")
        if result.revenue.scarce
        else _between(summary.revenue_interval, money=True),
        "conclusion": result.conclusion.get(current(), ""),
    }


def _period(result: Result) -> str:
    if result.first_entry is None:
        return ""
    start, end = tags.day(result.first_entry), tags.day(min(result.ends_at, result.at) if result.ends_at else result.at)
    return start if start == end else _("%(start)s to %(end)s") % {"start": start, "end": end}


def _status(result: Result) -> str:
    if result.finished:
        return _("Finished")
    if result.ends_at is None:
        return _("Not finished: people may still enter")
    return _("Not finished: figures may change until %(day)s") % {"day": tags.day(result.ends_at)}


def _headline(result: Result, summary: Summary) -> str:
    """Return the one sentence on top: never more than the interval says."""
    interval = summary.revenue_interval
    if not result.finished:
        return _("It is too early to conclude. Here is what is known so far.")
    if summary.revenue is None or interval is None:
        return str(result.conclusion.get(current(), ""))
    limits = {"gain": tags.money(summary.revenue), "low": tags.money(interval.low), "high": tags.money(interval.high)}
    if result.revenue.scarce:
        return str(result.conclusion.get(current(), ""))
    if interval.holds_zero:
        return (
            _("No gain in revenue is proven: what is due to this journey lies between %(low)s and %(high)s.") % limits
        )
    if interval.low > 0:
        return (
            _("This journey brought %(gain)s that would not have come without it (between %(low)s and %(high)s).")
            % limits
        )
    return _("This journey cost sales: %(gain)s (between %(low)s and %(high)s). Stop it and find out why.") % limits


def _figures(result: Result, summary: Summary) -> list[dict[str, str]]:
    return [
        {
            "label": _("Revenue due to the journey"),
            "value": _("unknown") if summary.revenue is None else "–" if result.revenue.scarce else tags.money(summary.revenue),
            "detail": _("too few purchases to tell") if result.revenue.scarce else _between(summary.revenue_interval, money=True),
            "definition": _("Revenue per person with the journey minus revenue per person of the control group, times the people in the journey."),
        },
        {
            "label": _("Cost of sending"),
            "value": tags.money(summary.cost, 2),
            "detail": ngettext("%(sent)s mail sent", "%(sent)s mails sent", summary.sent) % {"sent": tags.number(summary.sent)},
            "definition": _("Mails sent, at the price of one that is set for your installation. Discounts are already out of the revenue."),
        },
        {
            "label": _("People woken"),
            "value": _("unknown") if summary.woken is None else "–" if result.effect.scarce else tags.number(summary.woken),
            "detail": _("too few to tell") if result.effect.scarce else _between(summary.woken_interval),
            "definition": _("People who reached the goal because of the journey: those of the control group come back by themselves and are deducted."),
        },
        {
            "label": _("People put to sleep"),
            "value": tags.number(summary.let_go),
            "detail": ngettext("about %(mails)s mail fewer a year", "about %(mails)s mails fewer a year", round(summary.mails_spared)) % {"mails": tags.number(summary.mails_spared)} if summary.mails_spared else "",
            "definition": _("People who did not answer to the end and were put to sleep: nothing more is sent to them."),
        },
        {
            "label": _("Messages held back or made to wait"),
            "value": tags.number(sum(summary.refusals.values())),
            "detail": _spared(summary.refusals),
            "definition": _("Messages the gate held back or made to wait: each one could have harmed the person’s trust or the sender’s name."),
        },
    ]  # fmt: skip


def _spared(refusals: dict[str, int]) -> str:
    """Return what most of the refusals spared."""
    words = {
        "permission": _("mostly without consent"),
        "period": _("mostly in a commercial period"),
        "pressure": _("mostly to spare people too many messages"),
        "address": _("mostly without a usable address"),
        "other": _("for various reasons"),
    }
    return words[max(refusals, key=lambda kind: refusals[kind])] if refusals else _("none was needed")


def _between(interval: Interval | None, *, money: bool = False) -> str:
    """Return an interval in words."""
    if interval is None:
        return _("not enough data for an interval")
    write = tags.money if money else tags.number
    return _("between %(low)s and %(high)s") % {"low": write(interval.low), "high": write(interval.high)}


def _names() -> dict[str, str]:
    return {"order": _("Bought"), "visit": _("Visited the site"), "login": _("Logged in")}


def _arm(effect: Effect) -> dict[str, str]:
    """Return one outcome in both arms."""
    return {
        "outcome": _names().get(effect.outcome, effect.outcome),
        "treated": _rate(effect.treated.count, effect.treated.people) if effect.treated else "–",
        "control": _rate(effect.control.count, effect.control.people) if effect.control else "–",
        "difference": tags.percent_points(effect.difference),
        "interval": _("%(low)s to %(high)s") % {name: tags.percent_points(getattr(effect.interval, name)) for name in ("low", "high")}
        if effect.interval
        else "–",
    }  # fmt: skip


def _rate(count: int, people: int) -> str:
    return f"{tags.share(count, people)} ({tags.number(count)})"


def _chart(result: Result) -> dict[str, Any] | None:
    """Return the differences with their intervals as a chart."""
    shown = [effect for effect in result.effects if effect.interval and effect.difference is not None]
    if not shown:
        return None
    return {
        "kind": "interval",
        "unit": "points",
        "categories": [_names().get(effect.outcome, effect.outcome) for effect in shown],
        "series": [
            {
                "name": _("Difference with the control group"),
                "colour": "primary",
                "values": [[e.interval.low, e.difference, e.interval.high] for e in shown if e.interval],
            }
        ],
    }


def _went(result: Result) -> str:
    """Return how many went through the journey, and how many were kept apart."""
    treated = ngettext(
        "%(count)s person went through the journey", "%(count)s people went through the journey", result.treated
    )
    control = ngettext(
        "%(count)s other, drawn by lot from the same people, got nothing",
        "%(count)s others, drawn by lot from the same people, got nothing",
        result.control,
    )
    return _("%(treated)s; %(control)s.") % {
        "treated": treated % {"count": tags.number(result.treated)},
        "control": control % {"count": tags.number(result.control)},
    }


def _method(result: Result) -> list[str]:
    """Return how it was measured, in three sentences."""
    return [
        _went(result),
        _(
            "Everybody counts in the group drawn for them, whether or not a message left, within %(window)s of their entry."
        )
        % {"window": tags.span(result.window)},
        _(
            "The interval is the range in which the truth lies in 95 cases of 100; where it holds zero, nothing is proven."
        ),
    ]
