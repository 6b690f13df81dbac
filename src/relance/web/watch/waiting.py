"""What waits for a person: messages overdue after an outage, and a restored database; who may approve decides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core.errors import InputError
from relance.delivery import held, restored
from relance.delivery.held import Group
from relance.measurement import reconciliation
from relance.web import tags, titles
from relance.web.doors import actor, needs


@needs(Capability.READ)
def show_held(request: HttpRequest) -> HttpResponse:
    """Show the overdue messages, by journey."""
    return render(request, "watch/held.html", {"rows": _rows(held.groups())})


@require_POST
@needs(Capability.APPROVE)
def decide_held(request: HttpRequest) -> HttpResponse:
    """Let a journey's overdue messages leave or let go of them, in the name of the person signed in."""
    journey, act, by, now = request.POST.get("journey", ""), request.POST.get("act", ""), actor(request), timezone.now()
    if act == "release":
        _say_released(request, held.release(journey, by=by, now=now))
    elif act == "cancel":
        _say_cancelled(request, held.cancel(journey, by=by, now=now))
    else:
        raise InputError(_("Say whether these messages are sent or cancelled."))
    return redirect("watch:held")


@needs(Capability.READ)
def show_restored(request: HttpRequest) -> HttpResponse:
    """Show what a restored database might send again; the worker counts as sent what the history proves."""
    found = restored.standing(timezone.now())
    return render(request, "watch/restored.html", {"found": found, "rows": _rows(found.groups) if found else []})


@require_POST
@needs(Capability.APPROVE)
def decide_restored(request: HttpRequest) -> HttpResponse:
    """Let sending go on, or let go of one journey's messages or of all first."""
    journey, act, by, now = request.POST.get("journey", ""), request.POST.get("act", ""), actor(request), timezone.now()
    if reconciliation.attempt(now):
        messages.warning(
            request,
            _("The event history could not be read: what it would have proven to have left since was not counted."),
        )
    if act == "release":
        _say_released(request, restored.release(by=by, now=now))
    elif act == "cancel-all":
        _say_cancelled(request, restored.cancel_all(by=by, now=now))
    elif act == "cancel":
        _say_cancelled(request, restored.cancel(journey, by=by, now=now))
    else:
        raise InputError(_("Say whether these messages are sent or cancelled."))
    return redirect("watch:restored")


def _rows(groups: Iterable[Group]) -> list[dict[str, Any]]:
    """Return the groups with what people call their journeys."""
    called = titles.all_journeys()
    return [{"group": one, "title": called.get(one.journey, one.journey)} for one in groups]


def _say_released(request: HttpRequest, count: int) -> None:
    said = ngettext(
        "%(count)s message may leave, as the gate allows.", "%(count)s messages may leave, as the gate allows.", count
    )
    messages.success(request, said % {"count": tags.number(count)})


def _say_cancelled(request: HttpRequest, count: int) -> None:
    said = ngettext(
        "%(count)s message is cancelled and never sent.", "%(count)s messages are cancelled and never sent.", count
    )
    messages.success(request, said % {"count": tags.number(count)})
