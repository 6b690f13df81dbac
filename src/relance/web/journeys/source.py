"""The source of a draft: its YAML, checked while it is written; the tree and the source are the same text."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core.definitions import parse
from relance.core.errors import DefinitionError
from relance.journeys import definition, drafts, publishing
from relance.journeys.models import Version
from relance.web import wording
from relance.web.doors import forbidden, member, needs
from relance.web.journeys import words
from relance.web.journeys.desk import Desk, begin, by, latest, seen, text_of
from relance.web.language import current


@needs(Capability.READ)
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """Show the source; a POST writes it as a new revision of the draft, once it reads as a journey."""
    may_write = member(request).may(Capability.EDIT)
    if request.method == "POST" and not may_write:
        return forbidden(request, Capability.EDIT)
    if not may_write and drafts.find(name) is None:
        return _published(request, latest(name))
    bench = begin(name, request)
    if request.method != "POST":
        return _page(request, bench, bench.text)
    text = request.POST.get("text", "").replace("\r\n", "\n")
    if problems := [p for p in review(text, name) if p["refuses"]]:
        return _page(request, bench, text, problems=problems)
    if (
        bench.draft.revision != seen(request)
        or drafts.change(name, text, by(request), seen=seen(request), act="yaml") is None
    ):
        return _page(request, Desk(bench.draft), text, stale=True)
    messages.success(request, _("Saved. The tree shows it."))
    return redirect("journeys:edit", name)


@require_POST
@needs(Capability.READ)
def check(request: HttpRequest, name: str) -> JsonResponse:
    """Return what is to be said of a text, for the editor's margin."""
    return JsonResponse({"problems": review(request.POST.get("text", "").replace("\r\n", "\n"), name)})


def review(text: str, name: str) -> list[dict[str, Any]]:
    """Return the problems of a text, each with its line; those that keep it from being read refuse it."""
    try:
        document = parse(text, name)
        journey = definition.read(document)
    except DefinitionError as error:
        return [_problem(sentence, name) for sentence in error.problems]
    if journey.journey != name:
        sentence = _(
            "This draft is of “%(name)s”: leave `journey:` as it is, or copy the journey under another name."
        ) % {"name": name}
        return [{"line": document.line(("journey",)), "level": "error", "sentence": sentence, "refuses": True}]
    return [
        {"line": document.line(f.location), "level": f.level, "sentence": words.finding(f), "refuses": False}
        for f in publishing.findings(journey, timezone.now())
    ]


def _problem(sentence: str, name: str) -> dict[str, Any]:
    """Return a sentence that begins with file and line as the margin shows it."""
    match = re.match(rf"{re.escape(name)}, line (\d+)(?:, ([^:]*))?: (.*)", sentence, re.DOTALL)
    line, field, words_of = (int(match[1]), match[2], match[3]) if match else (1, "", sentence)
    shown = wording.in_field(field or "", words_of)
    return {"line": line, "level": "error", "sentence": shown, "refuses": True}


def _title(bench: Desk) -> str:
    """Return what the journey is called; its name where the draft does not read."""
    try:
        return bench.title
    except DefinitionError:
        return bench.draft.name


def _published(request: HttpRequest, version: Version) -> HttpResponse:
    """Show what the published version says, to somebody who may not begin a draft."""
    context = {
        "desk": {"published": version, "draft": {"revision": 0}}, "name": version.journey.name, "text": text_of(version),
        "title": definition.of(version).said(current()), "may_write": False, "shown": version,
    }  # fmt: skip
    return render(request, "journeys/source.html", context)


def _page(request: HttpRequest, bench: Desk, text: str, *, problems: Any = (), stale: bool = False) -> HttpResponse:
    """Show the source with what is to be said of it."""
    context = {
        "desk": bench, "name": bench.draft.name, "text": text, "problems": problems, "stale": stale, "revision": bench.revision,
        "title": _title(bench), "may_write": member(request).may(Capability.EDIT),
    }  # fmt: skip
    return render(request, "journeys/source.html", context, status=422 if problems else 409 if stale else 200)
