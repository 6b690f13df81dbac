"""Messages that may or may not have left: a person says what to do."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.contacts.models import Contact
from relance.core.errors import InputError
from relance.delivery import doubts
from relance.delivery.doubts import Answer
from relance.web.doors import actor, needs

ANSWERS = ("sent", "resend", "drop")


@needs(Capability.READ)
def show_list(request: HttpRequest) -> HttpResponse:
    """Show the messages in doubt, the oldest first."""
    found = doubts.unknowns(200)
    people = Contact.objects.in_bulk([one.contact_id for one in found])
    rows = [{"doubt": one, "contact": people.get(one.contact_id)} for one in found]
    return render(request, "watch/doubts.html", {"rows": rows, "many": len(found) == 200})


@require_POST
@needs(Capability.APPROVE)
def resolve(request: HttpRequest) -> HttpResponse:
    """Settle the messages ticked as the person says."""
    answer, ids = (
        request.POST.get("answer", ""),
        [int(one) for one in request.POST.getlist("message") if one.isdecimal()],
    )
    if answer not in ANSWERS:
        raise InputError(_("Say whether these messages left, are to be sent again, or are let go."))
    if not ids:
        messages.warning(request, _("Tick the messages first."))
        return redirect("watch:doubts")
    count = doubts.resolve(ids, cast("Answer", answer), by=actor(request), now=timezone.now())
    messages.success(
        request, ngettext("%(count)s message settled.", "%(count)s messages settled.", count) % {"count": count}
    )
    return redirect("watch:doubts")
