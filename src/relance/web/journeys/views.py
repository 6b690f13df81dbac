"""Journeys: those there are, and the library of recipes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.content.models import Template
from relance.core import audit
from relance.core.definitions import parse
from relance.core.errors import RefusedError
from relance.journeys import drafts, library
from relance.journeys.library import Recipe
from relance.web import departures
from relance.web.doors import forbidden, member, needs
from relance.web.journeys import desk, forms, lines, listing
from relance.web.journeys.cards import Drawing


@needs(Capability.READ)
def show_list(request: HttpRequest) -> HttpResponse:
    """Show the journeys and the library."""
    context = {
        "journeys": listing.journeys(timezone.now()),
        "recipes": listing.recipes(),
        "form": forms.New(initial={"purpose": "reactivation"}),
    }
    return render(request, "journeys/list.html", context)


@needs(Capability.READ)
def show_recipe(request: HttpRequest, name: str) -> HttpResponse:
    """Show a recipe as a tree; a POST begins a journey from it."""
    recipe = library.recipe(name)
    if request.method == "POST":
        return _use(request, recipe) if member(request).may(Capability.EDIT) else forbidden(request, Capability.EDIT)
    document = parse(recipe.text, f"{name}.yaml")
    context = {
        "recipe": listing.described(recipe),
        "drawing": Drawing(recipe.journey, document, shipped=library.subjects(recipe)),
        "entry": listing.described(recipe).segment,
        "departure": departures.next_good(recipe.journey, timezone.now()),
    }
    return render(request, "journeys/recipe.html", context)


def _use(request: HttpRequest, recipe: Recipe) -> HttpResponse:
    """Begin a journey from a recipe, with the segment and the messages it needs."""
    name = recipe.name
    by = desk.by(request)
    brought = library.provide(recipe, by.now)
    own = desk.fresh_name(name)
    text = recipe.text if own == name else lines.replace(recipe.text, ("journey",), own)
    drafts.start(own, text, by)
    audit.record("recipe used", own, now=by.now, actor=by.actor, details={"recipe": name, "brought": brought})
    messages.success(
        request, _("Your copy of the recipe is ready: change what you like, nothing leaves before you launch it.")
    )
    return redirect("journeys:edit", own)


@require_POST
@needs(Capability.EDIT)
def make(request: HttpRequest) -> HttpResponse:
    """Begin a journey from nothing: one message, time to react, and an end."""
    form = forms.New(request.POST)
    if not form.is_valid():
        raise RefusedError(_("A journey needs a name and a purpose. Fill in both."))
    name = desk.fresh_name(form.cleaned_data["title"])
    drafts.start(name, lines.written(_blank(name, **form.cleaned_data)), desk.by(request))
    return redirect("journeys:edit", name)


@require_POST
@needs(Capability.EDIT)
def copy(request: HttpRequest, name: str) -> HttpResponse:
    """Begin a journey from another one's draft or published version."""
    draft = drafts.find(name)
    text = drafts.current(draft).text if draft else desk.text_of(desk.latest(name))
    own = desk.fresh_name(name)
    said = desk.Desk(draft).title if draft else name
    text = lines.replace(text, ("journey",), own)
    text = lines.put(text, "title", _("%(title)s (copy)") % {"title": said}, after="journey")
    drafts.start(own, text, desk.by(request))
    messages.success(request, _("This is the copy. Give it a name of its own."))
    return redirect("journeys:edit", own)


@require_POST
@needs(Capability.EDIT)
def discard(request: HttpRequest, name: str) -> HttpResponse:
    """Throw a draft away; a published journey begins its next draft from its latest version."""
    if not drafts.discard(name, desk.by(request), seen=desk.seen(request)):
        raise RefusedError(_("Somebody has changed this draft meanwhile, so it was kept. Reload the page to see it."))
    messages.success(request, _("The draft is gone. Its text stands in the log of acts."))
    return redirect("journeys:list")


def _blank(name: str, title: str, purpose: str) -> dict[str, Any]:
    """Return a journey of one message."""
    templates = list(Template.objects.order_by("name").values_list("name", flat=True))
    template = "hello-no-offer" if "hello-no-offer" in templates or not templates else templates[0]
    return {
        "journey": name, "title": title, "purpose": purpose, "goal": {"event": "order_placed", "within": "30 days"},
        "entry": {"segment": listing.first_segment(), "again_after": "180 days"}, "holdout": "10%", "exit_when": ["order_placed"],
        "steps": [
            {"send": {"id": "hello", "channel": "email", "template": template}}, {"wait": "10 days"},
            {"sunset" if purpose == "reactivation" else "exit": {}},
        ],
    }  # fmt: skip
