"""The page of the models: what each of them says, how well it did on what it had not seen, and what was refused."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from relance.accounts.roles import Capability
from relance.web.base import foresight, learning, lifetime, reactivity, tabs
from relance.web.doors import needs


@require_safe
@needs(Capability.READ)
def show_models(request: HttpRequest) -> HttpResponse:
    """Show the lifetime model, future inactivity and reactivity."""
    context = {
        "lifetime": lifetime.told(),
        "future": foresight.told(),
        "reactivity": reactivity.told(),
        "learning": learning.told(timezone.now()),
    }
    return render(request, "base/models.html", context | tabs.around("models"))
