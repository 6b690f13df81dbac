"""What the pages of every area ask of a work that a worker does: which, how it goes, why it ended, and that it stop."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from relance.core import audit
from relance.core.errors import NotFoundError
from relance.intake.models import Work
from relance.web import wording
from relance.web.doors import actor
from relance.workers import background

UNENDED = ("waiting", "running")
PATIENCE = timedelta(seconds=20)  # after which a page says that no worker has taken a work up
Words = Callable[[Work, datetime], dict[str, Any]]


def find(work_id: UUID, kinds: Collection[str]) -> Work:
    """Return the work of one of these kinds; an unknown one, or another area's, is refused with a sentence."""
    work = Work.objects.filter(id=work_id, kind__in=kinds).first()
    if work is None:
        raise NotFoundError(_("This work is not known here."))
    return work


def current(kind: str, **asked: object) -> Work | None:
    """Return the work of this kind that waits or runs, the latest; one whose worker is gone does neither."""
    found = Work.objects.filter(kind=kind, state__in=UNENDED, **asked).order_by("-asked_at").first()
    return found if found is not None and goes_on(found) else None


def last(kind: str) -> Work | None:
    """Return the work of this kind that was asked for last."""
    return Work.objects.filter(kind=kind).order_by("-asked_at").first()


def goes_on(work: Work) -> bool:
    """Tell whether a work waits or runs, and its worker is there."""
    return work.state in UNENDED and not background.abandoned(work)


def impatient(work: Work, now: datetime) -> bool:
    """Tell whether a work has waited for so long that the page says so."""
    return work.state == "waiting" and now - work.asked_at > PATIENCE


def ended(work: Work) -> dict[str, Any]:
    """Return how a work that goes on no more ended: when, who asked for it, its state (`gone` with its worker), why."""
    return {
        "at": work.finished_at or work.asked_at,
        "by": work.by,
        "state": "gone" if work.state in UNENDED else work.state,
        "sentence": _why(work.sentence),
    }


def _why(sentence: str) -> str:
    if sentence.startswith("fault: "):
        return _("A fault of ours stopped it; the log has it. Tell the person who runs Relance.")
    return wording.say(sentence) if sentence else ""


def show(request: HttpRequest, work: Work, template: str, words: Words) -> HttpResponse:
    """Answer the page that asks how far a work is; once it is over the page comes anew."""
    if goes_on(work):
        return render(request, template, words(work, timezone.now()))
    response = HttpResponse(status=204)
    response["HX-Refresh"] = "true"
    return response


def stop(request: HttpRequest, work: Work, back: str) -> HttpResponse:
    """Ask a work to stop, on the record, and lead back to its page."""
    now = timezone.now()
    background.stop(work, now)
    audit.record("work stopped", work.kind, now=now, actor=actor(request))
    messages.info(request, _("It stops within a moment."))
    return redirect(back)
