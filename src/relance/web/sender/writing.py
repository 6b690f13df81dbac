"""Writing who sends: adding a sender, changing one, taking one away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from relance.accounts.roles import Capability
from relance.core.errors import RefusedError
from relance.journeys import sender_uses
from relance.journeys.uses import DRAFT
from relance.senders import keeping, register
from relance.senders.sender import DEFAULT
from relance.web import back, titles, wording
from relance.web.doors import actor, forbidden, member, needs
from relance.web.language import current, in_quotes
from relance.web.sender import identities
from relance.web.sender.forms import SenderForm


@require_safe
@needs(Capability.READ)
def show(request: HttpRequest) -> HttpResponse:
    """Show who sends, what people see of them, and what is missing."""
    return render(request, "sender/senders.html", identities.board())


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT)
def add(request: HttpRequest) -> HttpResponse:
    """Add a sender beside those there are."""
    form = SenderForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and form.cleaned_data["short"] in register.in_force():
        form.add_error("short", _("A sender is called so already. Choose another short name."))
    return _filled(request, form, {"adding": True})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT)
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Change what people see of a sender; whom a running journey sends as, whoever may approve it changes."""
    told, locked = identities.one(name), not _may_write(request, name)
    if request.method == "POST" and locked:
        return forbidden(request, Capability.APPROVE)
    kept, initial = identities.written(name), identities.to_start_with(name)
    form = SenderForm(request.POST or None, initial=initial, sender=name, kept=kept)
    return _filled(request, form, {"told": told, "locked": locked})


def _may_write(request: HttpRequest, name: str) -> bool:
    """Tell whether the person may change the sender: what approved, running journeys send asks for the right to approve."""
    return member(request).may(Capability.APPROVE) or not sender_uses.running(name)


@require_POST
@needs(Capability.EDIT)
def remove(request: HttpRequest, name: str) -> HttpResponse:
    """Take a sender away that nothing sends as; of the main one what was written here, so that the settings hold again."""
    title = keeping.find(name).title(current())
    if not _may_write(request, name):
        return forbidden(request, Capability.APPROVE)
    if name != DEFAULT:
        _insist_on_none(name, title)
    sender_uses.remove(name, timezone.now(), by=actor(request))
    said = (
        _("The main sender is again as the installation’s settings say.")
        if name == DEFAULT
        else _("The sender “%(name)s” is removed.") % {"name": title}
    )
    messages.success(request, said)
    return redirect("sender:senders")


def _filled(request: HttpRequest, form: SenderForm, context: dict[str, Any]) -> HttpResponse:
    """Show the form; keep what it says once everything in it is right, and nothing before."""
    if request.method == "POST" and form.is_valid():
        try:
            (name,) = keeping.apply([form.document()], timezone.now(), by=actor(request))
        except RefusedError as refusal:  # the domain that messages left from stays
            form.add_error("address", wording.say(str(refusal)))
        else:
            title = keeping.find(name).title(current())
            messages.success(request, _("Kept: mails that leave from now on say “%(name)s”.") % {"name": title})
            return redirect(back.local(request.GET.get("next", "")) or "sender:senders")
    status = 422 if form.errors else 200
    return render(
        request,
        "sender/identity.html",
        {"form": form, "back": back.local(request.GET.get("next", "")), **context},
        status=status,
    )


def _insist_on_none(name: str, title: str) -> None:
    """Refuse to take away whom journeys send as, by the titles people know them by."""
    kinds = {DRAFT: _("the draft of the journey")}
    found = sender_uses.found(name)
    uses = [f"{kinds.get(use.kind) or _('the journey')} {in_quotes(titles.journey(use.name))}" for use in found]
    if uses:
        raise RefusedError(
            _("The sender “%(name)s” cannot be removed: %(uses)s sends as it. Choose another sender there first.")
            % {"name": title, "uses": ", ".join(uses)}
        )
