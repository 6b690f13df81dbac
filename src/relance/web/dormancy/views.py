"""Policies: their list, and the page of each with its curve and slider."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core import audit
from relance.dormancy import policies
from relance.dormancy import untold as dormancy_untold
from relance.dormancy.models import Policy
from relance.dormancy.policies import PolicyDefinition
from relance.dormancy.presets import presets
from relance.intake.models import Work
from relance.web import titles, underway, untold, wording
from relance.web.doors import actor, needs
from relance.web.dormancy import arranging, comparing, curves, editing, standing, tasks, uses, words
from relance.web.setup import works
from relance.workers import background


@needs(Capability.READ)
def show_list(request: HttpRequest) -> HttpResponse:
    """Show the policies in their order, and the presets."""
    kept = {policy.name: policy for policy in Policy.objects.all()}
    found = policies.in_force()
    shown = arranging.tried(request.GET.get("order", ""), found)
    stood = standing.read()
    rows = [_row(kept[one.policy], one, stood) | _ways(titles.of_policy(one), way)
            for one, way in zip(shown, arranging.moves(shown), strict=True)]  # fmt: skip
    context = {
        "rows": rows,
        "rearranged": shown != found,
        "stood": stood,
        "presets": [_preset(one.definition, one.name in kept) for one in presets()],
        "nobody": stood.policies.get("", {}),
        "recent": comparing.recent(),
        "unscored": _unscored(list(kept.values()), stood.at),
        "untold": untold.notice(timezone.now(), dormancy_untold.people(stood.of(""))),
    }
    return render(request, "dormancy/list.html", context)


def _row(kept: Policy, policy: PolicyDefinition, stood: standing.Standing) -> dict[str, Any]:
    return {
        "policy": kept,
        "title": titles.of_policy(policy),
        "population": words.population(policy),
        "criteria": words.criteria(policy),
        "states": words.states(policy),
        "strip": standing.strip(stood.of(kept.name)),
    }


def _ways(title: str, way: dict[str, str]) -> dict[str, Any]:
    """Return the buttons that move a policy: what each says, the order it leads to, its icon."""
    up = _("Try “%(title)s” earlier") % {"title": title}
    down = _("Try “%(title)s” later") % {"title": title}
    return {"ways": [(up, way["up"], "arrow-up"), (down, way["down"], "arrow-down")]}


def _preset(policy: PolicyDefinition, applied: bool) -> dict[str, Any]:
    return {
        "name": policy.policy,
        "title": titles.of_policy(policy),
        "description": words.rest(policy.description),
        "reason": words.said(policy.reason),
        "population": words.population(policy),
        "applied": applied,
    }


def _unscored(kept: list[Policy], at: datetime | None) -> list[Policy]:
    """Return the policies that no scoring has looked at yet."""
    return [policy for policy in kept if at is None or policy.applied_at > at]


@needs(Capability.READ)
def show_policy(request: HttpRequest, name: str) -> HttpResponse:
    """Show one policy: what it says, how its people stand, and what the base says of their silence."""
    kept, policy = editing.find(name)
    stood = standing.read()
    context = {
        "policy": kept,
        "title": titles.of_policy(policy),
        "description": words.rest(policy.description),
        "reason": words.said(policy.reason),
        "population": words.population(policy),
        "criteria": words.criteria(policy),
        "states": words.states(policy),
        "cadence": words.cadence(policy),
        "beside": words.beside(policy),
        "out_of_target": words.out_of_target(policy),
        "unscored": _unscored([kept], stood.at),
        "uses": uses.told(name),
        "threshold_decides": policy.states["dormant"].needs is not None,
    }
    return render(request, "dormancy/policy.html", context | _measured(name, stood))


@needs(Capability.READ)
def show_everybody(request: HttpRequest) -> HttpResponse:
    """Show what the base says of everybody's silence, all policies together."""
    return render(request, "dormancy/policy.html", {"title": words.EVERYBODY} | _measured("", standing.read()))


def _measured(name: str, stood: standing.Standing) -> dict[str, Any]:
    """Return how the people stand and what is kept of their silences."""
    estimate, now = curves.found(name), timezone.now()
    counting = underway.current(comparing.COUNTING)
    strip, aged = standing.strip(stood.of(name)), standing.known_until(stood.at or now)
    return {
        "stood": stood,
        "strip": strip,
        "untold": untold.notice(now, strip["untold"]),
        "clocks": standing.clocks(name, aged),
        "aged": aged if stood.at and aged < stood.at else None,
        "estimate": estimate,
        "told": curves.told(estimate) if estimate and estimate.accepted else None,
        "refused": curves.refused(estimate.refusal) if estimate and not estimate.accepted else None,
        "work": progress(counting, now) if counting else None,
        "key": name,
    }


@needs(Capability.READ)
def show_threshold(request: HttpRequest) -> HttpResponse:
    """Answer the slider from what is kept: nothing is counted here."""
    found = curves.answer(request.GET.get("policy", ""), request.GET.get("days", ""))
    return render(request, "dormancy/threshold.html", {"answer": found})


@require_POST
@needs(Capability.EDIT)
def count_again(request: HttpRequest) -> HttpResponse:
    """Count silences and returns anew: at once on a small base, else by a worker."""
    name, now = request.POST.get("policy", ""), timezone.now()
    with transaction.atomic():
        work = Work.objects.create(kind=comparing.COUNTING, by=actor(request), asked_at=now, result={"policy": name})
        if not comparing.few():
            tasks.count_silences.defer(work_id=str(work.id))
    if comparing.few():
        background.run(str(work.id), tasks.count)
    audit.record("silences counted", name or "everybody", now=now, actor=actor(request))
    return redirect(page_of(name))


@needs(Capability.READ)
def show_progress(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Answer the page that asks how far a work is; once it is over the page comes anew."""
    return underway.show(request, underway.find(work_id, comparing.KINDS), "dormancy/progress.html", progress)


@require_POST
@needs(Capability.EDIT)
def stop_work(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Ask a work to stop."""
    work = underway.find(work_id, comparing.KINDS)
    compared = work.kind == comparing.KIND
    back = reverse("dormancy:comparison", args=[work.id]) if compared else page_of(work.result.get("policy", ""))
    return underway.stop(request, work, back)


@require_POST
@needs(Capability.EDIT)
def score_now(request: HttpRequest) -> HttpResponse:
    """Let a worker clean and score the base now rather than tonight."""
    now = timezone.now()
    audit.record("base refreshed", "base", now=now, actor=actor(request))
    return redirect("setup:work", works.start("refresh", now=now, by=actor(request)).id)


def page_of(name: str) -> str:
    """Return the address of a policy's page; the empty name is everybody."""
    return reverse("dormancy:policy", args=[name]) if name else reverse("dormancy:everybody")


def progress(work: Work, now: datetime) -> dict[str, Any]:
    """Return how far a work is."""
    return {
        "work": work,
        "stage": comparing.STAGES.get(work.stage, ""),
        "sentence": wording.say(work.sentence) if work.sentence else "",
        "impatient": underway.impatient(work, now),
    }
