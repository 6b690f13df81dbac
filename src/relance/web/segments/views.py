"""Segments: the list, a segment's page, and its editor with the condition builder."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core import dates
from relance.core.errors import DefinitionError, NotFoundError, RelanceError
from relance.segments import definitions
from relance.segments.models import Segment, Size
from relance.segments.preview import base_size
from relance.segments.vocabulary import PEOPLE_AND_SEGMENTS
from relance.web import conditions, titles, wording
from relance.web.doors import actor, needs
from relance.web.language import current
from relance.web.segments import counting, forms, keeping, people, usage

HISTORY_DAYS = 90


@needs(Capability.READ)
def show_list(request: HttpRequest) -> HttpResponse:
    """Show the segments."""
    asked = request.GET.get("q", "")
    now = timezone.now()
    found = {"rows": people.rows(asked, now), "asked": asked, "base": base_size(), "now": now}
    return render(request, "segments/list.html", found | {"any": Segment.objects.exists()})


@needs(Capability.READ)
def show(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Show one segment."""
    segment = _segment(segment_id)
    definition = segment.definition
    condition = definitions.condition_of(definition)
    return render(
        request,
        "segments/segment.html",
        {
            "segment": segment, "title": titles.of_segment(segment), "now": timezone.now(), "base": base_size(),
            "description": definitions.said(definition.get("description"), current()),
            "condition": definitions.data_of(definition), "yaml": forms.fields(definition)["yaml"],
            "uses": usage.every(timezone.now()).get(segment.name, []), "people": people.members(segment),
            "uncovered": counting.uncovered(condition, timezone.now()), "history": _history(segment),
        },
    )  # fmt: skip


