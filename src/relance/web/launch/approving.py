"""What a named person decides: that there are no former opt-outs, that a canary may begin."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core.errors import InputError, RefusedError
from relance.eligibility import permission
from relance.journeys import launches, publishing
from relance.journeys.models import LaunchPlan
from relance.measurement import checklist, launching
from relance.web import tags
from relance.web.doors import actor, needs
from relance.web.language import current


@require_POST
@needs(Capability.APPROVE)
def declare(request: HttpRequest, journey: str) -> HttpResponse:
    """Write down that a named person declares that no opt-out exists elsewhere."""
    note = request.POST.get("note", "").strip()
    if not note:
        raise InputError(
            _("Say on what grounds there are no former opt-outs: whoever asks later reads it in the audit log.")
        )
    permission.declare_no_opt_outs(actor(request), note, timezone.now())
    messages.success(request, _("Kept, with your name. Work out again who would get the first message."))
    return redirect(reverse("launch:plan", args=[journey]) + "#checklist")


@require_POST
@needs(Capability.APPROVE)
def approve(request: HttpRequest, journey: str) -> HttpResponse:
    """Let the canary begin, in the name of the person signed in."""
    version, now = publishing.latest(journey), timezone.now()
    plan = launching.latest_plan(version)
    if plan is None or str(plan.pk) != request.POST.get("plan"):
        raise RefusedError(_("Somebody worked it out anew meanwhile. Look at the figures again, then approve."))
    if launches.approved(plan):
        raise RefusedError(_("This plan is approved already: there is nothing more to do."))
    _look(request, plan)
    launch = launching.approve(plan, by=actor(request), now=now, offers=request.POST.getlist("offer"))
    enters = tags.moment(launching.departs(launch, now))
    said = _("Approved: the canary enters on %(start)s. This page shows what becomes of it.")
    messages.success(request, said % {"start": enters})
    return redirect("watch:journey", launch.journey.name)


def _look(request: HttpRequest, plan: LaunchPlan) -> None:
    """Refuse, in the language of the person, what the approval would refuse, and what they did not take note of."""
    checks = checklist.review(plan.version, plan, timezone.now())
    if wrong := [one.sentence(current()) for one in checks if one.level == "blocking"]:
        raise RefusedError("\n".join(wrong))
    if not launching.alone() and launching.wrote(plan.version, actor(request)):
        raise RefusedError(_("You changed or published this version, so somebody else approves it."))
    offers = {str(one.details["code"]) for one in checks if one.code == checklist.OFFER}
    if missing := sorted(offers - set(request.POST.getlist("offer"))):
        said = _("Say that your shop knows the code %(code)s, then approve.")
        raise RefusedError(said % {"code": ", ".join(missing)})
    known = any(one.level == "warning" and one.code != checklist.OFFER for one in checks)
    if known and request.POST.get("known") != "yes":
        raise RefusedError(_("Tick that you know the points marked “to be known”, then approve."))
