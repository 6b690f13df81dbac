"""The pages behind the first: the bill of silence, movements between states."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from relance.accounts.roles import Capability
from relance.core.errors import RefusedError
from relance.measurement import bill as measured
from relance.measurement.health import last_scoring
from relance.web import untold
from relance.web.base import bill as bills
from relance.web.base import flows, tabs
from relance.web.doors import needs


@require_safe
@needs(Capability.READ)
def show_bill(request: HttpRequest) -> HttpResponse:
    """Show what the silent are, cost and spoil."""
    if not measured.made():
        return _none_yet(request, "bill")
    bill = measured.latest()
    context = {
        "bill": bill, "at": bills.made_at(bill), "figures": bills.figures(bill), "routing": bills.routing(bill),
        "rates": bills.rates(bill), "columns": bills.columns(), "rise": bills.rise(bill), "since": bills.since(bill), "measured": bills.source(bill["rates"]["source"], bills.since(bill)),
        "decay": bills.decay(bill), "risks": bills.risks(bill), "trend": bills.trend(bill), "months": bills.months(bill),
        "recomputed": bills.recomputed(bill), "small": tabs.small(), "untold": untold.notice(timezone.now(), bill.get("untold", 0)),
        "unsent": bills.unsent(bill["rates"]),
        "mails": [(column, bills.mails(bill["rates"], group)) for group, column in bills.columns().items()],
    }  # fmt: skip
    return render(request, "base/bill.html", context | tabs.around("bill"))


@require_safe
@needs(Capability.READ)
def show_flows(request: HttpRequest) -> HttpResponse:
    """Show who moved between states over a period of the kept ones."""
    if not measured.made():
        return _none_yet(request, "flows")
    count = flows.months(request.GET.get("months", ""))
    moved = flows.over(measured.latest(), count)
    context: dict[str, Any] = {
        "months": count,
        "choices": flows.choices(),
        "moved": moved,
        "untold": untold.notice(timezone.now(), moved["untold"]),
    }
    return render(request, "base/flows.html", context | tabs.around("flows"))


@require_POST
@needs(Capability.EDIT)
def make_bill(request: HttpRequest) -> HttpResponse:
    """Make the bill anew, where the base is small enough to wait for it."""
    if not tabs.small():
        raise RefusedError(_("This base is too large to wait for its bill. It is made each week, at night."))
    measured.keep(min(timezone.now(), last_scoring() or timezone.now()))  # the states are of then
    messages.success(request, _("The bill is made anew, as of the last calculation of states."))
    return redirect("base:bill")


def _none_yet(request: HttpRequest, tab: str) -> HttpResponse:
    """Say what will stand here, and offer to make it where that is quick."""
    return render(request, "base/no_bill.html", {"small": tabs.small()} | tabs.around(tab))
