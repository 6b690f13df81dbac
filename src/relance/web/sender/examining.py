"""The examination asked for on the page: asked, done by a worker, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core import audit
from relance.core.errors import RefusedError
from relance.intake.models import Work
from relance.web import underway
from relance.web.doors import actor, needs
from relance.web.sender import tasks

PARTS: Mapping[str, Any] = {
    "hosts": gettext_lazy("Looking up the sending hosts"),
    "spf": gettext_lazy("Reading SPF: who may send for the domain"),
    "dkim": gettext_lazy("Reading DKIM: whether mails are signed"),
    "dmarc": gettext_lazy("Reading DMARC: what happens to forgeries"),
    "mail": gettext_lazy("Asking whether the domain takes mail"),
    "reverse": gettext_lazy("Asking for the names of the addresses"),
    "lists": gettext_lazy("Asking the blocklists"),
}


@require_POST
@needs(Capability.EDIT)
def examine(request: HttpRequest) -> HttpResponse:
    """Let a worker ask the world how it sees the sender."""
    if underway.current(tasks.KIND):
        raise RefusedError(_("The sender is being examined already. Wait for the end, or stop it."))
    now = timezone.now()
    with transaction.atomic():
        work = Work.objects.create(kind=tasks.KIND, by=actor(request), asked_at=now)
        tasks.examine_sender.defer(work_id=str(work.id))
    audit.record("sender examined", "", now=now, actor=actor(request))
    return redirect("sender:outside")


@needs(Capability.READ)
def show_progress(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Answer the page that asks how far it is; once it is over the page comes anew."""
    return underway.show(request, underway.find(work_id, [tasks.KIND]), "sender/examining.html", _shown)


@require_POST
@needs(Capability.EDIT)
def stop(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Ask it to stop; the examination before it is kept."""
    return underway.stop(request, underway.find(work_id, [tasks.KIND]), reverse("sender:outside"))


def told(now: datetime) -> dict[str, Any]:
    """Return an examination under way, or how the last one that somebody asked for ended where that was badly."""
    current = underway.current(tasks.KIND)
    return {"under_way": _progress(current, now) if current else None, "ended": None if current else _ended()}


def _shown(work: Work, now: datetime) -> dict[str, Any]:
    return {"examining": _progress(work, now)}


def _progress(work: Work, now: datetime) -> dict[str, Any]:
    return {"work": work, "part": PARTS.get(work.stage, ""), "impatient": underway.impatient(work, now)}


def _ended() -> dict[str, Any] | None:
    work = underway.last(tasks.KIND)
    return None if work is None or work.state == "done" else underway.ended(work)
