"""Results: what a journey brought, in words a director reads, on one page and as its PDF."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from relance.accounts.roles import Capability
from relance.core.errors import NotFoundError
from relance.measurement import overview, snapshots
from relance.measurement.models import HealthSnapshot
from relance.web import titles
from relance.web.doors import needs
from relance.web.language import current
from relance.web.results import pdf, story


@require_safe
@needs(Capability.READ)
def show_list(request: HttpRequest) -> HttpResponse:
    """Show every journey somebody entered, with what is known of it so far."""
    rows = [(journey.name, snapshots.latest(journey.name)) for journey in snapshots.entered()]
    return render(
        request, "results/list.html", {"rows": [story.line(name, found, _called(name)) for name, found in rows]}
    )


@require_safe
@needs(Capability.READ)
def show_result(request: HttpRequest, journey: str) -> HttpResponse:
    """Show the director's page of a journey."""
    return render(request, "results/result.html", {"told": _told(journey)})


@require_safe
@needs(Capability.READ)
def download(request: HttpRequest, journey: str) -> HttpResponse:
    """Give the same page as a PDF."""
    response = HttpResponse(pdf.page(_told(journey), current()), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{slugify(journey)}.{current()}.pdf"'
    return response


@require_POST
@needs(Capability.EDIT)
def measure(request: HttpRequest, journey: str) -> HttpResponse:
    """Measure now instead of waiting for the night."""
    snapshots.keep(journey, timezone.now())
    messages.success(request, _("Measured as of this moment."))
    return redirect("results:result", journey=journey)


def _told(journey: str) -> story.Told:
    found = snapshots.latest(journey)
    if found is None and journey in {one.name for one in snapshots.entered()}:
        found = snapshots.keep(journey, timezone.now())
    if found is None:
        raise NotFoundError(_("Nobody has entered a journey of this name yet, so there is no result."))
    base = HealthSnapshot.objects.order_by("-day").first()
    return story.tell(found, overview.of(base) if base else None, _called(journey))


def _called(name: str) -> str:
    """Return what people call a journey; its name says enough where no version does."""
    return titles.journey(name)
