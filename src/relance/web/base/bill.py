"""The bill of silence as its page tells it: the share of the silent, what they cost, what sleeps with them, how fast people leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.web import tags
from relance.web import words as common
from relance.web.base import story

Bill = dict[str, Any]


def made_at(bill: Bill) -> datetime:
    """Return the instant the bill is as of."""
    return datetime.fromisoformat(bill["at"])


def since(bill: Bill) -> datetime:
    """Return when the window of the rates began."""
    return datetime.fromisoformat(bill["rates"]["since"])


def figures(bill: Bill) -> list[dict[str, str]]:
    """Return the cards at the top."""
    decay, asleep, untold = bill["decay"], bill["asleep"], bill["share_silent"] is None
    unknown = decay["silent_now"] is None
    low, high = (tags.percent(share, 0) for share in bill["usual_silent"])
    everybody = _("Out of the %(people)s people of the base.") % {"people": tags.number(bill["people"])}
    return [
        {
            "label": _("Share of silent people"),
            "value": _("unknown") if untold else tags.percent(bill["share_silent"]),
            "definition": _(
                "People dormant or very dormant, of everybody in the base. In the trade, %(low)s to %(high)s of a base are."
            )
            % {"low": low, "high": high},
            "of": everybody,
            "href": "/people/?state=dormant,very_dormant",
        },
        {
            "label": _("Routing to the silent, a year"),
            "value": tags.money(bill["routing_cost_silent"], 2) if bill["routing"] and not untold else _("unknown"),
            "definition": _(
                "Messages delivered in 12 months to people who are dormant today, on every channel, each at its price."
            ),
            "of": _("The table below has each channel."),
            "href": "",
        },
        {
            "label": _("Money asleep, a year"),
            "value": _("unknown") if untold else tags.money(asleep["yearly"]),
            "definition": _("What dormant buyers used to spend in a year. Not what a journey would bring back."),
            "of": str(story.NO_SILENCE)
            if untold
            else _("%(buyers)s dormant buyers, of whom %(reachable)s can be written to.")
            % {"buyers": tags.number(asleep["buyers"]), "reachable": tags.number(asleep["reachable"])},
            "below": _below(asleep.get("interval"), tags.money),
            "href": "/people/?state=dormant,very_dormant&sort=longest",
        },
        {
            "label": _("Fell silent within 12 months"),
            "value": _("unknown") if decay["share"] is None else tags.percent(decay["share"]),
            "definition": _(
                "The natural decay of this base: of those who were new, active or cooling 12 months ago, how many are dormant today."
            ),
            "of": str(story.NO_SILENCE)
            if untold or unknown
            else _("%(gone)s of %(then)s people.")
            % {"gone": tags.number(decay["silent_now"]), "then": tags.number(decay["awake_then"])},
            "below": _below(decay.get("interval"), tags.percent),
            "href": "/base/flows?months=12",
        },
    ]


def routing(bill: Bill) -> list[dict[str, Any]]:
    """Return a line per channel."""
    return [one | {"name": common.channel(one["channel"])} for one in bill["routing"]]


def rates(bill: Bill) -> list[dict[str, Any]]:
    """Return a line per signal: its rate among all mails, without the silent, among the silent, and what these change."""
    found = bill["rates"]
    names = {
        "delivered": (_("Mails delivered"), _("of mails delivered or bounced")),
        "hard_bounced": (_("Dead mailboxes"), _("of mails delivered or bounced")),
        "clicked": (_("Mails clicked"), _("of mails delivered; clicks of machines left out")),
        "unsubscribed": (_("Unsubscribed"), _("of mails delivered")),
        "complained": (_("Marked as spam"), _("of mails delivered where the mailbox provider tells of complaints")),
    }
    return [
        {
            "label": label,
            "of": of,
            "cells": [_cell(found, group, name) | {"column": column} for group, column in columns().items()],
            "change": _change(found.get("spoiled", {}).get(name), name),
        }
        for name, (label, of) in names.items()
    ]


def unsent(rates: Bill) -> datetime | None:
    """Return until when mails were told of, where that ended before the window of the rates; else None."""
    return datetime.fromisoformat(rates["told_until"]) if rates["all"]["mails"] is None else None


def mails(rates: Bill, which: str) -> str:
    """Return the mails of a group; unknown where nobody can tell who was silent."""
    found = rates[which]["mails"]
    return _("unknown") if found is None else tags.number(found)


def columns() -> dict[str, str]:
    """Return the groups of mails that rates are told of."""
    return {"all": _("All mails"), "without": _("Without the silent"), "silent": _("The silent alone")}


def _cell(rates: Bill, which: str, name: str) -> dict[str, str]:
    """Return a rate with its interval, or why there is none: nobody tells of it, or there was no mail in that time."""
    group, one = rates[which], rates[which][name]
    if group["mails"] is None:
        return {"value": "", "why": mails(rates, which)}
    if one is None:
        return {"value": "", "why": _("no source tells")}
    if one["share"] is None:
        return {"value": "", "why": _("no provider tells") if group["mails"] else _("no mail in that time")}
    return {"value": tags.percent(one["share"], _digits(name)), "range": _bare(one.get("interval"), _digits(name))}


def _change(found: Bill | None, name: str) -> dict[str, Any] | None:
    """Return what the silent change in a rate, with its interval, and whether that is certain; None where nothing tells."""
    if not found:
        return None
    low, high = found["interval"]
    return {
        "value": tags.percent_points(found["difference"]),
        "range": _span(*map(tags.percent_points, (low, high))),
        "certain": not low <= 0 <= high,
    }


def _digits(name: str) -> int:
    return 2 if name in {"hard_bounced", "unsubscribed", "complained"} else 1


def _bare(interval: list[float] | None, digits: int) -> str:
    return _span(*(tags.percent(end, digits) for end in interval)) if interval else ""


def _span(low: str, high: str) -> str:
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _range(interval: list[float] | None, form: Callable[[float], str]) -> str:
    """Return between what a figure is, as a sentence; empty where nothing tells."""
    if not interval:
        return ""
    low, high = (form(end) for end in interval)
    return _("In 95 cases of 100 between %(low)s and %(high)s.") % {"low": low, "high": high}


def _below(interval: list[float] | None, form: Callable[[float], str]) -> str:
    """Return an interval as the line below a figure; empty where nothing tells."""
    if not interval:
        return ""
    return _("95%%: %(low)s to %(high)s") % {"low": form(interval[0]), "high": form(interval[1])}


def _sentences(*parts: str) -> str:
    return " ".join(filter(None, parts))


def decay(bill: Bill) -> dict[str, Any]:
    """Return the natural decay beside the trade's, as bars, and how addresses die."""
    found: Bill = bill["decay"]
    return found | {
        "since": datetime.fromisoformat(found["since"]),
        "measured": source(found["source"], datetime.fromisoformat(found["since"])),
        "range": _range(found.get("interval"), tags.percent),
        "untold": found["silent_now"] is None,
        "told_by_pace": _by_pace(found.get("pace")),
        "bars": [
            {"label": _("This base"), "share": found["share"], "colour": "primary"},
            {"label": _("Common in the trade"), "share": found["usual"], "colour": "secondary"},
        ],
    }


