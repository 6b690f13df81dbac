"""The first run: four files, what they tell and what they do not, then the health of the base. Nothing is sent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

import relance
from relance.accounts.roles import Capability
from relance.contacts.models import Contact
from relance.core import audit
from relance.core.definitions import read
from relance.core.errors import InputError, RefusedError
from relance.dormancy import policies
from relance.dormancy.models import Policy
from relance.eligibility import permission
from relance.intake import coverage, runs
from relance.intake.models import ImportRun, Work
from relance.segments import definitions
from relance.segments.models import Segment
from relance.web.doors import actor, needs
from relance.web.setup import first_run, rejects, sample, signals, views, works
from relance.web.setup.gist import beside_base, gist

RECIPES = Path(relance.__file__).parent / "recipes"
# The two files of one step: what is in of it, and how the other is asked for.
IN = {"suppressions": gettext_lazy("The opt-outs are in."), "consents": gettext_lazy("The consents are in.")}
OFFERS = {
    "suppressions": gettext_lazy("Add the file of opt-outs"),
    "consents": gettext_lazy("Add the file of consents"),
}


@needs(Capability.READ)
def start(request: HttpRequest) -> HttpResponse:
    """Show the step asked for, else the first one open."""
    skipped, done = first_run.skipped(request), first_run.done()
    name = request.GET.get("step", "") or first_run.following({*done, *skipped})
    step = first_run.BY_NAME.get(name)
    if step is None:
        return redirect("setup:coverage")
    context = {
        "steps": first_run.states(done, skipped, step.name), "step": step, "empty": first_run.needed(), "sample_in": sample.is_in(),
        "done": step.name in done, "came": _came(request), **_halfway(step, {*done, *skipped, step.name}),
        "samples": [(name, views.NAMES[name]) for name in step.samples],
    }  # fmt: skip
    return render(request, "setup/start.html", context)


@require_POST
@needs(Capability.EDIT)
def skip(request: HttpRequest) -> HttpResponse:
    """Leave a step out, for this person's session."""
    name = request.POST.get("step", "")
    if name in first_run.BY_NAME:
        request.session["skipped"] = sorted({*first_run.skipped(request), name})
    return redirect("setup:start")


@require_POST
@needs(Capability.APPROVE)
def declare(request: HttpRequest) -> HttpResponse:
    """Write down that the signed-in person declares that no opt-out exists elsewhere."""
    note = request.POST.get("note", "").strip()
    if not note:
        raise InputError(_("Say on what grounds there are no opt-outs: whoever checks later reads it."))
    permission.declare_no_opt_outs(actor(request), note, timezone.now())
    messages.success(request, _("Kept: you declare that no opt-out exists outside this installation."))
    return redirect("setup:start")


@needs(Capability.READ)
def show_coverage(request: HttpRequest) -> HttpResponse:
    """Show what is known since when, and lead on."""
    context = {
        "steps": first_run.states(first_run.done(), first_run.skipped(request), "coverage"),
        "came": _came(request),
        **views.covered(timezone.now()),
        "empty": first_run.needed(),
    }
    return render(request, "setup/coverage.html", context)


@require_POST
@needs(Capability.EDIT)
def carry_on(request: HttpRequest) -> HttpResponse:
    """Take it that a file tells up to today, where it was said to be older, or nobody was asked; unnamed, all of today."""
    now = timezone.now()
    named = (request.POST.get("source", ""), request.POST.get("type", ""))
    every = [named] if any(named) else [(one.source, one.type) for one in signals.ending_before_today(now)]
    if not every:
        raise RefusedError(_("No file of today ended before today. Reload the page."))
    with transaction.atomic():
        for source, event_type in every:
            _carry_on(request, source, event_type, now)
    said = _("Kept: told up to today. States were worked out before: have the base judged again, below.")
    messages.success(request, said)
    return redirect("setup:coverage")


def _carry_on(request: HttpRequest, source: str, event_type: str, now: datetime) -> None:
    """Carry on what the file of today tells of this type, and of what ended with it, up to today."""
    today = signals.today(now)
    file = runs.telling(source, event_type, today)
    if file is None:
        raise RefusedError(_("No file that tells of this came in today. Bring one that goes up to today."))
    former = coverage.carry_on(source, event_type, coverage.whole_day(today), types=file.totals["events"])
    if former is None:
        raise RefusedError(_("This is told up to today already, or by no file. Reload the page."))
    ends = {"since": former.astimezone(today.tzinfo), "until": today}
    audit.record(
        "telling carried on",
        source,
        now=now,
        actor=actor(request),
        details={name: f"{end:%Y-%m-%d}" for name, end in ends.items()},
    )


@require_POST
@needs(Capability.EDIT)
def finish(request: HttpRequest) -> HttpResponse:
    """Clean and score what came in; the shipped policies and segments come first where there are none."""
    if first_run.needed():
        raise RefusedError(_("Nobody is in the base yet. Bring a file of contacts or of orders first."))
    now = timezone.now()
    if not Policy.objects.exists():
        for path in sorted((RECIPES / "policies").glob("*.yaml")):
            policies.apply(read(path), now)
    if not Segment.objects.exists():
        for path in sorted((RECIPES / "segments").glob("*.yaml")):
            definitions.apply(read(path), now)
    work = works.start("refresh", now=now, by=actor(request))
    audit.record("base refreshed", "base", now=now, actor=actor(request))
    return redirect("setup:work", work.id)


@require_POST
@needs(Capability.EDIT)
def load_sample(request: HttpRequest) -> HttpResponse:
    """Bring the sample shop into an empty base."""
    if not sample.is_in():
        sample.refuse_unless_empty()
    return _sample(request, "sample", "sample shop brought")


@require_POST
@needs(Capability.EDIT)
def remove_sample(request: HttpRequest) -> HttpResponse:
    """Take the sample shop out again, unless something else came in."""
    sample.refuse_if_mixed()
    return _sample(request, "removal", "sample shop removed")


def _sample(request: HttpRequest, kind: str, action: str) -> HttpResponse:
    now = timezone.now()
    if Work.objects.filter(kind__in={"sample", "removal"} - {kind}, state="running").exists():
        raise RefusedError(
            _("The sample shop is being brought in or removed right now. Wait until that is done, or stop it.")
        )
    work = works.start(kind, now=now, by=actor(request))
    audit.record(action, "sample shop", now=now, actor=actor(request), details={"people": Contact.objects.count()})
    return redirect("setup:work", work.id)


def _came(request: HttpRequest) -> dict[str, Any] | None:
    """Return what the file came to that led here, in one sentence."""
    try:
        run = ImportRun.objects.filter(id=UUID(request.GET.get("came", "")), state="done").first()
    except ValueError:
        return None
    if run is None:
        return None
    said = " ".join(filter(None, (gist(run.totals, run.kind), beside_base(run.totals, run.kind))))
    return {"run": run, "gist": said, "rejects": rejects.path(run).exists()}


def _halfway(step: first_run.Step, passed: set[str]) -> dict[str, Any]:
    """Return what a step of two files says while one of them is in: which is, how to add the other, and the way on."""
    lacking = first_run.lacking(step)
    if not lacking:
        return {}
    here = [IN[kind] for kind in step.kinds if kind not in lacking]
    return {"here": here[0], "offer": OFFERS[lacking[0]], "on": first_run.following(passed)}
