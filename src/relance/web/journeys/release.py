"""Publishing a draft as a version that never changes, and looking at versions with the people in them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from relance.accounts.roles import Capability
from relance.core.definitions import Document
from relance.core.errors import DefinitionError, NotFoundError, RefusedError
from relance.eligibility.ramp import foreseeing
from relance.journeys import definition, drafts, launches, tree
from relance.journeys.models import Version
from relance.journeys.steps import Send
from relance.web import departures, standings
from relance.web.doors import forbidden, member, needs
from relance.web.journeys import counting, panels, words
from relance.web.journeys.cards import Drawing
from relance.web.journeys.desk import Desk, address, by, desk, seen, text_of
from relance.web.language import current


@needs(Capability.READ)
def publish(request: HttpRequest, name: str) -> HttpResponse:
    """Show what publishing would do; a POST does it."""
    bench = desk(name)
    if request.method != "POST":
        return render(request, "journeys/publish.html", _review(bench))
    if not member(request).may(Capability.APPROVE):
        return forbidden(request, Capability.APPROVE)
    try:
        version = drafts.publish(name, by(request), seen=seen(request))
    except DefinitionError:
        messages.error(
            request, _("Nothing was published: the journey has errors to correct first. They are listed below.")
        )
        return render(request, "journeys/publish.html", _review(desk(name)), status=422)
    if version is None:
        raise RefusedError(
            _("Somebody has changed this draft since you looked at it, so nothing was published. Look at it again.")
        )
    messages.success(request, _said(version))
    return redirect("journeys:version", name, version.number)


def _said(version: Version) -> str:
    """Return what publishing brought about: a version that waits, or one that people enter from now on."""
    launch = launches.in_force(version.journey_id)
    known = {"n": version.number, "other": launch.version.number if launch else ""}
    if launch is not None and launch.version_id != version.pk:
        return (
            _("Version %(n)s is published. People go on entering version %(other)s until its launch is approved.")
            % known
        )
    if launch is None and version.journey.running:
        return _("Version %(n)s is published. The journey runs, so people enter it from now on.") % known
    return _("Version %(n)s is published. It sends nothing until it is launched.") % known


@needs(Capability.READ)
def show_version(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show a published version with the people at each step and what became of its messages; a POST goes on from it."""
    version = Version.objects.filter(journey__name=name, number=number).select_related("journey").first()
    if version is None:
        raise NotFoundError(
            _("This journey has no version of that number. The list of journeys shows those there are.")
        )
    if request.method == "POST":
        return _go_on(request, version)
    return render(request, "journeys/version.html", _version(version))


def _go_on(request: HttpRequest, version: Version) -> HttpResponse:
    """Begin the draft again from this version; what it said stays one step back."""
    if not member(request).may(Capability.EDIT):
        return forbidden(request, Capability.EDIT)
    name, text = version.journey.name, text_of(version)
    draft = drafts.start(name, text, by(request), base=version.number)
    drafts.rebase(name, text, by(request), seen=draft.revision, base=version.number)
    messages.success(
        request,
        _("The draft says what version %(n)s says. Undo brings back what it said before.") % {"n": version.number},
    )
    return redirect("journeys:edit", name)


def _version(version: Version) -> dict[str, Any]:
    """Return what the page of a version shows."""
    journey = definition.of(version)
    found = counting.standing(version, timezone.now())
    drawing = Drawing(journey, Document(version.journey.name, version.definition), counts=found.steps)
    versions = list(Version.objects.filter(journey=version.journey_id).order_by("-number"))
    flights = counting.in_flight(v.pk for v in versions)
    return {
        "version": version, "name": version.journey.name, "journey": journey, "title": journey.said(current()), "cards": drawing.cards(),
        "entry": drawing.entry(), "editable": False, "flight": flights.get(version.pk, counting.InFlight()), "latest": versions[0],
        "versions": [(v, flights.get(v.pk, counting.InFlight())) for v in versions],
        "ended": [(words.ending(reason), people) for reason, people in found.ended.items()], "over": sum(found.ended.values()),
        "standing": standings.of_one(version.journey, timezone.now()),
        "launch_url": address("launch:plan", version.journey.name, fallback=f"/launch/{version.journey.name}/"),
        "total": sum(c.sent for c in drawing.counts.values()), "refused": sum(c.refusals for c in drawing.counts.values()),
    }  # fmt: skip


def _sender(name: str) -> str:
    """Return whom the messages come from; nothing to say where there is but one sender."""
    choices = dict(panels.senders(name))
    return choices[name] if len(choices) > 1 else ""


def _ramp(bench: Desk) -> int | None:
    """Return how many days after the first the ramp of the published version lets people in; None where none is published."""
    return foreseeing.days(bench.published, timezone.now()) if bench.published else None


def _review(bench: Desk) -> dict[str, Any]:
    """Return what is to be known before publishing."""
    nodes = bench.journey.nodes
    at = {node.location: node for node in nodes.values()}
    found = []
    for finding in bench.findings:
        inside = [place for place in at if finding.location[: len(place)] == place]
        node = at[max(inside, key=len)] if inside else None
        title = (
            (bench.drawing.titles[node.step.id] if isinstance(node.step, Send) else words.KINDS[node.step.kind][1])
            if node
            else ""
        )
        found.append({"level": finding.level, "sentence": words.finding(finding), "node": node, "title": title})
    versions = Version.objects.filter(journey__name=bench.draft.name).order_by("-number")
    flights = counting.in_flight(v.pk for v in versions)
    launch = launches.in_force(bench.published.journey_id) if bench.published else None
    return {
        "launch": launch, "at_once": launch is None and bench.published is not None and bench.published.journey.running,
        "desk": bench, "name": bench.draft.name, "journey": bench.journey, "found": found, "title": bench.title,
        "entry": bench.drawing.entry(), "next": bench.published.number + 1 if bench.published else 1, "now": timezone.now(),
        "flights": [(v, flights[v.pk]) for v in versions if v.pk in flights], "messages_sent": len(tree.sends(nodes)),
        "days": definition.length(bench.journey).days, "sender": _sender(bench.journey.sender),
        "departure": departures.next_good(bench.journey, timezone.now(), _ramp(bench)),
    }  # fmt: skip
