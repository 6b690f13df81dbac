"""What the pages of every area ask of a work that a worker does: which, and that it stop."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from relance.core import audit
from relance.core.errors import NotFoundError
from relance.intake.models import Work
from relance.web.doors import actor
from relance.workers import background


def find(work_id: UUID) -> Work:
    """Return the work; an unknown one is refused with a sentence."""
    work = Work.objects.filter(id=work_id).first()
    if work is None:
        raise NotFoundError(_("This work is not known here."))
    return work


def anew() -> HttpResponse:
    """Tell the page that asks how far a work is that it is over: the page comes anew."""
    response = HttpResponse(status=204)
    response["HX-Refresh"] = "true"
    return response


def ask_to_stop(request: HttpRequest, work: Work, now: datetime) -> None:
    """Ask a work to stop, on the record."""
    background.stop(work, now)
    audit.record("work stopped", work.kind, now=now, actor=actor(request))
    messages.info(request, _("It stops within a moment."))
