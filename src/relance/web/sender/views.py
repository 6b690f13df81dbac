"""The breaker, the course of one thing it watches, and the sender as the world outside sees it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from relance.accounts.roles import Capability
from relance.web.doors import needs
from relance.web.sender import choice, course, deliverability, gate, outside, story


@require_safe
@needs(Capability.READ)
def show_breaker(request: HttpRequest) -> HttpResponse:
    """Show what is stopped, what is watched, who tells of nothing, and what was stopped before."""
    return render(request, "sender/breaker.html", story.board(timezone.now(), choice.chosen(request.GET.dict())))


@require_safe
@needs(Capability.READ)
def show_scope(request: HttpRequest, scope_id: int) -> HttpResponse:
    """Show the evidence of one thing watched over time."""
    return render(request, "sender/scope.html", course.told_of(scope_id))


@require_safe
@needs(Capability.READ)
def show_deliverability(request: HttpRequest) -> HttpResponse:
    """Show how mails fare at each mailbox provider over a chosen window, and what to fix."""
    domain = choice.chosen(request.GET.dict())
    found = deliverability.board(request.GET.get("days", ""), timezone.now(), domain)
    return render(request, "sender/deliverability.html", found)


@require_safe
@needs(Capability.READ)
def show_gate(request: HttpRequest) -> HttpResponse:
    """Show how often the gate said what over all journeys, and what waits until when."""
    return render(request, "sender/gate.html", gate.board(gate.read(request.GET.dict()), timezone.now()))


@require_safe
@needs(Capability.READ)
def show_verdicts(request: HttpRequest, code: str) -> HttpResponse:
    """Show the verdicts of one reason with their people and messages."""
    asked = gate.read(request.GET.dict())
    return render(request, "sender/verdicts.html", gate.page(asked, code, request.GET.get("after", ""), timezone.now()))


@require_safe
@needs(Capability.READ)
def show_outside(request: HttpRequest) -> HttpResponse:
    """Show what the last examination found of the sender."""
    return render(request, "sender/outside.html", outside.board(timezone.now(), choice.chosen(request.GET.dict())))
