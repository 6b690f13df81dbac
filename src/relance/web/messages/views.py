"""Messages: the list of templates, the editor, and what its frames and fragments show."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from relance.accounts.models import User
from relance.accounts.roles import Capability
from relance.content import drafts
from relance.content.definition import LANGUAGES, Language
from relance.delivery import test_sends
from relance.delivery.spam_filter import asking as spam_filter
from relance.web import back
from relance.web.doors import member, needs
from relance.web.language import current
from relance.web.messages import desk, fields, images, library, preview, sentences, variables
from relance.web.security import framed_mail


@require_safe
@needs(Capability.READ)
def show_list(request: HttpRequest) -> HttpResponse:
    """Show the templates."""
    asked, after = request.GET.get("q", "").strip(), request.GET.get("after", "")
    found, following = library.lines(asked, after, current())
    lines = [(line, preview.in_words(line.subject(current()), current())) for line in found]
    known = {
        "lines": lines,
        "asked": asked,
        "after": after,
        "following": following,
        "starters": library.starters(),
        "spoken_names": fields.LANGUAGES,
        "shown_in": current(),
    }
    return render(request, "messages/list.html", known)


@require_safe
@needs(Capability.READ)
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """Show a template on the desk: what it says on one side, how it looks on the other."""
    shown, now = desk.of(name, request.GET), timezone.now()
    known = {
        "desk": shown,
        "back": back.local(request.GET.get("back", "")) or reverse("messages:list"),
        "came_from": back.local(request.GET.get("back", "")),
        "variables": variables.groups(current()),
        "kinds": fields.KINDS,
        "journeys": library.journeys_of(name),
        "team": User.objects.filter(is_active=True).order_by("name"),
        "tests_left": test_sends.left(member(request), now),
        "quota": test_sends.QUOTA,
        "local": not (settings.RELANCE.mails_leave or (shown.sender and shown.sender.relays)),
        "filter_there": spam_filter.is_there(),
        "now": now,
    }
    return render(request, "messages/editor.html", known)


@require_safe
@needs(Capability.READ)
def show_words(request: HttpRequest, name: str) -> HttpResponse:
    """Show subjects, pre-header and words alone, for another page to hold; `part=state` shows only how the draft stands."""
    page = "messages/words_state.html" if request.GET.get("part") == "state" else "messages/words.html"
    known = {
        "desk": desk.of(name, request.GET),
        "back": back.local(request.GET.get("back", "")),
        "journeys": library.journeys_of(name),
        "spoken_names": fields.LANGUAGES,
    }
    return render(request, page, known)


@require_safe
@needs(Capability.READ)
def show_blocks(request: HttpRequest, name: str) -> HttpResponse:
    """Show the outline with one block open, or none."""
    return render(request, "messages/blocks.html", {"desk": desk.of(name, request.GET), "kinds": fields.KINDS})


@require_safe
@needs(Capability.READ)
def show_state(request: HttpRequest, name: str) -> HttpResponse:
    """Show what is lacking, what it weighs, the text part; and bring outline and inbox lines up to date."""
    known = {"desk": desk.of(name, request.GET), "now": timezone.now(), "fresh": True, "limit": preview.CLIPPED_AT}
    return render(request, "messages/state.html", known)


@require_safe
@xframe_options_sameorigin
@needs(Capability.READ)
def show_frame(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the mail itself, for a frame."""
    language = cast("Language", request.GET["language"] if request.GET.get("language") in LANGUAGES else LANGUAGES[0])
    definition, _draft, _version = drafts.current(name)
    person = request.GET.get("person", "")
    seen = preview.see(
        definition,
        language,
        request.GET.get("variant", ""),
        int(person) if person.isdecimal() else None,
        sender=desk.sender_of(name, request.GET.get("sender", "")),
    )
    if seen.mail is None:
        return framed_mail(render(request, "messages/nothing.html", {"problem": sentences.say(seen.problem)}))
    blocks = drafts.blocks_of(definition) if "still" not in request.GET else None
    page = preview.framed(seen.mail.html, dark=request.GET.get("dark") == "yes", blocks=blocks)
    return framed_mail(HttpResponse(page))


@require_safe
@needs(Capability.READ)
def show_people(request: HttpRequest) -> HttpResponse:
    """Show a few people to preview as."""
    asked = request.GET.get("q", "").strip()
    return render(request, "messages/people.html", {"people": preview.people(asked), "asked": asked})


@require_safe
def show_image(request: HttpRequest, name: str) -> FileResponse:
    """Answer an image that mails show; whoever reads a mail has no account."""
    path, kind = images.find(name)
    response = FileResponse(path.open("rb"), content_type=kind)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def show_test_page(request: HttpRequest) -> HttpResponse:
    """Say where the unsubscribe link of a test leads: nowhere, on purpose."""
    return render(request, "messages/test_page.html", {"address": reverse("messages:list")})
