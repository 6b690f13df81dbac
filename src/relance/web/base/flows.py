"""Who moved between states over a period, as a chart and as a table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.dormancy.flows import ARRIVED, AWAKE, COMERS, IMPORTED, QUIET
from relance.measurement.bill import MONTHS, PERIODS
from relance.web import tags
from relance.web.base import bill as bills
from relance.web.base import story

ORDER = (*COMERS, *story.ORDER)
SHOWN = 0.004  # flows of a smaller share of everybody are in the table only


def months(asked: str) -> int:
    """Return the period asked for, in months; a year where it is none of ours."""
    return int(asked) if asked in {str(count) for count in PERIODS} else MONTHS


def choices() -> list[tuple[int, str]]:
    """Return the periods there are."""
    return [(count, ngettext("%d month", "%d months", count) % count) for count in PERIODS]


def over(bill: bills.Bill, count: int) -> dict[str, Any]:
    """Return the flows over so many months as the page shows them."""
    kept = bill.get("flows_by_months", {}).get(str(count), bill["flows"])
    flows = kept["flows"]
    people = sum(one["people"] for one in flows) or 1
    return {
        "since": datetime.fromisoformat(kept["since"]),
        "until": datetime.fromisoformat(kept["until"]),
        "measured": bills.source(kept["source"], datetime.fromisoformat(kept["since"])),
        "chart": _chart([one for one in flows if one["people"] / people >= SHOWN]),
        "table": _table(flows),
        "untold": kept.get("untold", 0),
        "figures": _figures(flows, known=not kept.get("untold", 0)),
    }


def _figures(flows: list[dict[str, Any]], *, known: bool) -> list[dict[str, str]]:
    """Return what changed for the business: who fell silent, who woke, who came; the first two unknown where silence is."""
    then_awake, then_quiet = _sum(flows, AWAKE, None), _sum(flows, QUIET, None)
    fell, woke = _sum(flows, AWAKE, QUIET), _sum(flows, QUIET, AWAKE)
    arrived = _sum(flows, COMERS, None)
    return [
        {
            "label": _("Fell silent"),
            "value": tags.number(fell) if known else _("unknown"),
            "definition": _("New, active or cooling at the beginning; dormant or very dormant at the end."),
            "of": _of(fell, then_awake) if known else str(story.NO_SILENCE),
        },
        {
            "label": _("Woke up"),
            "value": tags.number(woke) if known else _("unknown"),
            "definition": _(
                "Dormant or very dormant at the beginning; active, cooling or new at the end. With or without a message: only a control group tells which."
            ),
            "of": _of(woke, then_quiet) if known else str(story.NO_SILENCE),
        },
        {
            "label": _("Came in"),
            "value": tags.number(arrived),
            "definition": _(
                "Not in the base at the beginning, and in it at the end: people new to you, and people known for longer who were imported in between."
            ),
            "of": _come(_sum(flows, (IMPORTED,), None), _sum(flows, COMERS, QUIET) if known else None),
        },
    ]


def _come(imported: int, silent: int | None) -> str:
    told = {"imported": tags.number(imported), "silent": tags.number(silent)}
    if silent is None:
        return _("%(imported)s of them imported with an older history; how many are dormant is unknown.") % told
    return _("%(imported)s of them imported with an older history; %(silent)s are dormant already.") % told


def _of(part: int, whole: int) -> str:
    return _("%(share)s of the %(whole)s who stood there.") % {
        "share": tags.share(part, whole),
        "whole": tags.number(whole),
    }


def _sum(flows: list[dict[str, Any]], start: tuple[str, ...], end: tuple[str, ...] | None) -> int:
    return sum(one["people"] for one in flows if one["start"] in start and (end is None or one["end"] in end))


def state(code: str) -> str:
    """Return the word for a state at the beginning; who was not there yet has none."""
    comers = {ARRIVED: _("Not in the base yet"), IMPORTED: _("Imported in between")}
    return comers.get(code) or str(tags.state_name(code))


def _chart(flows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the flows as a Sankey chart: then on the left, now on the right."""
    starts, ends = ({one[side] for one in flows} for side in ("start", "end"))
    nodes = [_node("then", code, 0) for code in ORDER if code in starts]
    nodes += [_node("now", code, 1) for code in ORDER if code in ends]
    links = [
        {"source": f"then {one['start']}", "target": f"now {one['end']}", "value": one["people"]}
        for one in sorted(flows, key=lambda one: (ORDER.index(one["start"]), ORDER.index(one["end"])))
    ]
    return {"kind": "sankey", "nodes": nodes, "links": links}


def _node(side: str, code: str, depth: int) -> dict[str, Any]:
    return {"name": f"{side} {code}", "label": state(code), "colour": tags.state_colour(code), "depth": depth}


def _table(flows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a line per state of then: its people, and where they stand now."""
    held = {(one["start"], one["end"]): one["people"] for one in flows}
    lines = []
    for start in ORDER:
        people = sum(count for (before, _end), count in held.items() if before == start)
        cells = [{"state": str(tags.state_name(end)), "people": held.get((start, end), 0)} for end in story.ORDER]
        lines.append({"state": state(start), "colour": tags.state_colour(start), "people": people, "cells": cells})
    return [line for line in lines if line["people"]]
