"""What people do to templates: each is a POST that changes the draft, or publishes or tests it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts.models import User
from relance.accounts.roles import Capability
from relance.content import drafts
from relance.content.definition import LANGUAGES, Language
from relance.content.publishing import warnings
from relance.core import audit
from relance.core.errors import DefinitionError, InputError, RefusedError, RelanceError, RenderError
from relance.delivery import test_sends
from relance.web import template_titles
from relance.web.doors import actor, member, needs
from relance.web.messages import desk, editing, fields, images, library, preview

Act = Callable[[editing.Draft], str | None]
CHANGED = "draft-changed"


@require_POST
@needs(Capability.EDIT)
def make(request: HttpRequest) -> HttpResponse:
    """Make a draft from a starter, or as a copy."""
    definition = library.fresh(request.POST.get("title", ""), request.POST.get("origin", "blank"))
    now = timezone.now()
    try:
        draft = drafts.start(definition, now=now, by=actor(request))
    except InputError:
        raise InputError(
            _("A template is called “%(name)s” already. Choose another name.") % {"name": definition["title"]}
        ) from None
    audit.record("template draft made", draft.name, now=now, actor=actor(request))
    return redirect("messages:edit", draft.name)


@require_POST
@needs(Capability.EDIT)
def block(request: HttpRequest, name: str) -> HttpResponse:
    """Add, move, copy or take out a block, and show the outline."""
    given, which = request.POST, request.POST.get("id", "")
    acts: dict[str, Act] = {
        "add": lambda draft: editing.add(draft, given.get("kind", ""), _whole(given.get("at", ""))),
        "up": lambda draft: editing.shift(draft, which, -1),
        "down": lambda draft: editing.shift(draft, which, 1),
        "place": lambda draft: editing.place(draft, which, _whole(given.get("at", ""))),
        "copy": lambda draft: editing.copy(draft, which),
        "delete": lambda draft: editing.delete(draft, which),
        "add-item": lambda draft: editing.add_item(draft, which),
        "drop-item": lambda draft: editing.drop_item(draft, which, _whole(given.get("at", ""))),
    }
    act = given.get("act", "")
    if act not in acts:
        raise InputError(_("There is no such act."))
    made = _change(request, name, acts[act])
    opened = made or ("" if act == "delete" else given.get("open", which))
    shown = desk.of(name, {"language": given.get("language", ""), "open": opened})
    return _changed(render(request, "messages/blocks.html", {"desk": shown, "kinds": fields.KINDS}))


@require_POST
@needs(Capability.EDIT)
def fill(request: HttpRequest, name: str) -> HttpResponse:
    """Write a block's fields, as someone types."""
    which = request.POST.get("id", "")
    _change(request, name, lambda draft: editing.fill(draft, which, _given(request)), mark=f"fill {which}")
    if "source" in request.POST:  # another source of products has other fields
        shown = desk.of(name, {"language": request.POST.get("language", ""), "open": which})
        return _changed(render(request, "messages/blocks.html", {"desk": shown, "kinds": fields.KINDS}))
    return _changed(HttpResponse(status=204))


@require_POST
@needs(Capability.EDIT)
def envelope(request: HttpRequest, name: str) -> HttpResponse:
    """Write subjects, preheader or source, as someone types."""
    _change(request, name, lambda draft: editing.envelope(draft, _given(request)), mark="envelope")
    return _changed(HttpResponse(status=204))


@require_POST
@needs(Capability.EDIT)
def text_part(request: HttpRequest, name: str) -> HttpResponse:
    """Begin to write the text part of a language by hand, from what it is made of now; or make it from the message again."""
    definition, _draft, _version = drafts.current(name)
    language = cast("Language", request.POST.get("of", ""))
    begun = None
    if request.POST.get("act") == "write":
        begun = preview.derived_text(definition, language) if language in LANGUAGES else ""
        if not begun.strip():
            raise RefusedError(_("The message cannot be put into words yet. Mend what stands under the preview first."))
    _change(request, name, lambda draft: editing.write_text(draft, language, begun))
    shown = desk.of(name, {"language": request.POST.get("language", "")})
    return _changed(render(request, "messages/text_part.html", {"desk": shown, "text_open": True}))


