"""Rehearsals asked for before a launch, and their reports."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from pydantic import ValidationError

from relance.accounts.roles import Capability
from relance.core import audit, place
from relance.core.errors import InputError, NotFoundError
from relance.intake.models import Work
from relance.journeys import definition, publishing
from relance.journeys.models import LaunchRehearsal, Version
from relance.measurement import launching
from relance.rehearsal import rates
from relance.rehearsal.rates import Rates
from relance.rehearsal.rehearse import fewest_days
from relance.web.doors import actor, needs
from relance.web.language import current
from relance.web.launch import outcome, tasks

# A report brings its own styles, and shows mails in frames; it runs nothing and loads nothing.
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; font-src data:; frame-ancestors 'self'; sandbox allow-same-origin allow-popups"
LONGEST = 730  # days, as in the command


@require_POST
@needs(Capability.EDIT)
def rehearse(request: HttpRequest, journey: str) -> HttpResponse:
    """Let a worker rehearse the latest version, with the rates of the form."""
    version, now = publishing.latest(journey), timezone.now()
    plan = launching.latest_plan(version)
    start = plan.start_at if plan and plan.start_at > now else launching.good_start(version, now)
    with transaction.atomic():
        work = Work.objects.create(kind=tasks.REHEARSAL, by=actor(request), asked_at=now)
        asked = LaunchRehearsal.objects.create(
            journey=version.journey, version=version, start_at=start, days=_days(request, version, start), rates=_rates(request),
            asked_at=now, by=actor(request), work=work,
        )  # fmt: skip
        tasks.rehearse_journey.defer(work_id=str(work.id), rehearsal_id=asked.pk)
    audit.record("rehearsal asked", f"{journey} {version.number}", now=now, actor=actor(request))
    messages.info(request, _("The rehearsal has begun. You may close this page: it goes on."))
    return redirect(reverse("launch:plan", args=[journey]) + "#rehearsal")


@needs(Capability.READ)
def show_report(request: HttpRequest, journey: str, rehearsal_id: int) -> HttpResponse:
    """Show the report of a rehearsal in the language in force."""
    found = LaunchRehearsal.objects.filter(pk=rehearsal_id, journey__name=journey, made_at__isnull=False).first()
    file = found.result.get("files", {}).get(current(), "") if found else ""
    path = place.current().data / file
    if not file or not path.is_file():
        raise NotFoundError(_("The report of this rehearsal is not here any more. Rehearse again."))
    response = HttpResponse(path.read_text("utf-8"))
    response.headers["Content-Security-Policy"] = REPORT_POLICY
    return response


def _days(request: HttpRequest, version: Version, start: datetime) -> int:
    """Return the days asked for: no fewer than show anything of the goal."""
    text, fewest = request.POST.get("days", ""), fewest_days(definition.of(version), start)
    if not text.isdecimal() or not fewest <= int(text) <= LONGEST:
        said = _(
            "A rehearsal of this journey lasts from %(fewest)s to %(longest)s days: in fewer its goal would count to the end for nobody."
        )
        raise InputError(said % {"fewest": fewest, "longest": LONGEST})
    return int(text)


def _rates(request: HttpRequest) -> dict[str, object]:
    """Return the assumed rates: the shipped ones with what the form changes."""
    try:
        found = outcome.adjusted(rates.load(), request.POST)
        Rates.model_validate(found)
    except (ValueError, ValidationError) as error:
        raise InputError(
            _("One of the assumed rates is no percentage from 0 to 100. Correct it and rehearse.")
        ) from error
    return found
