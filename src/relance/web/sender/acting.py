"""Closing a stop, deciding on bounces in quarantine, bringing a provider's figures."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core.errors import InputError
from relance.eligibility.breaker import openings, providers, quarantine, reports
from relance.measurement.deliverability import seeds
from relance.web import tags
from relance.web.doors import actor, needs
from relance.web.language import current
from relance.web.sender import choice


@require_POST
@needs(Capability.APPROVE)
def close(request: HttpRequest, stop_id: int) -> HttpResponse:
    """Let what was stopped go on, in the name of the person signed in."""
    openings.close(stop_id, by=actor(request), reason=request.POST.get("reason", ""), now=timezone.now())
    messages.success(request, _("Closed: what waited for it leaves again, and it is watched anew from here."))
    return redirect("sender:breaker")


@require_POST
@needs(Capability.APPROVE)
def decide(request: HttpRequest, stop_id: int) -> HttpResponse:
    """Restore or confirm the bounces that a stop put in quarantine."""
    decision = request.POST.get("decision", "")
    count = quarantine.decide(stop_id, decision, by=actor(request), now=timezone.now())
    said = (
        ngettext("%(count)s address may be written to again.", "%(count)s addresses may be written to again.", count)
        if decision == "restored"
        else ngettext(
            "%(count)s address is dead and suppressed.", "%(count)s addresses are dead and suppressed.", count
        )
    )
    messages.success(request, said % {"count": tags.number(count)})
    return redirect("sender:breaker")


@require_POST
@needs(Capability.EDIT)
def bring(request: HttpRequest) -> HttpResponse:
    """Bring the daily figures a mailbox provider publishes of the sender."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise InputError(_("No file was chosen. Choose the file of Postmaster Tools or SNDS."))
    domain = choice.chosen(request.POST.dict())
    done = _brought(file, request.POST.get("provider", ""), actor(request), domain)
    names = ", ".join(providers.name(one, current()) for one in done.provider.split(", "))
    said = ngettext("%(days)s day of %(names)s is kept.", "%(days)s days of %(names)s are kept.", done.kept)
    messages.success(request, said % {"days": tags.number(done.kept), "names": names})
    if done.without_sends:
        left = _("Days without a message of ours say nothing and were left out: %(days)s.")
        messages.warning(request, left % {"days": tags.number(done.without_sends)})
    return redirect("sender:breaker")


@require_POST
@needs(Capability.EDIT)
def bring_seeds(request: HttpRequest) -> HttpResponse:
    """Bring where the mails to a seed list ended."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise InputError(_("No file was chosen. Choose the CSV file of the seed list."))
    with _put_down(file) as path:
        kept = seeds.bring(path, by=actor(request), now=timezone.now())
    said = ngettext("%(count)s seed mail is kept.", "%(count)s seed mails are kept.", kept)
    messages.success(request, said % {"count": tags.number(kept)})
    return redirect("sender:deliverability")


def _brought(file: UploadedFile[bytes], provider: str, by: str, domain: str) -> reports.Brought:
    """Read what a provider published of a domain."""
    with _put_down(file) as path:
        return reports.bring(path, by=by, now=timezone.now(), provider=provider, domain=domain)


@contextmanager
def _put_down(file: UploadedFile[bytes]) -> Iterator[Path]:
    """Put an uploaded file down for a moment; a refusal names it as the person does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(file.name or "report").name
        with path.open("wb") as kept:
            kept.writelines(file.chunks())
        try:
            yield path
        except InputError as refusal:
            raise InputError(str(refusal).replace(f"{folder}/", "")) from refusal
