"""Imports: what came in, what is known since when, what each import did."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core import audit
from relance.core.errors import NotFoundError
from relance.dormancy.models import Profile
from relance.intake.models import ImportRun, Upload, Work
from relance.web import keyset
from relance.web.doors import actor, needs
from relance.web.language import current
from relance.web.setup import fields, first_run, rejects, sample, signals, tables, works
from relance.web.setup.gist import beside_base

SAMPLES = Path(__file__).parent / "samples"
DAYS_AGO = re.compile(r"\{(\d+)\}")
NAMES: Mapping[str, Any] = {
    "contacts": gettext_lazy("contacts"),
    "orders": gettext_lazy("orders"),
    "optouts": gettext_lazy("opt-outs"),
    "consents": gettext_lazy("consents"),
    "history": gettext_lazy("send history"),
}
# What a file may hold, as the page that asks for one says it: the history of sends is events too.
KINDS = (
    fields.KINDS["contacts"],
    fields.KINDS["events"],
    gettext_lazy("Send history"),
    fields.KINDS["suppressions"],
    fields.KINDS["consents"],
)


@needs(Capability.READ)
def show_imports(request: HttpRequest) -> HttpResponse:
    """Show what came in, what waits, and what is covered."""
    runs = ImportRun.objects.select_related("source")
    page = keyset.page(runs, request.GET.get("after", ""), fields=("started_at", "id"), descending=True, size=25)
    waiting = Upload.objects.filter(run=None).order_by("-at")[:10]
    going = Work.objects.filter(state__in=("waiting", "running"), kind__in=list(works.TITLES))
    works_ = going.select_related("upload").order_by("asked_at")[:10]
    context: dict[str, Any] = {
        "page": page, "lines": [_line(run) for run in page.rows], "waiting": [(u, fields.KINDS[u.kind], fields.size(u.size)) for u in waiting],
        "works": [(work, works.TITLES[work.kind]) for work in works_], "sample_in": sample.is_in(), **covered(timezone.now()),
    }  # fmt: skip
    return render(request, "setup/imports.html", context)


@needs(Capability.READ)
def show_new(request: HttpRequest) -> HttpResponse:
    """Ask for a file."""
    return render(request, "setup/new.html", {"samples": NAMES.items(), "kinds": KINDS})


def _line(run: ImportRun) -> dict[str, Any]:
    """Return an import as the list shows it: its lines are new, neither new nor rejected, or rejected."""
    parts = [run.totals.get(name) for name in ("read", "loaded", "rejected")]
    read, loaded, rejected = (part if isinstance(part, int) else None for part in parts)
    other = None if read is None else read - (loaded or 0) - (rejected or 0)
    if "taken" in run.totals:
        loaded, other = _lines_of_sends(run.totals)
    return {
        "run": run, "source": fields.source_name(run.source.name), "kind": fields.KINDS.get(run.kind, run.kind), "read": read, "loaded": loaded,
        "other": other, "rejected": rejected, "rejects": bool(run.totals.get("rejects_file")) and rejects.path(run).exists(),
    }  # fmt: skip


def _lines_of_sends(totals: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the lines that brought a new event, and those that brought none; events are counted, so that some of each tell neither."""
    if totals["events_new"] and totals["events_known"]:
        return None, None
    new = totals["taken"] if totals["events_new"] else 0
    return new, totals["read"] - new - totals["rejected"]


def covered(now: datetime) -> dict[str, Any]:
    """Return the coverage with its words: what blocks something first, then what is known; apart, what nobody tells of."""
    found, offered = signals.coverage(now), set()
    lines: list[tuple[bool, dict[str, Any]]] = []
    for one in found:
        known = []
        for telling in one.known:
            file = signals.may_go_on(telling, now)
            known.append((fields.source_name(telling.source), telling, file and (file, telling.until) not in offered))
            offered.add((file, telling.until))
        line = {"name": fields.type_name(one.type), "known": known, "unknown": one.unknown, "ended": one.ended}
        lines.append((signals.blocks(one, found), line))
    first = [line for blocks, line in lines if blocks]
    return {
        "signals": [*first, *(line for blocks, line in lines if not blocks and line["known"])],
        "others": [line for blocks, line in lines if not blocks and not line["known"]],
        "ended": signals.ended(now),
        "blocked": signals.blocked(now),
        **_until_today(now),
    }