@needs(Capability.READ)
def show_size(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Show how many people are in it; asked again and again while the worker counts."""
    segment = _segment(segment_id)
    response = render(request, "segments/size.html", {"segment": segment, "base": base_size(), "now": timezone.now()})
    if segment.refreshed_at is not None and request.headers.get("HX-Request"):
        response["HX-Refresh"] = "true"  # counted: the people and the curve are there too
    return response


@needs(Capability.READ)
def find(request: HttpRequest, name: str) -> HttpResponse:
    """Lead to the segment of a name, as journeys know it."""
    segment = Segment.objects.filter(name=name).first()
    if segment is None:
        raise NotFoundError(
            _("No segment is called “%(name)s” any more. The list shows those there are.") % {"name": name}
        )
    return redirect("segments:segment", segment.pk)


@needs(Capability.EDIT)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a segment, empty or like another one."""
    definition: dict[str, Any] = {"segment": ""}
    if source := request.GET.get("like", ""):
        copied = _segment(int(source) if source.isdecimal() else 0)
        title = _("%(title)s (copy)") % {"title": titles.of_segment(copied)}
        definition = copied.definition | {"segment": forms.free_name(copied.name), "title": title}
    return _editor(request, definition)


@needs(Capability.EDIT)
def edit(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Change a segment."""
    segment = _segment(segment_id)
    return _editor(request, segment.definition, segment)


@require_POST
@needs(Capability.EDIT)
def save(request: HttpRequest) -> HttpResponse:
    """Keep what was written; what is wrong stays in the editor, with the reason."""
    known = _known(request)
    try:
        document = forms.document(request.POST, _name(request, known))
        forms.insist_on_name(document, known)
        segment = keeping.keep(document, known, now=timezone.now(), actor=actor(request))
    except RelanceError as error:
        return _again(request, error, known)
    messages.success(request, _("Saved."))
    return redirect("segments:segment", segment.pk)


@require_POST
@needs(Capability.EDIT)
def preview(request: HttpRequest) -> HttpResponse:
    """Count who would be in, while the condition is being written."""
    return render(request, "segments/preview.html", counting.counted(request.POST, timezone.now()))


@require_POST
@needs(Capability.EDIT)
def convert(request: HttpRequest) -> HttpResponse:
    """Turn builder into YAML and YAML into what the builder shows; or say at which lines it is wrong."""
    known = _known(request)
    try:
        document = forms.document(request.POST, _name(request, known))
        if request.POST.get("view") == "yaml" and not conditions.unfinished(definitions.data_of(document.data)):
            definitions.check(document)
    except DefinitionError as error:
        return JsonResponse({"problems": [vars(problem) for problem in forms.problems(error)]})
    shown = forms.fields(definitions.storable(document.data))
    return JsonResponse(shown | {"sentences": conditions.parts(shown["condition"])})


@require_POST
@needs(Capability.EDIT)
def refresh(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Count its people now rather than tonight."""
    segment = _segment(segment_id)
    if keeping.count(segment, timezone.now()):
        messages.success(request, _("Counted again."))
    else:
        Segment.objects.filter(pk=segment.pk).update(refreshed_at=None)
    return redirect("segments:segment", segment.pk)


@require_POST
@needs(Capability.EDIT)
def delete(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Delete a segment nothing uses."""
    segment = _segment(segment_id)
    keeping.remove(segment, now=timezone.now(), actor=actor(request))
    messages.success(request, _("The segment “%(title)s” is deleted.") % {"title": titles.of_segment(segment)})
    return redirect("segments:list")


def _editor(request: HttpRequest, definition: dict[str, Any], segment: Segment | None = None) -> HttpResponse:
    """Show the editor of a definition."""
    known = conditions.vocabulary(PEOPLE_AND_SEGMENTS)
    for field in known["fields"]:
        if field["name"] == "segment" and segment is not None:
            field["values"] = [value for value in field["values"] if value[0] != segment.name]
    shown = forms.fields(definition) | {
        "segment": segment,
        "known": known,
        "name": definition["segment"],
        "view": "builder",
    }
    return render(request, "segments/edit.html", shown)


def _again(request: HttpRequest, error: RelanceError, known: Segment | None) -> HttpResponse:
    """Show the editor as it was posted, with what is wrong."""
    post = request.POST
    listed = forms.problems(error) if isinstance(error, DefinitionError) and post.get("view") == "yaml" else []
    shown = {name: post.get(name, "") for name in ("title", "description", "title_words", "description_words", "name")}
    shown |= {
        "condition": conditions.read(post.get("condition", "")),
        "yaml": post.get("yaml", ""),
        "view": post.get("view", "builder"),
    }
    sentences = [problem.sentence for problem in listed] or wording.say(str(error)).splitlines()
    context = shown | {
        "segment": known,
        "known": conditions.vocabulary(PEOPLE_AND_SEGMENTS),
        "wrong": sentences,
        "problems": listed,
    }
    return render(request, "segments/edit.html", context, status=422)


def _known(request: HttpRequest) -> Segment | None:
    number = request.POST.get("segment_id", "")
    return _segment(int(number)) if number.isdecimal() else None


def _name(request: HttpRequest, known: Segment | None) -> str:
    """Return the name the builder's definition goes by: the segment's own, or one made of the title."""
    if known is not None:
        return known.name
    made = forms.slug(request.POST.get("title", ""))
    return forms.free_name(made) if made else ""


def _segment(segment_id: int) -> Segment:
    segment = Segment.objects.filter(pk=segment_id).first()
    if segment is None:
        raise NotFoundError(_("This segment does not exist any more. The list shows those there are."))
    return segment


def _history(segment: Segment) -> dict[str, Any] | None:
    """Return the curve of its size; None before there are two days of it."""
    days = list(Size.objects.filter(segment=segment).order_by("-day")[:HISTORY_DAYS])[::-1]
    if len(days) < 2:
        return None
    values = [day.people for day in days]
    return {
        "kind": "line",
        "categories": [dates.day(day.day, current()) for day in days],
        "series": [{"name": _("People"), "values": values}],
    }
