"""Works that run while the page is looked at, or closed: started, watched, stopped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core import audit
from relance.core.errors import NotFoundError, RefusedError
from relance.intake import preview
from relance.intake.models import ImportRun, Upload, Work
from relance.web import underway
from relance.web.doors import actor, needs
from relance.web.setup import fields, first_run, sentences
from relance.web.setup import tasks as own_tasks
from relance.workers import background, tasks

TASKS: Mapping[str, Any] = {
    "check": tasks.check_file,
    "import": tasks.import_file,
    "refresh": tasks.refresh_base,
    "sample": own_tasks.load_sample,
    "removal": own_tasks.remove_sample,
}
TITLES: Mapping[str, Any] = {
    "check": gettext_lazy("Checking the file"),
    "import": gettext_lazy("Bringing the file in"),
    "refresh": gettext_lazy("Cleaning the base and working out everybody’s state"),
    "sample": gettext_lazy("Bringing the sample shop in"),
    "removal": gettext_lazy("Removing the sample shop"),
}
STAGES: Mapping[str, Any] = {
    "unpack": gettext_lazy("Unpacking the file"),
    "check": gettext_lazy("Reading every character"),
    "read": gettext_lazy("Reading the lines"),
    "clean": gettext_lazy("Understanding the values"),
    "match": gettext_lazy("Finding who is who"),
    "load": gettext_lazy("Writing the people"),
    "events": gettext_lazy("Writing the events"),
    "flush": gettext_lazy("Moving events to the history"),
    "maintain": gettext_lazy("Tidying the history"),
    "score": gettext_lazy("Working out who has gone quiet"),
    "segments": gettext_lazy("Refreshing the segments"),
    "foresee": gettext_lazy("Estimating who will go quiet"),
    "measure": gettext_lazy("Measuring the base"),
    "clicks": gettext_lazy("Comparing clicks"),
    "prune": gettext_lazy("Thinning old points of the breaker"),
    "sender": gettext_lazy("Examining the sender"),
    "unopened": gettext_lazy("Looking for people of whom no mail is opened"),
    "domains": gettext_lazy("Asking who takes the mail of each domain"),
    "sample shop": gettext_lazy("Making the sample shop up"),
    "clean, score, segment": gettext_lazy("Cleaning, working out states, sorting into segments"),
    "empty": gettext_lazy("Emptying the base"),
}
CLEANING = gettext_lazy("Cleaning addresses and duplicates")
# What is true of the base once a work was stopped or failed.
LEFT: Mapping[str, Any] = {
    "check": gettext_lazy("Nothing was written: a check only counts."),
    "import": gettext_lazy(
        "Nothing of this file is counted as imported. Bring it in again when it suits: what is there already is not added "
        "twice."
    ),
    "refresh": gettext_lazy(
        "Your data is in; states and segments are those of the stages that ended. Start it again, or let the night do it."
    ),
    "sample": gettext_lazy(
        "What was brought in until then is in the base. Start it again to bring the rest, or remove the sample shop."
    ),
    "removal": gettext_lazy("The sample shop may be in the base still. Remove it again."),
}
MEASURED = 5  # pieces from which on a percentage tells something
WHOLE = gettext_lazy("Nothing of this file was written: it comes in at once, or not at all.")


def start(kind: str, *, now: datetime, by: str, upload: Upload | None = None) -> Work:
    """Hand a work to the workers and return it; one that runs already on the same file is returned instead."""
    with transaction.atomic():
        if running := underway.current(kind, upload=upload):
            return running
        work = Work.objects.create(kind=kind, upload=upload, by=by, asked_at=now)
        TASKS[kind].defer(work_id=str(work.id))
    return work


def find(work_id: UUID) -> Work:
    """Return the work, or raise a sentence."""
    work = Work.objects.select_related("upload", "upload__run").filter(id=work_id).first()
    if work is None or work.kind not in TITLES:  # other areas have works too
        raise NotFoundError(_("This work is not known here."))
    return work


@needs(Capability.READ)
def show(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Show how far a work is; the page may be closed meanwhile."""
    work = find(work_id)
    gone = background.abandoned(work)
    if work.state == "done" or _asks(work):
        return HttpResponseRedirect(_after(request, work))
    return render(request, "setup/work.html", _context(work, timezone.now(), gone=gone))


