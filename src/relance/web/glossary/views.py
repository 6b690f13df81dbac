"""The glossary: the words of the pages and what each means."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from relance.accounts.roles import Capability
from relance.web.doors import needs
from relance.web.glossary import entries
from relance.web.language import current


@require_safe
@needs(Capability.READ)
def show_words(request: HttpRequest) -> HttpResponse:
    """Show every word, grouped; a search narrows them."""
    asked = request.GET.get("q", "")
    found = entries.groups(asked, current())
    return render(
        request, "glossary/words.html", {"groups": found, "asked": asked, "count": sum(len(g.entries) for g in found)}
    )