@require_POST
@needs(Capability.EDIT)
def variant(request: HttpRequest, name: str) -> HttpResponse:
    """Add a subject to compare, or take one away."""
    gone = request.POST.get("drop", "")
    _change(request, name, lambda draft: editing.drop_variant(draft, gone) if gone else editing.add_variant(draft))
    return _desk(request, name)


@require_POST
@needs(Capability.EDIT)
def look(request: HttpRequest, name: str) -> HttpResponse:
    """Write colours and letters, and whether the message is commercial."""
    before = desk.of(name, {}).commercial
    _change(request, name, lambda draft: editing.dress(draft, _given(request)), mark="look")
    response = _changed(HttpResponse(status=204))
    if "commercial" in request.POST and (request.POST.getlist("commercial")[-1] == "yes") != before:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@needs(Capability.EDIT)
def step(request: HttpRequest, name: str) -> HttpResponse:
    """Undo or redo, and show the desk as it is then."""
    drafts.move(name, 1 if request.POST.get("way") == "redo" else -1, now=timezone.now())
    shown = desk.of(name, request.POST)
    return _changed(render(request, "messages/writing.html", {"desk": shown, "kinds": fields.KINDS}))


@require_POST
@needs(Capability.EDIT)
def rewrite(request: HttpRequest, name: str) -> HttpResponse:
    """Replace a shipped template's MJML by blocks that say the same; undo brings it back."""
    starter = library.IN_BLOCKS.get(name)
    if starter is None:
        raise InputError(_("Only the templates that come with Relance have a version in blocks."))
    made = library.starter(starter) | {"template": name}
    _change(request, name, lambda draft: draft.update(_with_envelope(made, draft)))
    messages.success(request, _("The template is in blocks now. What is published has not changed."))
    return _desk(request, name)


def _with_envelope(made: dict[str, Any], draft: dict[str, Any]) -> dict[str, Any]:
    """Return the message in blocks with the subjects and pre-headers that the draft has."""
    kept = {
        language: {
            part: draft[language][part] for part in ("subjects", "preheader") if draft.get(language, {}).get(part)
        }
        for language in LANGUAGES
    }
    return made | {language: made[language] | kept[language] for language in LANGUAGES if language in made}


@require_POST
@needs(Capability.EDIT)
def discard(request: HttpRequest, name: str) -> HttpResponse:
    """Throw a draft away."""
    title = template_titles.every().get(name, name)
    drafts.discard(name)
    audit.record("template draft deleted", name, now=timezone.now(), actor=actor(request))
    messages.success(request, _("The draft of %(name)s is deleted.") % {"name": title})
    return redirect("messages:list")


@require_POST
@needs(Capability.EDIT)
def publish(request: HttpRequest, name: str) -> HttpResponse:
    """Publish the draft; what it lacks is said on the desk."""
    now = timezone.now()
    try:
        version = drafts.publish(name, now)
    except DefinitionError:
        messages.error(request, _("Not published: something is missing. See “To mend before publishing”."))
        return _desk(request, name)
    audit.record("template published", name, now=now, actor=actor(request), details={"version": version.number})
    title = template_titles.every().get(name, name)
    messages.success(
        request, _("%(name)s is published: version %(number)s.") % {"name": title, "number": version.number}
    )
    if warnings(version):
        messages.warning(request, _("It is good to go; some advice stands below the preview."))
    return _desk(request, name)


