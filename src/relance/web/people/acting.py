"""What people may do here: suppress, note an objection, correct addresses, hand data over, take a list away."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.contacts.models import Channel
from relance.core import audit
from relance.core.errors import RefusedError
from relance.senders import register
from relance.web import tags
from relance.web.doors import actor, needs
from relance.web.language import current
from relance.web.people import acts, archive, corrections, filters, listing, person, spreadsheet

MOST_AT_ONCE = 500  # a page of the list holds fewer
NAMED = 10  # addresses that a message names
RECALCULATED = gettext_lazy(
    "The next nightly calculation checks it all and brings the figures up to date; “Recalculate” on the health page does so now."
)


@require_POST
@needs(Capability.PROTECT)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the people of the filters as CSV; the audit log says who took how many away."""
    wanted, now, who = filters.read(request.GET), timezone.now(), actor(request)
    found = listing.asked(wanted, request.GET.get("sort", ""), now)
    asked = "; ".join(chip.label for chip in filters.chips(wanted)) or _("everybody")

    def done(count: int, whole: bool) -> None:
        details: dict[str, object] = {"people": count, "filters": asked, "complete": whole}
        audit.record("people exported", "people", now=timezone.now(), actor=who, details=details)

    lines = spreadsheet.lines(listing.everybody(found), done)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="relance-{now:%Y-%m-%d}.csv"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@needs(Capability.PROTECT)
def suppress(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Put the person on the suppression list, on one channel or all."""
    contact = person.find(uuid)
    channel = request.POST.get("channel", "")
    put = acts.suppress(
        contact, Channel.values if channel == "all" else [channel], request.POST.get("level", ""), request.POST.get("why", ""),
        now=timezone.now(), actor=actor(request),
    )  # fmt: skip
    said = ngettext(
        "Suppressed: %d address will not be written to.", "Suppressed: %d addresses will not be written to.", put
    )
    messages.success(request, said % put if put else _("Noted. No further address had to be suppressed."))
    return redirect("people:person", uuid)


@require_POST
@needs(Capability.PROTECT)
def note_objection(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Note that the person objects to profiling."""
    acts.object_to_profiling(person.find(uuid), request.POST.get("why", ""), now=timezone.now(), actor=actor(request))
    messages.success(request, _("Objection noted: no reactivation picks this person any more."))
    return redirect("people:person", uuid)


@require_POST
@needs(Capability.PROTECT)
def withdraw_objection(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Note that the person takes the objection to profiling back."""
    why = request.POST.get("why", "")
    acts.withdraw_objection(person.find(uuid), why, now=timezone.now(), actor=actor(request))
    messages.success(request, _("Objection withdrawn: the next nightly calculation takes this person in again."))
    return redirect("people:person", uuid)


@require_POST
@needs(Capability.EDIT)
def correct(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give a person the address probably meant beside a mistyped one."""
    point = request.POST.get("point", "")
    known = int(point) if point.isdecimal() and int(point) < 2**63 else 0
    meant = corrections.correct(person.find(uuid), known, now=timezone.now(), actor=actor(request))
    said = _("The address is now %s.") % meant
    messages.success(request, f"{said} {RECALCULATED}")
    return redirect("people:person", uuid)


@require_POST
@needs(Capability.EDIT)
def correct_shown(request: HttpRequest) -> HttpResponse:
    """Give people the addresses probably meant beside the mistyped ones of the list; what may not be changed is said."""
    points = {int(one) for one in request.POST.getlist("point")[:MOST_AT_ONCE] if one.isdecimal() and len(one) < 19}
    found = corrections.correct_several(points, now=timezone.now(), actor=actor(request))
    return _told_of(request, found)


@require_POST
@needs(Capability.EDIT)
def correct_all(request: HttpRequest) -> HttpResponse:
    """Give everybody the filters leave the addresses probably meant; only a list of mistyped addresses is corrected so."""
    wanted, now = filters.read(request.GET), timezone.now()
    if filters.MISTYPED not in wanted.flag:
        raise RefusedError(_("Only a list of mistyped addresses can be corrected at once: filter by it first."))
    found = listing.asked(wanted, request.GET.get("sort", ""), now)
    if found.count is None:
        raise RefusedError(_("These are too many people to correct at once. Filter the list further."))
    return _told_of(request, corrections.correct_all(found.people, now=now, actor=actor(request)))


def _told_of(request: HttpRequest, found: corrections.Corrected) -> HttpResponse:
    """Say how many addresses were corrected and which were left, on the list they were asked for on."""
    said = ngettext(
        "%(count)s address corrected.",
        "%(count)s addresses corrected.",
        found.done,
    )
    if found.done:
        messages.success(request, f"{said % {'count': tags.number(found.done)}} {RECALCULATED}")
    for why, addresses in found.left.items():
        messages.warning(
            request, _("Left as it is: %(addresses)s. %(why)s") % {"addresses": _named(addresses), "why": why}
        )
    if not found.done and not found.left:
        messages.info(request, _("No correction is suggested for this address any more. Nothing was changed."))
    return redirect(f"{reverse('people:list')}?{request.GET.urlencode()}")


def _named(addresses: list[str]) -> str:
    """Return the addresses; of many the first ones, and how many there are."""
    if len(addresses) <= NAMED:
        return ", ".join(addresses)
    shown = {"addresses": ", ".join(addresses[:NAMED]), "count": tags.number(len(addresses))}
    return _("%(addresses)s… (%(count)s in all)") % shown


@require_POST
@needs(Capability.PROTECT)
def hand_over(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give all that is kept of the person as a ZIP, for their right of access."""
    contact, now = person.find(uuid), timezone.now()
    made = archive.build(contact, now, register.default().title(current()))
    audit.record("data handed over", acts.subject(contact), now=now, actor=actor(request), details={"bytes": len(made)})
    response = HttpResponse(made, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="data-{contact.uuid}.zip"'
    response["Cache-Control"] = "no-store"
    return response
