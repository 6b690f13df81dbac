"""A file from its arrival to its import: what its columns are, what would become of its rows, then yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core import audit
from relance.core.errors import InputError, NotFoundError, RefusedError
from relance.events.schemas import PURCHASES, STANDARD, known_types
from relance.intake import coverage, mapping, runs, uploads
from relance.intake import preview as previews
from relance.intake.models import Upload, Work
from relance.intake.options import Options
from relance.intake.preview import Preview
from relance.web.doors import actor, needs
from relance.web.setup import fields, first_run, sentences, tables, uploading, works
from relance.web.setup.gist import gist

CUSTOM, TODAY = "custom", "today"
NAME, ENDING = 180, 16  # bytes
SAID = ("source", "mode", "type", "unknown", "dates", "decimal", "zone", "covered_since", "covered_until")


@csrf_exempt  # checked below: the token is in the body, which must not be read before it is led to the disk
@require_POST
@needs(Capability.EDIT)  # before the body is read: nothing of a stranger's file reaches the disk
def upload(request: HttpRequest) -> HttpResponseBase:
    """Take a file in; one that is refused is erased."""
    handler = uploading.to_disk(request)
    try:
        return _take(request)
    finally:
        handler.erase()


@csrf_protect
def _take(request: HttpRequest) -> HttpResponse:
    """Keep the file and go on to its columns; what kind it is, its headers tell unless the person does."""
    arrived, step = uploading.arrived(request), first_run.BY_NAME.get(request.POST.get("step", ""))
    brought = Upload(
        kind="contacts",
        step=step.name if step else "",
        file_name=_short(PurePath((arrived.name or "file").replace("\\", "/"))),
        size=arrived.size or 0,
        by=actor(request),
        at=timezone.now(),
    )
    kinds = step.kinds if step else tuple(fields.KINDS)
    try:
        uploads.keep(brought, arrived.path)
        brought.kind = (
            mapping.guess_kind(previews.headers(uploads.path(brought)), kinds) if len(kinds) > 1 else kinds[0]
        )
        brought.save()
    except BaseException:
        uploads.forget(brought)
        raise
    for replaced in _replaced(request.POST.get("replaces", "")):
        uploads.throw_away(replaced)
    return redirect("setup:file", brought.id)


def _short(path: PurePath) -> str:
    """Return the file's name, cut to what a disk takes: it counts bytes, and an accented letter has two or more."""
    ending = path.suffix if len(path.suffix.encode()) <= ENDING else ""
    stem = path.name.removesuffix(ending).encode()[: NAME - len(ending.encode())]
    return stem.decode(errors="ignore") + ending


def _replaced(upload_id: str) -> list[Upload]:
    """Return the file that the new one stands for, if it was not brought in."""
    try:
        return list(Upload.objects.filter(id=UUID(upload_id), run=None))
    except ValueError:
        return []


def find(upload_id: UUID) -> Upload:
    """Return the upload whose file is not yet in, or raise a sentence."""
    found = Upload.objects.filter(id=upload_id).first()
    if found is None:
        raise NotFoundError(_("This file is not here any more. Bring it again."))
    return found


