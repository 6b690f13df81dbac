"""The course of one thing watched: its evidence over time against what stops it, with stops, warnings and canary steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from relance.eligibility.breaker import curves
from relance.web import tags, titles
from relance.web.sender import story

Data = dict[str, Any]
MOST_POINTS = 1_500  # a chart shows no more
LAST_POINTS = 30  # in the table


def told_of(scope_id: int) -> Data:
    """Return what the page of one thing watched shows; NotFoundError where there is none."""
    found = curves.curve(scope_id)
    one = story.scope(found, titles.all_journeys())
    points = [point | {"share": _share(point, found)} for point in found["points"]]
    return {
        "one": one, "chart": _chart(points, found) if points else None, "points": points[: -LAST_POINTS - 1 : -1],
        "steps": found["steps"], "openings": list(reversed(found["openings"])),
    }  # fmt: skip


def _share(point: Data, found: Data) -> float:
    """Return a point's evidence as a share of what stops; that of an e-detector begins above 0."""
    begun = -math.log(found["allowed"]) if found["evergreen"] and found["allowed"] else 0.0
    needed = point["threshold"] - begun
    return max(0.0, (point["evidence"] - begun) / needed) if needed > 0 else 0.0


def _chart(points: list[Data], found: Data) -> Data:
    """Return the data of the chart: a line for each watch, since evidence begins again with it, and the marks."""
    lines = [[_point(one) for one in _thinned(list(group))] for _watch, group in groupby(points, lambda p: p["watch"])]
    return {
        "kind": "evidence", "said": _("level of evidence"), "limit": _("stops here"), "lines": lines, "marks": list(_marks(found)),
    }  # fmt: skip


def _thinned(points: list[Data]) -> list[Data]:
    """Return as many points as a chart can show, the last of them always."""
    every = max(1, len(points) // MOST_POINTS)
    return [*points[:-1:every], points[-1]]


def _point(one: Data) -> list[Any]:
    figures = _("%(bad)s of %(sends)s messages") % {"bad": tags.number(one["bad"]), "sends": tags.number(one["sends"])}
    return [_clock(one["at"]), one["share"], f"{tags.moment(one['at'])}\n{tags.percent(one['share'])} · {figures}"]


def _marks(found: Data) -> Iterator[Data]:
    """Return the instants at which something was decided or told."""
    for stop in found["openings"]:
        yield {
            "at": _clock(stop["opened_at"]),
            "name": _("stop %(number)s") % {"number": stop["stop"]},
            "colour": "red",
        }
        if stop["closed_at"]:
            yield {"at": _clock(stop["closed_at"]), "name": _("closed"), "colour": "green"}
    for at in found["warned_at"]:
        yield {"at": _clock(at), "name": _("warning"), "colour": "orange"}
    for step in found["steps"]:
        people = step["canary"]
        name = _("canary of %(people)s") % {"people": tags.number(people)} if people else _("everybody")
        yield {"at": _clock(step["at"]), "name": name, "colour": "azure"}


def _clock(at: datetime) -> str:
    """Return an instant as the installation's clocks show it, without a zone: the chart shows it as it stands."""
    return f"{at.astimezone(ZoneInfo(settings.RELANCE.time_zone)):%Y-%m-%dT%H:%M:%S}"
