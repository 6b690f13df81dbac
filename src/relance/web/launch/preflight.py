"""The pre-flight of a plan: what speaks for and against its start, the ramp day by day, and a person's override."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core.errors import RefusedError
from relance.eligibility.breaker import providers
from relance.eligibility.ramp import bands
from relance.journeys import definition, publishing, tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.models import LaunchPlan
from relance.measurement import launch_hours, launching, waterfall
from relance.measurement.preflight import judging, overriding, results_words, words
from relance.web import tags, titles
from relance.web import words as common
from relance.web.doors import actor, needs
from relance.web.language import current

LOOKS = {
    "strength": ("circle-check", "good"), "weakness": ("alert-triangle", "warn"),
    "opportunity": ("bulb", "good"), "threat": ("circle-x", "bad"),
}  # fmt: skip
# Where a finding says to go, by its code: its last sentence leads there.
PLACES = {"sender_unexamined": "sender:outside", "nobody": "launch:plan"}
AGAINST = ("weakness", "threat")  # what is shown at once; what speaks for a start is folded
SMALLEST = 10  # people: a smaller canary shows nothing
ADVICE_LOOKS = {"go": ("circle-check", "good"), "slower": ("alert-triangle", "warn"), "not_now": ("circle-x", "bad")}


@needs(Capability.READ)
def show(request: HttpRequest, journey: str) -> HttpResponse:
    """Show the judgement kept with the latest plan."""
    plan = _plan(journey)
    told = plan.figures["preflight"]
    language = current()
    written = definition.of(plan.version)
    covered = overriding.covered(journey, plan.version.number, plan.start_at)
    blocking = [one for one in told["findings"] if one["level"] == "blocking" and one["code"] not in covered]
    context = {
        "plan": plan, "journey": plan.journey, "title": titles.of(plan.version), "told": told,
        "advice": words.word(words.ADVICE, told["advice"], language), "look": ADVICE_LOOKS[told["advice"]],
        "risk": words.word(words.RISKS, told["risk"], language),
        "sides": [_side(side, told["findings"], language, journey) for side in AGAINST],
        "good": [_side(side, told["findings"], language, journey) for side in words.SIDES if side not in AGAINST],
        "steps": _steps(told, language) if written.reactivates else [],
        "sends": bool(tree.sends(written.nodes)), "canary": plan.figures["counts"].get("canary", 0), **_slower(plan, told, written),
        "cost": Decimal(told["expected"]["cost"]), "channels": _channels(told["expected"]), "next_start": _next_start(plan, told, written),
        "cut_off": launch_hours.window(written, plan.start_at).fits,
        "results": _results(told, language),
        "may_override": bool(blocking) and not {one["code"] for one in blocking} & overriding.FINAL,
        "overrides": overriding.of_start(journey, plan.version.number, plan.start_at),
    }  # fmt: skip
    context["good_count"] = sum(len(side["findings"]) for side in context["good"])
    return render(request, "launch/preflight.html", context)


@require_POST
@needs(Capability.APPROVE)
def override(request: HttpRequest, journey: str) -> HttpResponse:
    """Keep that the person signed in starts in spite of what blocks; judged anew, so nobody overrides what they did not see."""
    plan, now = _plan(journey), timezone.now()
    found = judging.judge(plan.version, plan.start_at, now, canary=plan.canary)
    seen = {one["code"] for one in plan.figures["preflight"]["findings"] if one["level"] == "blocking"}
    if {one.code for one in found.blocking} - seen:
        raise RefusedError(_("More blocks this start than when it was judged. Work the plan out again, then decide."))
    overriding.override(found, by=actor(request), reason=request.POST.get("reason", ""), now=now)
    messages.success(request, _("Kept in the audit log, with your name. The gate still judges each message."))
    return redirect("launch:preflight", journey)


def _plan(journey: str) -> LaunchPlan:
    plan = launching.latest_plan(publishing.latest(journey))
    if plan is None or "preflight" not in plan.figures:
        raise RefusedError(
            _("There is no pre-flight yet. Work out on the launch page who would get the first message.")
        )
    return plan


def _slower(plan: LaunchPlan, told: dict[str, Any], written: JourneyDefinition) -> dict[str, Any]:
    """Return how a start that should go slower does: by the ramp of a reactivation, and with a canary half as large."""
    start, half = plan.start_at.astimezone(ZoneInfo(settings.RELANCE.time_zone)), plan.canary // 2
    return {
        "slower": told["advice"] == "slower", "ramped": written.reactivates and len(told["ramp"]["steps"]) > 1,
        "whole": not waterfall.following(plan.figures["counts"]),
        "smaller": half if half >= SMALLEST else None, "day": f"{start:%Y-%m-%d}", "hour": f"{start:%H:%M}",
    }  # fmt: skip


def _channels(expected: dict[str, Any]) -> str:
    """Return the messages of each channel, where a channel is chosen for each person; else there is nothing to say."""
    if not expected.get("chosen"):
        return ""
    return ", ".join(f"{common.channel(one)} ({tags.number(count)})" for one, count in expected["channels"].items())


def _next_start(plan: LaunchPlan, told: dict[str, Any], written: JourneyDefinition) -> datetime | None:
    """Return the start to choose instead, as the calendar is now."""
    ramp = max(told["ramp"]["days"] - 1, 0)
    return launch_hours.better(written, plan.start_at, timezone.now(), ramp)


def _side(side: str, findings: list[dict[str, Any]], language: str, journey: str) -> dict[str, Any]:
    own = sorted((one for one in findings if one["side"] == side), key=lambda one: one["level"] != "blocking")
    told = [
        {
            **_led(one["code"], one["sentences"][language], journey),
            "level": words.word(words.LEVELS, one["level"], language),
            "grave": one["level"],
        }
        for one in own
    ]
    return {"label": words.word(words.SIDES, side, language), "look": LOOKS[side], "findings": told}


def _led(code: str, sentence: str, journey: str) -> dict[str, str]:
    """Return a finding's sentence; where it says to go somewhere, its end apart, and the address of that place."""
    front, _stop, end = sentence.rpartition(". ")
    if code not in PLACES or not front:
        return {"sentence": sentence, "end": "", "url": ""}
    return {
        "sentence": f"{front}.",
        "end": end,
        "url": reverse(PLACES[code], args=[journey] if PLACES[code].startswith("launch:") else []),
    }


def _results(told: dict[str, Any], language: str) -> dict[str, Any]:
    """Return the expected results as a table and in sentences; plans of before these were kept have none."""
    found = told["expected"].get("results")
    if found is None:
        return {}
    rows = [
        {
            "label": results_words.label(one["code"], found["outcome"], language),
            "source": results_words.source(one["source"], language),
            "simulated": one["simulated"],
            **{name: results_words.amount(one[name], one["unit"], language) for name in ("value", "low", "high")},
        }
        for one in found["figures"]
    ]
    return {"rows": rows, "sentences": found["sentences"][language]}


def _steps(told: dict[str, Any], language: str) -> list[dict[str, Any]]:
    return [
        {
            **step, "day": date.fromisoformat(step["day"]), "approved": step["step"] == 1,
            "band": step["silence"][language] if "silence" in step else bands.of(step["band"]).label(language),
            "providers": [(providers.name(name, language), count) for name, count in sorted(step["providers"].items(), key=lambda one: -one[1])],
        }
        for step in told["ramp"]["steps"]
    ]  # fmt: skip
