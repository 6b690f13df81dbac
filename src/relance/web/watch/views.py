"""Watch: what runs, and what comes of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from relance.accounts.roles import Capability
from relance.delivery import held
from relance.delivery.stalls import Queue
from relance.journeys import launches
from relance.journeys.models import Journey, RampStep
from relance.web import queue
from relance.web.doors import member, needs
from relance.web.watch import board, live, ramp
from relance.web.watch.live import Piece

EVIDENCE_SECONDS = 300  # after which what is known of a ramp is gathered again


@needs(Capability.READ)
def show_journeys(request: HttpRequest) -> HttpResponse:
    """Show the journeys that run or were started once."""
    found = queue.look(timezone.now())
    pieces = _journeys(found)
    context = {
        "pieces": [one.drawn() for one in pieces.values()],
        "doubts": found.counts["in_doubt"],
        "running": len(pieces) > 1,
    }
    return render(request, "watch/journeys.html", context)


@needs(Capability.READ)
def show_changes(request: HttpRequest) -> HttpResponse:
    """Answer the page that asks every few seconds."""
    return live.changes(request, _journeys(queue.lately(timezone.now())))


@needs(Capability.READ)
def show_journey(request: HttpRequest, journey: str) -> HttpResponse:
    """Show one journey."""
    found = launches.journey(journey)
    shown = board.journey(found, timezone.now()) | {"can_approve": member(request).may(Capability.APPROVE)}
    drawn = {name: piece.drawn() for name, piece in _pieces(shown).items()}
    return render(request, "watch/journey.html", {**shown, "pieces": drawn})


@needs(Capability.READ)
def show_journey_changes(request: HttpRequest, journey: str) -> HttpResponse:
    """Answer the page of one journey that asks every few seconds."""
    shown = board.journey(launches.journey(journey), timezone.now())
    return live.changes(request, _pieces(shown | {"can_approve": member(request).may(Capability.APPROVE)}))


def _journeys(found: Queue) -> dict[str, Piece]:
    """Return what stands in the way of sending, and a card for each journey."""
    shown = board.journeys(timezone.now())
    return {"stall": _piece("stall", "watch/stall.html", {"stall": found.stall, "held": found.counts["held"]})} | {
        f"journey-{one['journey'].pk}": _piece(f"journey-{one['journey'].pk}", "watch/card.html", one) for one in shown
    }


def _pieces(shown: dict[str, Any]) -> dict[str, Piece]:
    """Return the parts of one journey's page that change by themselves, or by what a colleague does."""
    found: Journey = shown["journey"]
    shown |= {"awaiting": held.count(found.pk)}
    names = ("lead", "acts", "alerts", "figures", "rates", "refusals", "coming")
    return {name: _piece(name, f"watch/{name}.html", shown) for name in names} | {"canary": _canary(found, shown)}


def _canary(found: Journey, shown: dict[str, Any]) -> Piece:
    """Return the part on the canary, or on the ramp: what is known of a ramp is gathered only when something has changed."""
    launch, figures = shown["launch"], shown["figures"]
    steps = RampStep.objects.filter(plan_id=launch.plan_id).count() if launch else 0
    begun = shown["canary"] and shown["canary"]["begun"]
    looked = (
        int(timezone.now().timestamp()) // EVIDENCE_SECONDS
    )  # proof ripens, allowances come back, breakers open meanwhile
    told = (
        launch and launch.pk,
        launch and launch.canary,
        steps,
        begun,
        looked,
        shown["standing"],
        shown["can_approve"],
    )

    def draw() -> SafeString:
        told = {"ramp": ramp.shown(found, timezone.now())}
        return SafeString(render_to_string("watch/canary.html", shown | told))

    return Piece("canary", draw, repr((told, figures["messages"], figures["answers"], figures["inside"])))


def _piece(identifier: str, template: str, context: dict[str, Any]) -> Piece:
    return Piece(identifier, lambda: SafeString(render_to_string(template, context)))
