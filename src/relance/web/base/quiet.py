"""The page of the kinds of quiet people, with the segments and journeys that fit them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from relance.accounts.roles import Capability
from relance.core.errors import NotFoundError, RefusedError
from relance.dormancy import kinds as sorted_people
from relance.measurement.health import last_scoring
from relance.segments.models import Segment
from relance.web import untold
from relance.web.base import kinds, tabs
from relance.web.doors import actor, needs
from relance.web.segments import keeping


@require_safe
@needs(Capability.READ)
def show_kinds(request: HttpRequest) -> HttpResponse:
    """Show how many people are of each kind, and whom to write to first."""
    if not sorted_people.kept():
        return render(request, "base/no_kinds.html", {"small": tabs.small()} | tabs.around("kinds"))
    told = kinds.told(sorted_people.latest())
    context = {"told": told, "small": tabs.small(), "untold": untold.notice(timezone.now(), told["untold"])}
    return render(request, "base/kinds.html", context | tabs.around("kinds"))


@require_POST
@needs(Capability.EDIT)
def sort_again(request: HttpRequest) -> HttpResponse:
    """Sort everybody anew, where the base is small enough to wait for it."""
    if not tabs.small():
        raise RefusedError(_("This base is too large to wait for it. People are sorted each night."))
    sorted_people.refresh(min(timezone.now(), last_scoring() or timezone.now()))  # the states are of then
    messages.success(request, _("People are sorted anew, as of the last calculation of states."))
    return redirect("base:kinds")


@require_POST
@needs(Capability.EDIT)
def take_segment(request: HttpRequest, code: str) -> HttpResponse:
    """Bring in the ready-made segment of a kind, a place in the funnel or a reason, and show it."""
    groups = (*sorted_people.KINDS, *sorted_people.FUNNEL, *sorted_people.REASONS)
    found = next((one for one in groups if one.code == code), None)
    if found is None:
        raise NotFoundError(_("No kind of people has this name. The page shows those there are."))
    if not Segment.objects.filter(name=found.segment).exists():
        keeping.keep(found.document, None, now=timezone.now(), actor=actor(request))
    return redirect("segments:named", found.segment)