def _until_today(now: datetime) -> dict[str, Any]:
    """Return what may be said of all files of today at once, and how many people nobody can judge until then."""
    found = signals.ending_before_today(now)
    late = signals.long_ended(found, now)
    return {
        "open_files": len(found) if late else 0,
        "open_since": min((one.until for one in late if one.until), default=None),
        "unjudged": Profile.objects.filter(state="undetermined").count() if late else 0,
    }


@needs(Capability.READ)
def show_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show what an import did."""
    run = _run(run_id)
    upload = Upload.objects.filter(run=run).first()
    work = Work.objects.filter(upload=upload, kind="import", state="done").first() if upload else None
    step = first_run.BY_NAME.get(upload.step) if upload else None
    context = {
        "beside_base": beside_base(run.totals or {}, run.kind),
        "run": run, "source": fields.source_name(run.source.name), "kind_name": fields.KINDS.get(run.kind, run.kind), "step": step, "rejects": rejects.path(run).exists(), "next": _next(request, step),
        "log": works.log(work) if work else [], "by": upload.by.split(" <")[0] if upload else "", "mapped": _mapped(run),
        "seconds": (run.finished_at - run.started_at).total_seconds() if run.finished_at else None,
    }  # fmt: skip
    return render(request, "setup/run.html", context | (tables.totals(run.totals, run.kind) if run.totals else {}))


def _next(request: HttpRequest, step: first_run.Step | None) -> first_run.Step | None:
    """Return the step of the first run to go on with after a file of this one, while it goes on."""
    return first_run.BY_NAME.get(first_run.leads_to(step, first_run.skipped(request))) if step else None


def _mapped(run: ImportRun) -> list[tuple[str, str]]:
    known = fields.FIELDS.get(run.kind, {})
    return [(header, str(known.get(name, name))) for header, name in (run.mapping.get("columns") or {}).items()]


def _run(run_id: UUID) -> ImportRun:
    run = ImportRun.objects.select_related("source").filter(id=run_id).first()
    if run is None:
        raise NotFoundError(_("This import is not known here."))
    return run


@needs(Capability.EDIT)
def download_rejects(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """Hand out the rejected lines with their reasons."""
    run = _run(run_id)
    if not rejects.path(run).exists():
        raise NotFoundError(_("There is no file of rejects: every line was used, or somebody erased the file."))
    answer = StreamingHttpResponse(rejects.lines(run), content_type="text/csv; charset=utf-8")
    name = content_disposition_header(as_attachment=True, filename=f"{Path(run.file_name).stem}-rejects.csv")
    answer["Content-Disposition"] = name or "attachment"
    return answer


@require_POST
@needs(Capability.EDIT)
def erase_rejects(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Erase the file of rejects, which holds personal data."""
    run = _run(run_id)
    rejects.path(run).unlink(missing_ok=True)
    audit.record("rejects erased", run.file_name, now=timezone.now(), actor=actor(request))
    messages.success(request, _("The file of rejects is erased."))
    return redirect("setup:run", run.id)


@needs(Capability.READ)
def download_sample(request: HttpRequest, name: str) -> HttpResponse:
    """Hand out a small file that shows what the importer takes, in the reader's language, dated in the last year."""
    if name not in NAMES:
        raise NotFoundError(_("There is no sample file of this name."))
    text = (SAMPLES / f"{name}.{current()}.csv").read_text("utf-8")
    response = HttpResponse("\ufeff" + dated(text, timezone.now()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def dated(text: str, now: datetime) -> str:
    """Return the sample with its dates moved: {90} is the day ninety days ago."""
    return DAYS_AGO.sub(lambda match: (now - timedelta(days=int(match[1]))).date().isoformat(), text)
