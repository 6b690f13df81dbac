"""A draft examined before it leaves: its links asked for, a spam filter's points, the mail as it travels."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from relance.accounts.roles import Capability
from relance.content.compiler import Rendered
from relance.content.definition import LANGUAGES, Language
from relance.content.link_check import places
from relance.core.errors import RenderError
from relance.delivery import specimens
from relance.delivery.spam_filter import asking
from relance.web.doors import member, needs
from relance.web.messages import desk, fields, preview, spam_words
from relance.web.messages.link_words import Line, told


@require_POST
@needs(Capability.EDIT)
def check_links(request: HttpRequest, name: str) -> HttpResponse:
    """Ask for every link and image of the mail in view, in each language in view."""
    from relance.content.link_check import checking  # urllib3: only where it asks

    shown, leave = desk.of(name, request.POST), _leave()
    wanted = [(one, places.of(_mail(shown, one), [leave])) for one in shown.languages]
    ours = settings.RELANCE
    once = list(dict.fromkeys(place for _one, found in wanted for place in found))
    answers = {found.place: found for found in checking.check(once, [ours.base_url, ours.tracking_url])}
    found = [(one, fields.LANGUAGES[one], _lines([told(answers[place]) for place in asked])) for one, asked in wanted]
    return render(request, "messages/links.html", {"found": found, "now": timezone.now()})


@require_POST
@needs(Capability.EDIT)
def ask_filter(request: HttpRequest, name: str) -> HttpResponse:
    """Ask SpamAssassin about the mail, in each language in view."""
    shown, now, to = desk.of(name, request.POST), timezone.now(), member(request).email
    found = [
        (
            one,
            fields.LANGUAGES[one],
            spam_words.told(asking.examine(_whole(shown, _mail(shown, one), to, now, signed=True))),
        )
        for one in shown.languages
    ]
    return render(request, "messages/spam.html", {"found": found, "now": now})


@require_safe
@needs(Capability.READ)
def show_mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show headers and HTML of the mail in view, and its weight as it travels."""
    shown, now, found = desk.of(name, request.GET), timezone.now(), []
    for one in shown.languages:
        rendered = _mail(shown, one)
        whole = _whole(shown, rendered, member(request).email, now)
        headers = whole.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n", "\n")
        found.append((one, fields.LANGUAGES[one], headers, rendered.html, len(whole) / 1000))
    return render(request, "messages/mail.html", {"desk": shown, "found": found})


@require_safe
@needs(Capability.READ)
def download(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the mail as a file that mail programs open."""
    shown = desk.of(name, request.GET)
    written = request.GET.get("written")
    one: Language = written if written in LANGUAGES else shown.languages[0]
    whole = _whole(shown, _mail(shown, one), member(request).email, timezone.now())
    response = HttpResponse(whole, content_type="message/rfc822")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{one}.eml"'
    return response


def _whole(shown: desk.Desk, rendered: Rendered, address: str, now: datetime, *, signed: bool = False) -> bytes:
    """Return the bytes of a mail in view, as its sender would send it to this address."""
    return specimens.whole(
        rendered, address, commercial=shown.commercial, now=now, inline=shown.inline, sender=shown.sender, signed=signed
    )


def _mail(shown: desk.Desk, language: Language) -> Rendered:
    """Return the mail as it is in view; its way out leads to the page that says so. Errors: RenderError."""
    known = shown.person.id if shown.person else None
    seen = preview.see(shown.definition, language, shown.variant, known, _leave(), shown.sender)
    if seen.mail is None:
        raise RenderError(_("The message cannot be shown yet. Mend what stands below the preview, then try again."))
    return seen.mail


def _leave() -> str:
    """Return the page where the way out of a mail that belongs to nobody leads."""
    return settings.RELANCE.base_url.rstrip("/") + reverse("messages:test-page")


def _lines(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Return what is to be looked at, the worst first, and what works."""
    wrong = sorted((line for line in lines if line.level != "good"), key=lambda line: line.level != "bad")
    return wrong, [line for line in lines if line.level == "good"]
