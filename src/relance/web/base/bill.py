"""The bill of silence as its page tells it: the share of the silent, what they cost, what sleeps with them, how fast people leave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

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
    decay, asleep = bill["decay"], bill["asleep"]
    low, high = (tags.percent(share, 0) for share in bill["usual_silent"])
    everybody = _("Denominator: the %(people)s people of the base.") % {"people": tags.number(bill["people"])}
    return [
        {
            "label": _("Share of silent people"),
            "value": tags.percent(bill["share_silent"]),
            "definition": _(
                "People dormant or very dormant, of everybody in the base. In the trade, %(low)s to %(high)s of a base are."
            )
            % {"low": low, "high": high},
            "of": everybody,
            "href": "/people/?state=dormant,very_dormant",
        },
        {
            "label": _("Routing to the silent, a year"),
            "value": tags.money(bill["routing_cost_silent"], 2) if bill["routing"] else _("unknown"),
            "definition": _(
                "Messages delivered in 12 months to people who are dormant today, on every channel, each at its price."
            ),
            "of": _("The table below has each channel."),
            "href": "",
        },
        {
            "label": _("Money asleep, a year"),
            "value": tags.money(asleep["yearly"]),
            "definition": _("What dormant buyers used to spend in a year. Not what a journey would bring back."),
            "of": _("%(buyers)s dormant buyers, of whom %(reachable)s can be written to.")
            % {"buyers": tags.number(asleep["buyers"]), "reachable": tags.number(asleep["reachable"])},
            "href": "/people/?state=dormant,very_dormant&sort=longest",
        },
        {
            "label": _("Fell silent within 12 months"),
            "value": tags.percent(decay["share"]),
            "definition": _(
                "The natural decay of this base: of those who were new, active or cooling 12 months ago, how many are dormant today."
            ),
            "of": _("%(gone)s of %(then)s people.")
            % {"gone": tags.number(decay["silent_now"]), "then": tags.number(decay["awake_then"])},
            "href": "/base/flows?months=12",
        },
    ]


def routing(bill: Bill) -> list[dict[str, Any]]:
    """Return a line per channel."""
    return [one | {"name": common.channel(one["channel"])} for one in bill["routing"]]


def rates(bill: Bill) -> list[dict[str, Any]]:
    """Return a line per signal: its rate among all mails, without the silent, and among the silent; None where nothing tells."""
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
            "digits": 2 if name in {"hard_bounced", "unsubscribed", "complained"} else 1,
            **{group: found[group][name] and found[group][name]["share"] for group in ("all", "without", "silent")},
        }
        for name, (label, of) in names.items()
    ]


def decay(bill: Bill) -> dict[str, Any]:
    """Return the natural decay beside the trade's, as bars, and how addresses die."""
    found: Bill = bill["decay"]
    return found | {
        "since": datetime.fromisoformat(found["since"]),
        "measured": source(found["source"]),
        "bars": [
            {"label": _("This base"), "share": found["share"], "colour": "primary"},
            {"label": _("Common in the trade"), "share": found["usual"], "colour": "secondary"},
        ],
    }


def source(code: str) -> str:
    """Return where the states of an earlier day come from."""
    known = {
        "history": _("The states of that day are those that were written then."),
        "recomputed": _("The states of that day are computed anew, with today’s policies on what was known then."),
    }
    return known[code]


def risks(bill: Bill) -> dict[str, Any]:
    """Return the level of risk and its signs, in the words of the first page."""
    return story.risk_words(bill["risk"]["level"], [(s["code"], s["share"], s["level"]) for s in bill["risk"]["signs"]])


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
