"""The launch page as things to do, in order: who sends, the plan, the rehearsal, the approval; and what an approval came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from relance.journeys import tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.models import Launch, LaunchPlan
from relance.measurement import launching, waterfall
from relance.web import step_titles, tags

OVER = frozenset({"plan_old", "plan_past"})  # what no longer matters once a plan is approved


def steps(
    name: str, sender: str, points: Sequence[Mapping[str, Any]], *, approved: bool, edits: bool
) -> list[dict[str, Any]]:
    """Return what is to be done, each with where it is done and whether it is, by the points of the checklist.

    The form of the sender is for those who may edit; the others are led to the list of senders.
    """
    levels = {point["key"]: point["level"] for point in points}
    lacks = any(point["sender"] for point in points)  # what the sender's own page settles
    form = f"{reverse('sender:sender', args=[sender])}?next={reverse('launch:plan', args=[name])}"
    known = approved or levels.get("plan") in {"ok", "warning"}
    return [
        {"title": _("Who sends"), "url": form if edits else reverse("sender:senders"), "done": not lacks},
        {"title": _("Work out who gets it"), "url": "#who", "done": known},
        {"title": _("Rehearse"), "url": "#rehearsal", "done": levels.get("rehearsal") == "ok"},
        {"title": _("Approve"), "url": "#approval", "done": approved},
    ]  # fmt: skip


def approval(found: LaunchPlan | None, now: datetime) -> dict[str, Any] | None:
    """Return who approved the plan, when, the offers they ticked, and when its people enter or entered; None where nobody did."""
    launch = Launch.objects.filter(plan=found).select_related("journey", "version").first() if found else None
    if launch is None:
        return None
    entered = launching.entered(launch, now)
    return {
        "by": tags.named(launch.approved_by), "at": launch.approved_at, "entered": entered, "paused": not launch.journey.running,
        "offers": [one["offer"] for one in launch.checklist if one.get("ticked")],
        "enters": entered or launching.departure(launch, now), "people": launch.figures.get("counts", {}).get("canary", 0),
    }  # fmt: skip


def mails(written: JourneyDefinition) -> list[dict[str, Any]]:
    """Return the mails of a journey, from top to bottom, each with what it is called and the template to read."""
    titles = step_titles.of(written)
    sends = [send for _node, send in tree.sends(written.nodes)]
    return [
        {"template": name, "title": titles.get(send.id, name) if name == send.headline else name}
        for send in sends for name in dict.fromkeys(map(send.template_for, send.leaving))
    ]  # fmt: skip


def showable(whole: Mapping[str, Any]) -> dict[str, int] | None:
    """Return in how many people of how many the groups would see a rise: of 100, of 1,000 where it is smaller than one."""
    effect = whole.get("effect")
    if not effect or not whole.get("control"):
        return None
    of = 100 if effect >= 0.0095 else 1000
    return {"rise": max(round(effect * of), 1), "of": of}


def groups(found: LaunchPlan) -> dict[str, int]:
    """Return how many people of a plan get the first message first, how many follow, and how many get nothing."""
    counts = found.figures.get("counts", {})
    control = sum(counts.get(code, 0) for code in waterfall.BARS["control"])
    return {"canary": counts.get("canary", 0), "waiting": waterfall.following(counts), "control": control}


def grouped(points: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the points that ask for a look, and those in order, which are folded."""
    open_ones = [point for point in points if point["level"] != "ok" or point["key"] in {"plan", "templates"}]
    return {"open_points": open_ones, "folded_points": [point for point in points if point not in open_ones]}