@needs(Capability.EDIT)
def show(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Show what was found, and ask what is open; a POST keeps the answers and starts the check."""
    brought = find(upload_id)
    if brought.run:
        return redirect("setup:run", brought.run.id)
    if request.method == "POST":
        _keep(brought, request.POST)
        if "check" in request.POST:
            work = works.start("check", now=timezone.now(), by=actor(request), upload=brought)
            return redirect("setup:work", work.id)
    template = "setup/columns.html" if request.headers.get("HX-Request") else "setup/file.html"
    changed = request.headers.get("HX-Trigger-Name", "").startswith("column-")  # what is being changed stays in view
    return render(request, template, context(brought) | {"unfolded": changed})


def _keep(brought: Upload, said: QueryDict) -> None:
    """Keep what the person says: kind, options, and each column's meaning."""
    kind = said.get("kind", brought.kind)
    if kind not in fields.KINDS:
        raise InputError(_("This kind of file is not known here. Choose one of the list."))
    options: dict[str, Any] = {name: given for name in SAID if (given := str(said.get(name, "")).strip())}
    if kind == brought.kind:
        options["columns"] = _columns(said, kind)
    if "headless" in said:
        count = len([name for name in said if name.startswith("header-")])
        options["columns"] = {str(number): mapping.IGNORE for number in range(1, count + 1)}
    elif "headed" in said or not options.get("columns"):
        options.pop("columns", None)
    if (kind, options) != (brought.kind, brought.options):  # what was counted is true of other choices
        Work.objects.filter(upload=brought, kind="check", state="done").delete()
    brought.kind, brought.options = kind, options
    brought.save(update_fields=["kind", "options"])
    uploads.options(brought)  # refuses what is no choice


def _columns(said: QueryDict, kind: str) -> dict[str, str]:
    """Return each column's field as the importer writes it."""
    found: dict[str, str] = {}
    number = 0
    while (header := said.get(f"header-{number}")) is not None:
        field = said.get(f"column-{number}", "")
        if field == CUSTOM:
            name = said.get(f"name-{number}", "").strip() or slugify(header).replace("-", "_") or f"column_{number + 1}"
            field = mapping.FREE[kind] + name
        found[header] = field or mapping.IGNORE
        number += 1
    return found


def context(brought: Upload) -> dict[str, Any]:
    """Return what the page of a file's columns shows."""
    said: Mapping[str, Any] = brought.options
    found = previews.preview(uploads.path(brought), brought.kind, uploads.options(brought), timezone.now())
    columns = tables.columns(found, brought)
    rows = tables.rows(found, columns, brought.kind)
    waits = bool(found.asks) and not _undecided(brought)
    problem = sentences.say(found.problem, brought.kind) if found.problem and not waits else ""
    return {
        "upload": brought, "size": fields.size(brought.size), "found": found, "said": said, "columns": columns, "rows": rows, "recognised": tables.recognised(columns) if columns else "",
        "choices": fields.choices(brought.kind), "can_be_custom": brought.kind in mapping.FREE,
        "problem": problem, "waits": found.asks if waits else "", "settled": tables.settled(columns, rows) and not problem,
        "encoding": fields.ENCODINGS.get(found.encoding, found.encoding), "separator": fields.SEPARATORS.get(found.separator, ""),
        "sends": bool(found.columns and found.columns.sends), "kinds": fields.KINDS.items(), "kind_name": fields.KINDS[brought.kind], "headless": _headless(said),
        "source": _named(said.get("source") or (found.columns.tool if found.columns else "") or _last_source()), "unnamed": fields.source_name(runs.SOURCE),
        "types": _types(found) if brought.kind == "events" else [], "type": said.get("type", ""),
        "asks_dates": (found.asks == "dates" and not waits) or said.get("dates"), "asks_decimal": (found.asks == "decimal" and not waits) or said.get("decimal"),
        "step": first_run.BY_NAME.get(brought.step), "zone": Options(zone=said.get("zone", "")).time_zone,
    }  # fmt: skip


def _undecided(brought: Upload) -> bool:
    """Tell whether the whole file was read and left open what somebody must then say."""
    failed = Work.objects.filter(upload=brought, kind="check", state="failed")
    return any(previews.asks(work.sentence) for work in failed)


def _last_source() -> str:
    """Return where the last file came from: the next one often comes from there too."""
    last = Upload.objects.exclude(run=None).order_by("-at").values_list("run__source__name", flat=True).first()
    return last or runs.SOURCE


def _named(source: str) -> str:
    """Return a source as its field shows it: empty where nobody named it."""
    return "" if source == runs.SOURCE else source


def _headless(said: Mapping[str, Any]) -> bool:
    columns = said.get("columns") or {}
    return bool(columns) and all(str(name).isdigit() for name in columns)


def _types(found: Preview) -> list[tuple[str, str]]:
    """Return the event types a file may be of, the usual ones first; empty where a column says it, or several do."""
    if found.columns is not None and (found.columns.has("type") or found.columns.sends):
        return []
    own = known_types() - set(STANDARD)
    names = [name for name in STANDARD if name not in {"state_changed", "journey_sunset"}]
    return [(name, fields.type_name(name)) for name in [*names, *sorted(own)]]


def checked(brought: Upload) -> Work | None:
    """Return the check of the file as its options stand."""
    return Work.objects.filter(upload=brought, kind="check", state="done").order_by("-asked_at").first()


def ending(brought: Upload, work: Work, now: datetime) -> datetime | None:
    """Return when a file of events ends, where that is long ago and nobody said until when it tells: it must be asked.

    Taken as its end, everybody's silence since then is unknown; taken as told until today, it counts.
    """
    latest = work.result["totals"].get("latest") if brought.kind == "events" else ""
    if not latest or brought.options.get("covered_until"):
        return None
    end = datetime.fromisoformat(latest)
    return end if end + coverage.grace() < now else None


@needs(Capability.EDIT)
def show_found(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Show what would become of the rows, before any is written."""
    brought = find(upload_id)
    if brought.run:
        return redirect("setup:run", brought.run.id)
    work = checked(brought)
    if work is None:
        return redirect("setup:file", brought.id)
    shown = {
        "upload": brought,
        "work": work,
        "step": first_run.BY_NAME.get(brought.step),
        "kind_name": fields.KINDS[brought.kind],
        "ends": ending(brought, work, timezone.now()),
        "gist": gist(work.result["totals"], brought.kind),
        "orders": any(name in PURCHASES for name in work.result["totals"].get("events") or {}),
    }
    return render(request, "setup/found.html", shown | tables.totals(work.result["totals"], brought.kind))


@require_POST
@needs(Capability.EDIT)
def confirm(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Bring the file in, now that its rows were counted."""
    brought, now = find(upload_id), timezone.now()
    work = checked(brought)
    if work is None:
        raise RefusedError(
            _("This file was not checked yet. Check it first: nothing is written before its rows are counted.")
        )
    open_days, told = ending(brought, work, now), request.POST.get("told")
    if open_days and told not in {TODAY, "end"}:
        raise RefusedError(_("Say first what of the days since the last event of this file."))
    if open_days and told == TODAY:
        zone = ZoneInfo(Options(zone=brought.options.get("zone", "")).time_zone)
        brought.options["covered_until"] = now.astimezone(zone).date().isoformat()
        brought.save(update_fields=["options"])
    work = works.start("import", now=now, by=actor(request), upload=brought)
    audit.record(
        "import started",
        brought.file_name,
        now=now,
        actor=actor(request),
        details={"kind": brought.kind, "options": brought.options},
    )
    return redirect("setup:work", work.id)


@require_POST
@needs(Capability.EDIT)
def discard(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Throw a file away that was not brought in."""
    brought = find(upload_id)
    if Work.objects.filter(upload=brought, state="running").exists():
        raise RefusedError(_("The file is being read. Stop that first."))
    step = brought.step
    uploads.throw_away(brought)
    return redirect(f"/start/?step={step}") if step else redirect("setup:imports")