def _by_pace(pace: Bill | None) -> str:
    """Return the decay as a shorter time than a year tells it; empty where a year is known, or nothing."""
    if not pace:
        return ""
    told = ngettext(
        "At the pace of the last month, %(share)s fall silent in a year.",
        "At the pace of the last %(months)s months, %(share)s fall silent in a year.",
        pace["months"],
    ) % {"months": pace["months"], "share": tags.percent(pace["share"], 0)}
    return _sentences(told, _range(pace["interval"], lambda end: tags.percent(end, 0)))


def rise(bill: Bill) -> str:
    """Return by how much the share of the silent rises a month; empty where too few months are known."""
    found = bill.get("rise")
    if not found:
        return ""
    value, low, high = (tags.percent_points(one) for one in (found["value"], *found["interval"]))
    told = {"value": value, "low": low, "high": high}
    if found["interval"][0] <= 0 <= found["interval"][1]:
        return _("%(value)s a month on average, which may be chance (%(low)s to %(high)s).") % told
    return _("%(value)s a month on average (%(low)s to %(high)s in 95 cases of 100).") % told


def source(code: str, at: datetime) -> str:
    """Return where the states of an earlier day come from."""
    known = {
        "history": _("The states of %(day)s are those that were written then."),
        "recomputed": _("The states of %(day)s are computed anew, with today’s policies on what was known then."),
    }
    return known[code] % {"day": tags.day(at)}


def risks(bill: Bill) -> dict[str, Any]:
    """Return the level of risk and its signs, in the words of the first page."""
    return story.risk_words(bill["risk"]["level"], bill["risk"]["signs"])


def trend(bill: Bill) -> dict[str, Any] | None:
    """Return the share of the silent at the end of each month as a chart; a single month is no trend."""
    months = [one for one in bill["months"] if one["share"] is not None]
    if len(months) < 2:
        return None
    return {
        "kind": "line",
        "unit": "percent",
        "min": 0,
        "categories": [_month(one["month"]) for one in months],
        "series": [{"name": _("Silent"), "colour": "orange", "values": [one["share"] for one in months]}],
    }


def months(bill: Bill) -> list[dict[str, Any]]:
    """Return the trend as lines, the latest first."""
    found = [one | {"name": _month(one["month"])} for one in bill["months"]]
    return found[::-1]


def recomputed(bill: Bill) -> bool:
    """Tell whether some months of the trend were computed afterwards."""
    return any(one["source"] == "recomputed" for one in bill["months"])


def _month(name: str) -> str:
    """Return a month such as 2026-07 in words."""
    return tags.day(datetime.strptime(f"{name}-02", "%Y-%m-%d").date()).partition(" ")[2]
