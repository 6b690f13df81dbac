"""Learning from past sends, asked for on the page of the models: asked, worked out by a worker, what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core import audit
from relance.core.errors import RefusedError
from relance.dormancy.models import Estimate
from relance.intake.models import Work
from relance.journeys.models import Enrolment
from relance.measurement import learning as measured
from relance.web import titles, underway, wording
from relance.web.base import tasks
from relance.web.doors import actor, needs


@require_POST
@needs(Capability.EDIT)
def learn(request: HttpRequest) -> HttpResponse:
    """Let a worker learn from the past sends of every journey that somebody entered."""
    if underway.current(tasks.KIND):
        raise RefusedError(_("Past sends are being learned from already. Wait for the end, or stop it."))
    if not entered():
        raise RefusedError(_("Nobody has entered a journey yet, so there are no past sends to learn from."))
    now = timezone.now()
    with transaction.atomic():
        work = Work.objects.create(kind=tasks.KIND, by=actor(request), asked_at=now)
        tasks.learn_reactivity.defer(work_id=str(work.id))
    audit.record("reactivity learned", "", now=now, actor=actor(request))
    return redirect(_place())


@needs(Capability.READ)
def show_progress(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Answer the page that asks how far it is; once it is over the page comes anew."""
    return underway.show(request, underway.find(work_id, [tasks.KIND]), "base/models/learning.html", _shown)


@require_POST
@needs(Capability.EDIT)
def stop(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Ask it to stop; what was learned from journeys before is kept."""
    return underway.stop(request, underway.find(work_id, [tasks.KIND]), _place())


def told(now: datetime) -> dict[str, Any]:
    """Return what the page says of learning: whether it can be asked for, one under way, the last one."""
    current = underway.current(tasks.KIND)
    return {
        "can": entered(),
        "under_way": _progress(current, now) if current else None,
        "last": None if current else _last(),
        "refused": _refused(),
    }


def entered() -> bool:
    """Tell whether anybody ever entered a journey."""
    return Enrolment.objects.exists()


def _shown(work: Work, now: datetime) -> dict[str, Any]:
    return {"learning": _progress(work, now)}


def _progress(work: Work, now: datetime) -> dict[str, Any]:
    return {
        "work": work,
        "journey": titles.journey(work.stage) if work.stage else "",
        "impatient": underway.impatient(work, now),
    }


def _last() -> dict[str, Any] | None:
    """Return the last learning that somebody asked for: when, whose, how it ended."""
    work = underway.last(tasks.KIND)
    if work is None:
        return None
    return underway.ended(work) | {"learned": [titles.journey(name) for name in work.result.get("learned", [])]}


def _refused() -> list[tuple[str, str]]:
    """Return of which journeys nothing could be learned when they were last looked at, at night or on request, and why."""
    found = Estimate.objects.filter(kind=measured.TRIED, accepted=False).order_by("policy")
    return [(titles.journey(one.policy), wording.say(one.figures["sentence"])) for one in found]


def _place() -> str:
    return reverse("base:models") + "#reactivity"