@needs(Capability.READ)
def progress(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Answer the page that asks every second; once done it is led on, once ended otherwise it comes anew."""
    work = find(work_id)
    gone = background.abandoned(work)
    if work.state == "done" or _asks(work):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = _after(request, work)
        return response
    if gone or work.state not in underway.UNENDED:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "setup/progress.html", _context(work, timezone.now(), gone=gone))


@require_POST
@needs(Capability.EDIT)
def stop(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Ask a work to stop."""
    work, now = find(work_id), timezone.now()
    background.stop(work, now)
    audit.record("work stopped", _subject(work), now=now, actor=actor(request))
    return redirect("setup:work", work.id)


@require_POST
@needs(Capability.EDIT)
def again(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Start a work anew that failed, was stopped, or lost its worker."""
    work, now = find(work_id), timezone.now()
    if work.state == "done":
        raise RefusedError(_("This work is done. There is nothing to start again."))
    if background.abandoned(work):
        Work.objects.filter(id=work.id, state="running").update(state="failed", sentence="", finished_at=now)
    return redirect("setup:work", start(work.kind, now=now, by=actor(request), upload=work.upload).id)


def _subject(work: Work) -> str:
    return f"{work.kind}: {work.upload.file_name}" if work.upload else work.kind


def _context(work: Work, now: datetime, *, gone: bool) -> dict[str, Any]:
    kind = work.upload.kind if work.upload else "contacts"
    return {
        "work": work, "size": fields.size(work.upload.size) if work.upload else "", "title": TITLES[work.kind], "stage": stage_name(work.stage, work.kind), "gone": gone, "left": left(work),
        "going": work.state in underway.UNENDED and not gone, "sentence": sentences.say(work.sentence, kind) if work.sentence else "",
        "impatient": underway.impatient(work, now), "log": log(work), "back": _back(work),
        "measured": work.total >= MEASURED and 0 < work.done < work.total,  # what reports its end only has no measure
    }  # fmt: skip


def left(work: Work) -> Any:
    """Return what is true of the base once the work was stopped or failed; a file of events comes in by parts."""
    whole = work.kind == "import" and work.upload is not None and work.upload.kind != "events"
    return WHOLE if whole else LEFT[work.kind]


def log(work: Work) -> list[dict[str, Any]]:
    """Return the stages that ended, each with when and how much."""
    return [
        {"at": datetime.fromisoformat(at), "stage": stage_name(stage, work.kind), "done": done}
        for at, stage, done in work.log
    ]


def stage_name(stage: str, kind: str) -> Any:
    """Return the words for a stage; a file of the sample shop goes by its stages too."""
    return CLEANING if kind == "refresh" and stage == "clean" else STAGES.get(stage, stage)


def _back(work: Work) -> str:
    """Return where a work came from."""
    return (
        reverse("setup:file", args=[work.upload.id])
        if work.upload and not work.upload.run
        else reverse("setup:imports")
    )


def _after(request: HttpRequest, work: Work) -> str:
    """Return the page that follows a work that is done; a file of the first run leads to the step that follows."""
    if work.upload and _asks(work):
        return reverse("setup:file", args=[work.upload.id])
    if work.kind == "check" and work.upload:
        return reverse("setup:found", args=[work.upload.id])
    if work.kind == "import" and work.upload and work.upload.run:
        step = first_run.BY_NAME.get(work.upload.step)
        return _leading(request, step, work.upload.run) if step else reverse("setup:run", args=[work.upload.run.id])
    return reverse("setup:start") if work.kind == "removal" else reverse("base:health")


def _asks(work: Work) -> bool:
    """Tell whether the whole file was read and leaves open what only the person can say: the page of its columns asks."""
    return work.kind == "check" and work.state == "failed" and bool(preview.asks(work.sentence))


def _leading(request: HttpRequest, step: first_run.Step, run: ImportRun) -> str:
    """Return the page of the first run that follows a file of this step; it says what came in."""
    name = first_run.leads_to(step, first_run.skipped(request))
    page = f"{reverse('setup:start')}?step={name}&" if name else f"{reverse('setup:coverage')}?"
    return f"{page}came={run.id}"
