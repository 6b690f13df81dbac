"""Launch: from a published journey to an approved canary."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core import audit, database
from relance.core.errors import InputError, NotFoundError
from relance.intake.models import Work
from relance.journeys import definition, publishing
from relance.journeys.models import Journey, LaunchPlan, Version
from relance.measurement import launching, waterfall
from relance.web import underway
from relance.web.doors import actor, needs
from relance.web.launch import desk, tasks, words

AT_ONCE = 5_000  # members up to which a plan is worked out while the person waits

FURTHEST_YEARS = 2


@needs(Capability.READ)
def show_list(request: HttpRequest) -> HttpResponse:
    """Show the published journeys, and how far each is."""
    return render(request, "launch/list.html", {"journeys": desk.journeys(timezone.now())})


@needs(Capability.READ)
def show_plan(request: HttpRequest, journey: str) -> HttpResponse:
    """Show everything that is to be known before this journey begins."""
    return render(request, "launch/plan.html", desk.plan(request, publishing.latest(journey), timezone.now()))


@require_POST
@needs(Capability.EDIT)
def work_out(request: HttpRequest, journey: str) -> HttpResponse:
    """Work out who would get the first message: at once where few are concerned, else by a worker."""
    version, now = publishing.latest(journey), timezone.now()
    plan = launching.ask(version, start=_start(request), canary=_canary(request), by=actor(request), now=now)
    audit.record("launch planned", journey, now=now, actor=actor(request), details={"start": plan.start_at.isoformat()})
    if _few(version):
        waterfall.work_out(plan, now)
    else:
        hand_over(plan, now)
    return redirect(reverse("launch:plan", args=[journey]) + "#who")


def hand_over(plan: LaunchPlan, now: datetime) -> None:
    """Let a worker work the plan out."""
    with transaction.atomic():
        plan.work = Work.objects.create(kind=tasks.PLAN, by=plan.by, asked_at=now)
        plan.save(update_fields=["work"])
        tasks.work_out_plan.defer(work_id=str(plan.work.id), plan_id=plan.pk)


@needs(Capability.READ)
def show_people(request: HttpRequest, journey: str, plan_id: int, bar: str) -> HttpResponse:
    """Show the people of a bar."""
    plan = LaunchPlan.objects.select_related("journey", "version").filter(pk=plan_id, journey__name=journey).first()
    if plan is None:
        raise NotFoundError(_("This list was replaced by a newer one. Open it again from the launch page."))
    label, meaning = words.BARS.get(bar, (bar, ""))
    context = {
        "plan": plan,
        "bar": label,
        "meaning": meaning,
        **desk.people(request, plan, bar),
        "title": desk.title(plan.version),
    }
    return render(request, "launch/people.html", context)


@needs(Capability.READ)
def show_progress(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Answer the page that asks how far a work is; once it is over the page comes anew."""
    return underway.show(request, underway.find(work_id, tasks.KINDS), "launch/progress.html", desk.progress)


@require_POST
@needs(Capability.EDIT)
def stop_work(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Ask a work to stop."""
    work = underway.find(work_id, tasks.KINDS)
    return underway.stop(request, work, _page_of(work))


def _page_of(work: Work) -> str:
    """Return the address of the page a plan or a rehearsal was asked for on; the list, where a newer plan replaced it."""
    found = Journey.objects.filter(Q(launchplan__work=work) | Q(launchrehearsal__work=work)).first()
    return reverse("launch:plan", args=[found.name]) if found else reverse("launch:list")


def _few(version: Version) -> bool:
    """Tell whether the entry segment is small enough to wait for."""
    ((count,),) = database.rows(
        "SELECT count(*) FROM (SELECT FROM membership m JOIN segment s ON s.id = m.segment_id WHERE s.name = %s LIMIT %s) few",
        [definition.of(version).entry.segment, AT_ONCE + 1],
    )
    return bool(count <= AT_ONCE)


def _start(request: HttpRequest) -> datetime:
    try:
        written = datetime.fromisoformat(f"{request.POST.get('day', '')}T{request.POST.get('hour', '')}")
    except ValueError:
        raise InputError(_("Give a day and an hour for the start.")) from None
    if written.year > timezone.now().year + FURTHEST_YEARS:
        raise InputError(_("That day is too far away: choose one within two years."))
    return written.replace(tzinfo=ZoneInfo(settings.RELANCE.time_zone))


def _canary(request: HttpRequest) -> int:
    text = request.POST.get("canary", "")
    if not text.isdecimal() or not 1 <= int(text) <= 10_000_000:
        raise InputError(_("The canary is a number of people, such as 100."))
    return int(text)
