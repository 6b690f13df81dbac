"""The health of the base: the first page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from relance.accounts.roles import Capability
from relance.core import database
from relance.core.errors import RefusedError
from relance.eligibility import permission
from relance.measurement import overview
from relance.measurement.models import HealthSnapshot
from relance.web import untold
from relance.web.base import story, tabs
from relance.web.doors import needs
from relance.web.setup import first_run

TREND_DAYS = 400


@needs(Capability.READ)
def show_health(request: HttpRequest) -> HttpResponse:
    """Show the latest snapshot; an empty installation starts with the first run instead."""
    if first_run.needed():
        return redirect("setup:start")
    snapshots = list(HealthSnapshot.objects.order_by("-day")[:TREND_DAYS])
    if not snapshots:
        return _first(request)
    found = overview.with_corrections(overview.of(snapshots[0]), timezone.now())
    context = {
        "found": found,
        "at": snapshots[0].at,
        "scored_at": story.scored_at(found),
        "people": found.health["people"],
        "states": story.states(found),
        "strip": story.strip(found),
        "figures": story.figures(found),
        "channels": story.channels(found),
        "risks": story.risks(found),
        "trend": story.trend(snapshots[::-1]),
        "proposals": story.proposals(found),
        "silent": story.silent(found),
        "untold": untold.notice(timezone.now(), found.undetermined if found.silence_unknown else 0),
        "mail_cost": settings.RELANCE.mail_cost,
        "opt_outs_missing": not permission.opt_outs_known(),
    }
    return render(request, "base/health.html", context | tabs.around("health"))


def _first(request: HttpRequest) -> HttpResponse:
    """Make the first snapshot where the base is small enough to wait for it; a scored base is needed."""
    ((scored, many),) = database.rows(
        "SELECT EXISTS (SELECT 1 FROM profile), (SELECT count(*) FROM contact) > %s", [tabs.AT_ONCE]
    )
    if not scored:
        return render(request, "base/unscored.html")
    if many:
        raise RefusedError(_("The figures of the base are computed each night. They will stand here tomorrow."))
    overview.keep(timezone.now())
    return redirect("base:health")