@require_POST
@needs(Capability.EDIT)
def test(request: HttpRequest, name: str) -> HttpResponse:
    """Send the mail to people of the team."""
    shown = desk.of(name, request.POST)
    team = list(User.objects.filter(pk__in=[pk for pk in request.POST.getlist("to") if pk.isdecimal()], is_active=True))
    if not team:
        raise InputError(_("Choose at least one person of the team."))
    language = cast("Language", request.POST.get("written", LANGUAGES[0]))
    leave = settings.RELANCE.base_url.rstrip("/") + reverse("messages:test-page")
    known = shown.person.id if shown.person else None
    seen = preview.see(
        shown.definition, language if language in LANGUAGES else LANGUAGES[0], shown.variant, known, leave, shown.sender
    )
    if seen.mail is None:
        raise RenderError(_("The message cannot be shown yet. Mend what stands below the preview, then test it."))
    try:
        done = test_sends.send(
            seen.mail,
            team,
            note=_note(request, shown),
            template=name,
            sender=member(request),
            now=timezone.now(),
            inline=shown.inline,
            comes_from=shown.sender,
            language=language,
        )
    except RelanceError as error:
        raise _told(error) from error
    _report(request, done, len(team))
    return _desk(request, name)


@require_POST
@needs(Capability.EDIT)
def bring_image(request: HttpRequest) -> HttpResponse:
    """Keep an image for mails, and say its address."""
    brought = request.FILES.get("image")
    if not isinstance(brought, UploadedFile) or (brought.size or 0) > images.LARGEST:
        return JsonResponse({"problem": _("Bring an image of at most 2 MB.")}, status=400)
    try:
        stored = images.store(brought.read())
    except InputError as error:
        return JsonResponse({"problem": str(error)}, status=400)
    audit.record("image added", stored.address, now=timezone.now(), actor=actor(request))
    return JsonResponse({"address": stored.address, "width": min(520, max(20, stored.width))})


def _change(request: HttpRequest, name: str, act: Act, mark: str = "") -> str | None:
    """Do it to the draft; return the id of a block it made."""
    made: list[str | None] = []

    def both(draft: editing.Draft) -> None:
        made.append(act(draft))
        editing.declare(draft)

    drafts.change(name, both, mark=mark, now=timezone.now(), by=actor(request))
    return made[0]


def _given(request: HttpRequest) -> dict[str, str]:
    """Return the posted fields that are the template's; of a box and its hidden twin, the last one."""
    frame = {"csrfmiddlewaretoken", "id", "language", "open"}
    found = {field: str(request.POST.getlist(field)[-1]) for field in request.POST if field not in frame}
    return {field: {"on": "yes"}.get(value, value) for field, value in found.items()}


def _changed(response: HttpResponse) -> HttpResponse:
    """Tell the page that the draft has changed."""
    response.headers["HX-Trigger"] = CHANGED
    return response


def _desk(request: HttpRequest, name: str) -> HttpResponse:
    """Go back to the desk, looking at it as before; to its words alone where another page holds these."""
    kept = {
        key: request.POST[key] for key in ("language", "person", "variant", "sender", "back") if request.POST.get(key)
    }
    page = "messages:words" if "words" in request.POST else "messages:edit"
    return redirect(reverse(page, args=[name]) + (f"?{urlencode(kept)}" if kept else ""))


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _note(request: HttpRequest, shown: desk.Desk) -> str:
    """Return what stands at the foot of a test."""
    who = shown.person.name if shown.person else _("the sample person")
    given = {"name": shown.title, "who": who, "by": member(request).name}
    return (
        _(
            "Test of “%(name)s” as %(who)s would get it, sent by %(by)s. Nothing is counted; the unsubscribe link does nothing."
        )
        % given
    )


def _told(error: RelanceError) -> RelanceError:
    """Return the refusal of a test in the language of the pages."""
    if "tests in 24 hours" in str(error):
        words = _("You may send %(quota)s tests in 24 hours, and fewer are left than you ask for. Try again later.")
        return InputError(words % {"quota": test_sends.QUOTA})
    return InputError(_("The test did not leave: the mail server does not answer. Tell the person who runs Relance."))


def _report(request: HttpRequest, done: test_sends.Tested, asked: int) -> None:
    for address, reason in done.refused.items():
        messages.error(request, _("%(address)s was refused: %(reason)s") % {"address": address, "reason": reason})
    if asked > len(done.refused) and done.channel == "maildir":
        messages.success(
            request,
            _("The test is in the Maildir of the data folder: no mail server is set, so nothing left this machine."),
        )
    elif asked > len(done.refused):
        messages.success(request, _("The test is on its way."))
