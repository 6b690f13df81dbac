"""Policies removed and put in another order: both are compared with what is in force before anything is applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.dormancy.policies import PolicyDefinition
from relance.intake.models import Work
from relance.web.doors import actor, needs
from relance.web.dormancy import comparing, editing, tasks
from relance.workers import background


@require_POST
@needs(Capability.EDIT)
def remove(request: HttpRequest, name: str) -> HttpResponse:
    """Work out who falls to which policy where this one goes; a policy that something asks for is refused."""
    editing.find(name)
    return work_out(lambda: comparing.ask_without(name, now=timezone.now(), by=actor(request)))


@require_POST
@needs(Capability.EDIT)
def put_in_order(request: HttpRequest) -> HttpResponse:
    """Work out whom another order moves."""
    names = request.POST.getlist("policy")
    return work_out(lambda: comparing.ask_in_order(names, now=timezone.now(), by=actor(request)))


def work_out(ask: Callable[[], Work]) -> HttpResponse:
    """Work a comparison out: at once on a small base, else by a worker; then show it."""
    with transaction.atomic():
        work, at_once = ask(), comparing.few()
        if not at_once:
            tasks.compare.defer(work_id=str(work.id))
    if at_once:
        background.run(str(work.id), comparing.run)
    return redirect("dormancy:comparison", work.id)


def tried(asked: str, found: Sequence[PolicyDefinition]) -> list[PolicyDefinition]:
    """Return the policies in the order of the address; names that are none are passed over, those left out follow."""
    known = {policy.policy: policy for policy in found}
    named = [known.pop(name) for name in dict.fromkeys(asked.split(",")) if name in known]
    return sorted([*named, *known.values()], key=lambda policy: policy.population is None)


def moves(found: Sequence[PolicyDefinition]) -> list[dict[str, Any]]:
    """Return for each policy the orders that its two buttons lead to, empty where it cannot go there.

    Policies for everybody stay last: nobody gets past them.
    """
    names = [policy.policy for policy in found]
    return [
        {"up": _swapped(names, place - 1) if place and _alike(found, place - 1) else "",
         "down": _swapped(names, place) if place + 1 < len(names) and _alike(found, place) else ""}
        for place in range(len(names))
    ]  # fmt: skip


def _alike(found: Sequence[PolicyDefinition], place: int) -> bool:
    """Tell whether two that follow each other are both for everybody, or both not."""
    return (found[place].population is None) == (found[place + 1].population is None)


def _swapped(names: Sequence[str], place: int) -> str:
    """Return the order with two that follow each other the other way round."""
    return ",".join([*names[:place], names[place + 1], names[place], *names[place + 2 :]])
