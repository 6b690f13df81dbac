"""Pause, resume, stop a journey, and let the rest follow its canary."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core.errors import InputError, RefusedError
from relance.eligibility.ramp import ramping
from relance.journeys import launches
from relance.measurement import tallies
from relance.web import tags
from relance.web.doors import actor, needs
from relance.web.watch import board


@require_POST
@needs(Capability.APPROVE)
def act(request: HttpRequest, journey: str) -> HttpResponse:
    """Do what the button says, in the name of the person signed in."""
    found, now, by = launches.journey(journey), timezone.now(), actor(request)
    wanted = request.POST.get("act", "")
    if wanted == "pause":
        launches.pause(found, by=by, now=now)
        tallies.anew(found, now)
        messages.success(request, _("Paused: nobody enters or moves on, and messages already written wait."))
    elif wanted == "resume":
        if launches.never_started(found):
            raise RefusedError(_("This journey was never started. Approve a launch first, on its launch page."))
        launches.resume(found, by=by, now=now)
        messages.success(request, _("The journey goes on. Messages that waited are judged again before they leave."))
    elif wanted == "stop":
        count = launches.stop(found, by=by, now=now)
        tallies.anew(found, now)
        said = ngettext(
            "Stopped: %(count)s person left the journey.", "Stopped: %(count)s people left the journey.", count
        )
        messages.success(request, said % {"count": tags.number(count)})
    elif wanted == "release":
        if ramping.waiting(found.pk):
            looked_at = request.POST.get("step", "")
            if not looked_at.isdecimal():
                raise InputError(
                    _("Say which step you release: reload the page, look at what is known of it, then decide.")
                )
            reason, number = request.POST.get("reason", ""), int(looked_at)
            step = ramping.release(found, by=by, reason=reason, now=now, number=number)
            messages.success(request, _("Approved: step %(number)s enters.") % {"number": step.number})
            return redirect("watch:journey", journey)
        figures = tallies.of(found, now).figures
        launches.release(found, by=by, now=now, figures={**figures, "told": board.told(figures)})
        messages.success(request, _("Approved: the rest of the segment follows."))
    else:
        raise InputError(_("There is nothing of that name to do to a journey."))
    return redirect("watch:journey", journey)
