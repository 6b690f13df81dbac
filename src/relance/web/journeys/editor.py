"""The editor: the tree, the side panel, and every change of a draft."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core.definitions import parse
from relance.core.errors import DefinitionError, RefusedError
from relance.journeys import definition, drafts
from relance.journeys.models import Draft
from relance.web.doors import member, needs
from relance.web.journeys import counting, panels, words
from relance.web.journeys.acts import ACTS, Unfinished
from relance.web.journeys.desk import Desk, begin, by, desk, latest, seen
from relance.web.journeys.panels import Panel


@needs(Capability.READ)
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """Show a journey's draft; readers without one are shown the published version."""
    if drafts.find(name) is None and not member(request).may(Capability.EDIT):
        return redirect("journeys:version", name, latest(name).number)
    bench = begin(name, request)
    try:
        bench.drawing  # noqa: B018  read it now: a text that does not read has its own page
    except DefinitionError:
        messages.error(request, _("This draft does not read as a journey. Correct it in the source first."))
        return redirect("journeys:yaml", name)
    panel = panels.at(bench, request.GET.get("step", ""), request.GET.get("arm", ""))
    return render(request, "journeys/edit.html", _context(bench, panel) | {"opened": "step" in request.GET})


@needs(Capability.READ)
def show_panel(request: HttpRequest, name: str) -> HttpResponse:
    """Show the panel of a step, of a way, or of the journey."""
    bench = desk(name)
    if "template" in request.GET and request.GET.get("position") in bench.journey.nodes:
        panel = panels.step(bench, request.GET["position"], request.GET)
    else:
        panel = panels.at(bench, request.GET.get("step", ""), request.GET.get("arm", ""))
    return render(request, "journeys/panel.html", _context(bench, panel))


@needs(Capability.READ)
def show_counts(request: HttpRequest, name: str) -> HttpResponse:
    """Show the people and messages of the published version, each under the key of its step, for the cards of the draft."""
    version = latest(name)
    keys, flights = counting.keys(definition.of(version).nodes), counting.in_flight([version.pk])
    found = counting.standing(version, timezone.now())
    counts = [(keys[position], count) for position, count in found.steps.items() if position in keys]
    known = {"version": version, "name": name, "counts": counts, "now": found.at}
    return render(request, "journeys/counts.html", known | {"flight": flights.get(version.pk, counting.InFlight())})


@require_POST
@needs(Capability.EDIT)
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Do one act on a draft, unless it has moved on since the person looked."""
    bench, act = desk(name), request.POST.get("act", "")
    if bench.draft.revision != seen(request):
        return _stale(request, bench)
    if act not in ACTS:
        raise RefusedError(_("There is no such change. Reload the page and try again."))
    try:
        edited = ACTS[act](bench, request.POST)
    except Unfinished as unfinished:
        response = render(request, "journeys/panel.html", _context(bench, unfinished.panel))
        response["HX-Retarget"], response["HX-Reswap"] = "#panel", "outerHTML"
        return response
    except (KeyError, ValueError) as error:
        raise RefusedError(_("This change is not complete. Reload the page and try again.")) from error
    return _answer(
        request,
        drafts.change(name, _sound(edited.text, name), by(request), seen=seen(request), act=act),
        edited.position,
    )


@require_POST
@needs(Capability.EDIT)
def turn(request: HttpRequest, name: str) -> HttpResponse:
    """Undo or redo."""
    way = drafts.redo if request.POST.get("way") == "redo" else drafts.undo
    return _answer(request, way(name, by(request), seen=seen(request)), "", name)


def _answer(request: HttpRequest, draft: Draft | None, position: str, name: str = "") -> HttpResponse:
    """Show the changed tree, or say that somebody was faster."""
    if draft is None:
        return _stale(request, desk(name or request.resolver_match.kwargs["name"]))  # type: ignore[union-attr]
    bench = Desk(draft)
    act = request.POST.get("act", "")
    panel = panels.at(bench, position, request.POST.get("arm", "") if act == "arm" else "")
    way = request.POST.get("to", "") if act == "arm-move" else ""
    closed = act in ("add", "delete", "move", "copy", "arm-move") and request.POST.get("from") != "panel"
    opened = not closed and bool(position or act == "journey")
    context = _context(bench, panel) | {"opened": opened, "focus": position, "focus_way": way}
    return render(request, "journeys/workbench.html", context)


def _stale(request: HttpRequest, bench: Desk) -> HttpResponse:
    """Say who changed the draft meanwhile; what the person typed stays on their page."""
    context = {
        "revision": bench.revision,
        "act": words.ACTS.get(bench.revision.act, bench.revision.act),
        "name": bench.draft.name,
    }
    response = render(request, "journeys/stale.html", context)
    response["HX-Retarget"], response["HX-Reswap"] = "#notices", "innerHTML show:#notices:top"
    return response


def _sound(text: str, name: str) -> str:
    """Return the text, once it is certain that it reads; an act never leaves a draft that the page cannot draw."""
    definition.read(parse(text, name))
    return text


def _context(bench: Desk, panel: Panel) -> dict[str, Any]:
    """Return what the editor's templates show."""
    drawing = bench.drawing
    return {
        "desk": bench, "name": bench.draft.name, "cards": drawing.cards(), "notes": drawing.notes(), "panel": panel, "form": panel.form,
        "journey": bench.journey, "entry": drawing.entry(), "editable": True, "kinds": words.KINDS, "units": words.UNITS,
        **panel.more,
    }  # fmt: skip
